"""Papers up to a year teach and later ones judge, each under the year that its works state."""

from __future__ import annotations

import json
from functools import partial

import pytest

from benchmarks import _years
from benchmarks._years import PROPERTIES, year_of, year_of_doi, years_of
from benchmarks.accuracy import main
from surrogate.candidate.measurement import Source
from surrogate.datasets import load
from surrogate.models.surrogate import fit

QUOTED = {"quoted_in": "Wu et al., Adv. Mater. 33, 2000751 (2021)", "quoted_in_doi": "10.1002/adma.202000751"}


@pytest.mark.parametrize(
    ("doi", "year"),
    [
        ("10.1016/j.electacta.2025.146619", 2025), ("10.1016/j.jpowsour.2021.229565", 2021),
        ("10.1002/anie.202523225", 2025), ("10.1038/s41586-024-08298-9", 2024), ("10.1039/C3EE41728J", 2013),
        ("10.1039/d0ta08472g", 2020), ("10.1021/acs.chemmater.6b02163", 2016), ("10.1021/acsaem.8b00280", 2018),
        ("10.1021/acs.nanolett.4c05892", 2024), ("10.1149/ma2025-013413mtgabs", 2025), ("10.1038/nmat3066", None),
        ("10.1016/S0167-2738(00)00277-0", None), ("10.1021/ja407393y", None), ("10.1002/smll.76005", None),
    ],
)  # fmt: skip
def test_a_doi_that_states_a_year_is_read_and_no_other(doi: str, year: int | None) -> None:
    assert year_of_doi(doi) == year


@pytest.mark.parametrize(
    ("source", "year"),
    [
        ({"reference": "Jung 2020, Adv. Energy Mater."}, 2020), ({"reference": "US20180069262A1 (patent)"}, 2018),
        ({"reference": "Bol. Soc. Esp. Ceram. Vidr. 62, 187"}, None), ({"reference": "Kim, Nano Lett. (2019)"}, 2019),
        ({"doi": "10.1039/c3ee41728j", **QUOTED}, 2013), (QUOTED, 2021),
    ],
)  # fmt: skip
def test_the_year_is_that_of_the_work_that_reported_the_value(source: dict[str, str], year: int | None) -> None:
    assert year_of([Source(row_id="1", paper="a paper", **source)], 2024) == year


def test_a_quoting_work_bounds_the_year_from_above_and_says_nothing_when_it_is_late() -> None:
    quoted = [Source(row_id="1", paper="a paper", **QUOTED)]
    assert year_of(quoted, 2021) == 2021
    assert year_of(quoted, 2020) is None


@pytest.mark.parametrize("name", PROPERTIES)
def test_of_nine_papers_in_ten_the_year_is_known_and_both_sides_have_papers_to_teach_and_to_judge(name: str) -> None:
    years = list(years_of(load(name), 2024).values())
    assert sum(year is not None for year in years) > 0.9 * len(years)
    assert sum(year is not None and year <= 2024 for year in years) > 30
    assert sum(year is not None and year > 2024 for year in years) > 10


def test_the_protocol_says_what_taught_what_judged_and_what_has_no_year(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learnt_from = []

    def quick(measurements, **how):
        learnt_from.extend(measurements)
        return fit(measurements, **how, kind="group_median")

    monkeypatch.setattr(_years, "fit", quick)
    assert main(["year", "--properties", "electronic_conductivity", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    years = years_of(load("electronic_conductivity"), 2024)
    assert max(years[m.source.paper] or 9999 for m in learnt_from) <= 2024
    (stack,) = (row for row in answer["rows"] if row["model"] == "stack")
    assert stack["papers_learnt_from"] == len({m.source.paper for m in learnt_from})
    assert stack["n_papers"] == sum(year is not None and year > 2024 for year in years.values())
    assert "nothing tells in which year" in answer["left_out"][0]["why"]
    models = [row["model"] for row in answer["rows"]]
    assert "baseline: group_median" in models
    assert any(model.startswith("stack: gain over the ") for model in models)


def test_a_year_with_too_few_papers_on_a_side_judges_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_years, "fit", partial(fit, kind="group_median"))
    assert main(["year", "--properties", "electronic_conductivity", "--until", "1900", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows"] == []
    assert any("are too few" in left["why"] for left in answer["left_out"])
