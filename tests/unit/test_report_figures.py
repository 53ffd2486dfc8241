"""Figures: every one is drawn from real models, has units on its axes, and says what is missing when it cannot be."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import pytest

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import build, read
from surrogate.composition import parse_composition
from surrogate.datasets import load, load_companions
from surrogate.errors import InvalidInput, Unavailable, UnknownName
from surrogate.models import Surrogate, evaluate, fit
from surrogate.models.explanation import explain
from surrogate.planner.suggest import suggest
from surrogate.properties import MODELLED, Subject
from surrogate.report import figures
from surrogate.report.figures.goals import offer
from surrogate.report.figures.triangle import compounds
from surrogate.report.outcomes import Outcome
from surrogate.report.response import varied
from surrogate.report.sources import shares, year_of
from surrogate.space.ready import ready
from tests.trained import fitted, small_forest

PNG = b"\x89PNG\r\n"
GOALS = "maximise ionic_conductivity, minimise process_time_h"


@pytest.fixture(scope="module")
def models() -> Mapping[str, Surrogate]:
    return {name: small_forest(name) for name in ("ionic_conductivity", "first_discharge_capacity")}


@pytest.fixture(scope="module")
def electrolyte() -> Candidate:
    settings = {"electrolyte": "Li6PS5Cl", "route": "mechanical_milling", "milling_time_h": 20.0, "temperature_c": 25.0}
    return build({**settings, "heat_treatment_temperature_c": 550.0, "heat_treatment_time_h": 5.0}, Subject.ELECTROLYTE)


@pytest.fixture(scope="module")
def cell() -> Candidate:
    fixed = ready("tis2-composite").fixed
    mixing = {"mixing_method": "ball_milled", "mixing_time_min": 9.0, "mixing_speed_rpm": 500.0}
    return build({**fixed, **mixing, "active_weight_fraction": 0.4, "electrolyte_weight_fraction": 0.6}, Subject.CELL)


def labels(figure: object) -> str:
    return " | ".join(f"{a.get_xlabel()} | {a.get_ylabel()}" for a in figure.axes)  # type: ignore[attr-defined]


def drawn(figure: object) -> bytes:
    png = figures.png(figure, dpi=40)  # type: ignore[arg-type]
    assert png.startswith(PNG)
    return png


@pytest.mark.parametrize("name", MODELLED)
def test_the_data_of_every_property_are_shown(name: str) -> None:
    figure = figures.data_overview(load(name))
    assert "/ %" in labels(figure)
    drawn(figure)


@pytest.mark.parametrize(("name", "unit"), [("ionic_conductivity", "S/cm"), ("capacity_retention", "%")])
def test_an_evaluation_is_shown_with_units(name: str, unit: str) -> None:
    judged = evaluate(load(name)[:160], property=name, kinds=("group_median",), folds=2)["group_median"].rows
    assert f"/ {unit}" in labels(figures.parity(judged, name))
    for figure in (figures.parity(judged, name), figures.residuals(judged, name), figures.reliability(judged, name)):
        drawn(figure)


def test_a_curve_shows_band_verdict_and_the_rows_underneath(
    models: Mapping[str, Surrogate], electrolyte: Candidate, cell: Candidate
) -> None:
    measured = load("ionic_conductivity")
    curve = figures.response(
        models["ionic_conductivity"], electrolyte, "heat_treatment_temperature_c", 100, 1100, measurements=measured
    )
    assert "Heat treatment temperature / °C" in labels(curve)
    assert "Ionic conductivity / mS/cm" in labels(curve)
    words = [text.get_text() for text in curve.axes[0].get_legend().get_texts()]
    assert {"out of domain", "90 % interval", "measured, Li6PS5Cl"} <= set(words)
    drawn(curve)
    milled = figures.response(models["first_discharge_capacity"], cell, "mixing_time_min", 1, 100, logarithmic=True)
    assert "Mixing time / min" in labels(milled)
    drawn(milled)


def test_a_curve_needs_a_number_and_a_range(models: Mapping[str, Surrogate], electrolyte: Candidate) -> None:
    model = models["ionic_conductivity"]
    with pytest.raises(UnknownName):
        figures.response(model, electrolyte, "route", 1, 2)
    with pytest.raises(InvalidInput):
        figures.response(model, electrolyte, "milling_time_h", 5, 5)


@pytest.mark.parametrize("setting", ["mixing_time_min", "cycles", "temperature_c"])
def test_varying_changes_one_setting_and_nothing_else(cell: Candidate, setting: str) -> None:
    before, after = read(cell), read(varied(cell, setting, 31.0))
    assert after.pop(setting) == 31.0
    before.pop(setting, None)
    assert before == after


def test_varying_a_fraction_keeps_the_sum(cell: Candidate) -> None:
    after = read(varied(cell, "active_weight_fraction", 0.7))
    assert sum(float(v) for n, v in after.items() if n.endswith("weight_fraction")) == pytest.approx(1.0)


def test_labels_carry_the_unit_once() -> None:
    assert FIELDS["milling_time_h"].titled == "Milling time / h"
    assert FIELDS["current_ma_per_cm2"].titled == "Current density / mA/cm²"
    assert FIELDS["c_rate"].titled == "C-rate"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Li6PS5Cl", (0.625, 0.125, 0.25)),
        ("75Li2S-25P2S5", (0.75, 0.25, 0.0)),
        ("Li7P3S11", (0.7, 0.3, 0.0)),
        ("Li10GeP2S12", None),
        ("Li3InCl6", None),
    ],
)
def test_the_triangle_knows_what_lies_in_it(text: str, expected: tuple[float, ...] | None) -> None:
    found = compounds(parse_composition(text))
    assert found == (None if expected is None else pytest.approx(expected))


def test_designs_are_numbered_on_front_map_and_triangle(
    models: Mapping[str, Surrogate], electrolyte: Candidate
) -> None:
    space = ready("li2s-p2s5")
    batch = suggest(space, GOALS, models=models, batch=3, planner="analytic", pool=64)
    offered = offer(space, GOALS, models, n=64)
    front = offered.front()
    time, sigma = offered.values["process_time_h"], offered.values["ionic_conductivity"]
    for i in np.flatnonzero(front):
        assert not np.any((time < time[i]) & (sigma > sigma[i]))
    shown = (
        figures.pareto(offered, batch.suggestions),
        figures.domain_map(models["ionic_conductivity"], [electrolyte], batch.candidates),
        figures.ternary(load("ionic_conductivity"), batch.candidates),
    )
    for figure in shown:
        assert {"1", "2", "3"} <= {text.get_text() for text in figure.axes[0].texts}
        drawn(figure)


def test_a_front_needs_two_goals_and_a_model(models: Mapping[str, Surrogate]) -> None:
    space = ready("li2s-p2s5")
    with pytest.raises(InvalidInput):
        offer(space, "maximise ionic_conductivity", models)
    with pytest.raises(Unavailable):
        offer(space, "maximise activation_energy, minimise process_time_h", models)


def test_the_shares_of_papers_are_weights(models: Mapping[str, Surrogate], electrolyte: Candidate) -> None:
    found = shares(models["ionic_conductivity"], electrolyte)
    assert sum(share.share for share in found) == pytest.approx(1.0)
    assert [s.share for s in found] == sorted((s.share for s in found), reverse=True)
    drawn(figures.contributions(models["ionic_conductivity"], electrolyte))
    medians = fitted("ionic_conductivity")
    with pytest.raises(Unavailable):
        shares(medians, electrolyte)


def test_the_papers_of_a_first_charge_are_those_that_state_one() -> None:
    """Its trees learn from discharges as well, whose rows are not among those of the model."""
    name, cell = "first_charge_capacity", build({"active_material": "LiCoO2", "electrolyte": "Li6PS5Cl"})
    model = fit(load(name)[::2], property=name, kind="factor_trees", hyperparameters={"n_trees": 10},
                companions=load_companions(name)[::2])  # fmt: skip
    papers = shares(model, cell)
    assert 0.0 < sum(share.share for share in papers) <= 1.0 + 1e-9
    assert {share.paper for share in papers} <= {row.paper for row in model.rows}


def test_what_moved_a_prediction_is_drawn_part_by_part(models: Mapping[str, Surrogate], electrolyte: Candidate) -> None:
    found = explain(models["ionic_conductivity"], electrolyte, load("ionic_conductivity"))
    figure = figures.effects(found)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"usual {found.group}", *(effect.part for effect in found.effects), "prediction"]
    drawn(figure)


def test_progress_shows_failures_and_what_nobody_suggested() -> None:
    told = [
        Outcome(number=1, expected=1e-3, low=1e-4, high=1e-2, measured=2e-3, order=2),
        Outcome(number=2, expected=1e-3, low=1e-4, high=1e-2, failed=True),
        Outcome(number=None, measured=5e-3, order=1),
    ]
    figure = figures.progress(told, "ionic_conductivity")
    assert "1 of 1 inside" in figure.axes[0].get_title(loc="left")
    (best,) = figure.axes[1].get_lines()
    assert list(best.get_ydata()) == [5.0, 5.0]  # the one told first stays the best, in mS/cm
    drawn(figure)
    with pytest.raises(InvalidInput):
        figures.progress(told[1:2], "ionic_conductivity")


def test_one_value_is_drawn_on_an_axis_that_means_something() -> None:
    outcomes = [Outcome(number=1, measured=4.1e-3, order=1), Outcome(number=2)]
    (axes,) = figures.progress(outcomes, "ionic_conductivity").axes
    low, high = axes.get_ylim()
    assert low < 4.1 < high
    assert high >= 2.9 * low


def test_progress_with_one_result_has_no_series_of_bests_and_says_how_it_lies_beside_the_median() -> None:
    told = [
        Outcome(number=1, expected=1e-3, low=1e-4, high=1e-2, measured=5e-4, order=1),
        Outcome(number=2, expected=2e-3, low=1e-4, high=1e-2),
    ]
    (axes,) = figures.progress(told, "ionic_conductivity").axes
    assert axes.get_title(loc="left") == "Expected and measured:\n1 of 1 inside the interval, 0.5 times the median"
    assert axes.get_xlim() == (0.4, 2.6)
    kept = [Outcome(number=1, expected=90.0, low=70.0, high=99.0, measured=85.0, order=1)]
    title = figures.progress(kept, "capacity_retention").axes[0].get_title(loc="left")
    assert title.endswith("-5 % beside the median")


def test_years_come_from_references_and_bibliography() -> None:
    years = [year_of(m.source) for m in load("first_discharge_capacity")]
    known = [year for year in years if year is not None]
    assert len(known) > 0.9 * len(years)
    assert min(known) > 1990


def test_the_same_figure_is_the_same_bytes() -> None:
    rows = load("first_charge_capacity")
    assert drawn(figures.data_overview(rows)) == drawn(figures.data_overview(rows))


def test_without_matplotlib_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(Unavailable, match=r"\[report\]"):
        figures.data_overview(load("first_charge_capacity"))
