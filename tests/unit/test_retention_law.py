"""The law of retention: signs that rows cannot easily turn, bounds, papers that count the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surrogate.candidate.columns import cell_columns
from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.models.retention_law import RetentionLaw
from surrogate.models.surrogate import encode, member_kinds
from surrogate.models.training_set import TrainingSet
from tests.trained import small_forest

NICKEL = {
    "electrolyte": "Li6PS5Cl", "active_material": "LiNi0.8Co0.1Mn0.1O2", "active_loading_mg_per_cm2": 10.0,
    "voltage_max_v": 4.3, "c_rate": 0.1, "coating": "none", "stack_pressure_mpa": 10.0, "counter_electrode": "Li-In",
}  # fmt: skip
SULFUR = {"electrolyte": "Li6PS5Cl", "active_material": "S", "active_loading_mg_per_cm2": 1.5, "c_rate": 0.1}


@pytest.fixture(scope="module")
def rows() -> TrainingSet:
    return encode(load("capacity_retention"), "capacity_retention")[1]


@pytest.fixture(scope="module")
def law(rows: TrainingSet) -> RetentionLaw:
    return RetentionLaw.fit(rows.columns, rows.y, rows.paper)


def keep(law: RetentionLaw, settings: dict[str, Any], **changes: Any) -> float:
    return float(law.predict(cell_columns([build(settings | changes)]))[0])


@pytest.mark.parametrize(
    ("settings", "name", "worse", "better"),
    [
        (NICKEL, "coating", "none", "LiNbO3"),
        (NICKEL, "coating", "Al2O3", "LiNbO3"),
        (NICKEL, "active_particle_kind", "polycrystal", "single_crystal"),
        (NICKEL, "voltage_max_v", 4.6, 4.2),
        (NICKEL, "stack_pressure_mpa", 2.0, 70.0),
        (NICKEL, "active_loading_mg_per_cm2", 30.0, 5.0),
        (NICKEL, "electrolyte", "Li6PS5Cl", "Li3InCl6"),
        (NICKEL, "electrolyte", "Li10GeP2S12", "Li6PS5Cl"),
        (NICKEL, "counter_electrode", "In", "Li-In"),
        (NICKEL, "counter_electrode", "bare SUS current collector, anode free", "Li-In"),
        (NICKEL, "counter_electrode", "Li metal", "Li metal with LiF interlayer"),
        (NICKEL, "counter_electrode", "Li-In", "Li4Ti5O12"),
        (NICKEL, "counter_electrode", "Si", "prelithiated Si"),
        (SULFUR, "promoter", "none", "LiI"),
        (SULFUR, "active_host", "milled_carbon", "infiltrated_carbon"),
        (SULFUR, "active_loading_mg_per_cm2", 6.0, 1.0),
    ],
)
def test_what_wears_a_cell_lowers_its_retention(
    law: RetentionLaw, settings: dict[str, Any], name: str, worse: float | str, better: float | str
) -> None:
    assert 0.0 < keep(law, settings, **{name: worse}) < keep(law, settings, **{name: better}) < 100.0


def test_a_factor_multiplies_the_fade(law: RetentionLaw) -> None:
    fade = [
        -np.log(keep(law, NICKEL, coating=coating, voltage_max_v=volts) / 100.0)
        for volts in (4.1, 4.6)
        for coating in ("none", "LiNbO3")
    ]
    assert fade[1] / fade[0] == pytest.approx(fade[3] / fade[2])


def test_the_law_answers_the_middle_of_what_papers_report(law: RetentionLaw, rows: TrainingSet) -> None:
    counts = np.unique(rows.paper, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[2][counts[1]]
    below = np.average(rows.y < law.predict(rows.columns), weights=weights)
    assert 0.42 < below < 0.58


def test_a_paper_counts_the_same_whatever_it_repeats(law: RetentionLaw, rows: TrainingSet) -> None:
    twice = np.concatenate([np.arange(len(rows)), np.flatnonzero(rows.paper == rows.paper[0])])
    again = rows.take(twice)
    repeated = RetentionLaw.fit(again.columns, again.y, again.paper)
    np.testing.assert_allclose(repeated.predict(rows.columns), law.predict(rows.columns), atol=0.3)


def test_one_hopeless_row_moves_the_law_little(law: RetentionLaw, rows: TrainingSet) -> None:
    spoilt = np.where(np.arange(len(rows)) == 0, -50.0, rows.y)
    moved = RetentionLaw.fit(rows.columns, spoilt, rows.paper)
    assert np.abs(moved.predict(rows.columns) - law.predict(rows.columns)).mean() < 0.5


def test_a_cell_goes_on_falling_and_keeps_all_at_its_reference() -> None:
    cycles = [3, 4, 10, 100, 300, 500, 1000, 2000, 10_000]
    cells = [build(NICKEL | {"cycles": number, "reference_cycle": 3}) for number in cycles]
    answers = small_forest("capacity_retention").predict(cells, neighbours=0)
    medians = [answer.median for answer in answers]
    assert medians[0] == answers[0].interval.low == answers[0].interval.high == pytest.approx(100.0)
    assert np.all(np.diff(medians) < -0.3)
    assert medians[3] - medians[7] > 3.0


def test_warm_cells_fade_faster() -> None:
    cells = [build(NICKEL | {"cycles": 100, "temperature_c": celsius}) for celsius in (-20.0, 0.0, 25.0, 45.0, 60.0)]
    medians = [answer.median for answer in small_forest("capacity_retention").predict(cells, neighbours=0)]
    assert np.all(np.diff(medians) < -0.3)


def test_intervals_of_oxides_end_at_all_there_was_since_hardly_a_row_lies_above() -> None:
    cells = [
        build(NICKEL | {"active_material": material}) for material in ("LiFePO4", "LiCoO2", NICKEL["active_material"])
    ]
    for answer in small_forest("capacity_retention").predict(cells, level=0.99):
        assert answer.median < answer.interval.high <= 100.0


def test_members_of_the_stack_learn_what_the_law_leaves() -> None:
    model = small_forest("capacity_retention")
    assert isinstance(model.simulator, RetentionLaw)
    assert model.simulator.leaves_rest
    assert "read_law" not in member_kinds("stack", "capacity_retention")
