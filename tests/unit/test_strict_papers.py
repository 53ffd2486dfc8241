"""Papers that may be one work under two names are judged as one, and pairs count where one factor differs."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from benchmarks import accuracy
from benchmarks._series import differing_in_furnace, differing_in_one, pair_order
from benchmarks._strict import join_papers, with_papers
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Recipe
from surrogate.composition import parse_composition
from surrogate.datasets import load, load_companions
from surrogate.properties import MODELLED


def row(paper: str, value: float, formula: str = "Li6PS5Cl", doi: str | None = None, **recipe: object) -> Measurement:
    electrolyte = Electrolyte(composition=parse_composition(formula), recipe=Recipe(**recipe))
    source = Source(row_id=f"{paper} {value}", paper=paper, doi=doi)
    return Measurement(
        property="ionic_conductivity", value=value, candidate=Candidate(subject=electrolyte), source=source
    )


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        ([row("a", 1e-3, doi="10.1/X"), row("b", 2e-3, doi="10.1/x")], True),
        ([row("10.1/x", 1e-3), row("b", 2e-3, doi="https://doi.org/10.1/X")], True),
        ([row("a", 1.23e-3), row("b", 1.23e-3)], True),
        ([row("a", 1.2e-3), row("b", 1.2e-3)], False),
        ([row("a", 1.2e-3), row("a", 2e-3), row("b", 1.2e-3), row("b", 2e-3)], True),
        ([row("a", 1.23e-3), row("b", 1.23e-3, formula="Li6PS5Br")], False),
    ],
)
def test_papers_that_share_a_doi_or_telling_values_are_one(rows: list[Measurement], joined: bool) -> None:
    names = join_papers(rows)
    assert (len(set(names.values())) == 1) is joined


def test_joining_is_transitive_and_keeps_everything_but_the_name_of_the_paper() -> None:
    rows = [row("c", 1.23e-3), row("b", 1.23e-3), row("b", 4.56e-3), row("a", 4.56e-3), row("d", 5e-3)]
    names = join_papers(rows)
    assert names == {"a": "a", "b": "a", "c": "a", "d": "d"}
    for before, after in zip(rows, with_papers(rows, names), strict=True):
        assert replace(after, source=before.source) == before
        assert after.source.paper == names[before.source.paper]


@pytest.mark.parametrize("name", MODELLED)
def test_few_papers_of_the_tables_are_joined(name: str) -> None:
    names = join_papers(load(name))
    assert 0.9 * len(names) < len(set(names.values())) <= len(names)


def test_a_pair_counts_where_one_factor_differs_and_where_the_furnace_does() -> None:
    measurements = [
        row("a", 1e-3, heat_treatment=HeatTreatment(temperature_c=300.0)),
        row("a", 3e-3, heat_treatment=HeatTreatment(temperature_c=500.0)),
        row("a", 1e-4, heat_treatment=HeatTreatment(temperature_c=500.0, time_h=5.0)),
        row("a", 1e-5, formula="Li6PS5I", heat_treatment=HeatTreatment(temperature_c=300.0)),
    ]
    rows = pd.DataFrame(
        {"paper": "a", "row": range(4), "value": [-3.0, -2.5, -4.0, -5.0], "predicted": [-3.0, -3.5, -4.0, -5.0]}
    )
    assert pair_order(rows, 0.1)["n_pairs"] == 6
    one = pair_order(rows, 0.1, differing_in_one(measurements))
    assert (one["n_pairs"], one["share"]) == (3, pytest.approx(2 / 3))
    furnace = pair_order(rows, 0.1, differing_in_furnace(measurements))
    assert (furnace["n_pairs"], furnace["share"]) == (2, pytest.approx(0.5))
    assert pair_order(rows, 9.0)["share"] is None


def test_the_report_has_families_verdicts_and_the_papers_as_named(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--properties", "ionic_conductivity", "--kinds", "tree_ensemble", "--folds", "2", "--jobs", "1")
    accuracy.main([*arguments, "--no-ablation", "--json"])
    answer = json.loads(capsys.readouterr().out)
    lines = {line["model"]: line for line in answer["rows"]}
    argyrodites = lines["tree_ensemble: family argyrodite"]
    assert argyrodites["coverage_90_low"] <= argyrodites["coverage_90"] <= argyrodites["coverage_90_high"]
    assert argyrodites["n_papers"] >= accuracy.PAPERS_OF_A_FAMILY
    assert {"tree_ensemble: verdict in", "tree_ensemble: verdict edge"} <= set(lines)
    within = lines["tree_ensemble: within papers"]
    assert within["n_pairs"] > within["n_one_factor"] > within["n_furnace"] > 0
    judged = load("ionic_conductivity")
    names = join_papers([*judged, *load_companions("ionic_conductivity")])
    assert lines["tree_ensemble"]["n_papers"] == len({names[m.source.paper] for m in judged})
    assert any("family argyrodite, coverage" in bar["name"] for bar in answer["bars"])
