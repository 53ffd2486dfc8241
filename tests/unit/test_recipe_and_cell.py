"""Recipes, cells and measurements refuse what cannot be, with the value, the rule and a way out."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.active_material import Chemistry, active_material, theoretical_capacity
from surrogate.candidate.cell import Cell, Electrode, Mixing, MixingMethod, Protocol
from surrogate.candidate.measurement import Candidate, Measurement, Source, check_asked, check_reported
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.candidate.settings import build
from surrogate.composition import parse_composition
from surrogate.errors import CellError, InvalidInput, MeasurementError, RecipeError
from surrogate.properties import Subject

SOURCE = Source(row_id="r1", paper="p1")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Milling(time_h=-1.0), "milling_time_h is -1; it must lie between 0"),
        (lambda: HeatTreatment(temperature_c=-300.0), "heat_treatment_temperature_c is -300"),
        (lambda: HeatTreatment(temperature_c=math.nan), "not a finite number"),
        (lambda: HeatTreatment(temperature_c=-200.0), "heat_treatment_temperature_c is -200; it must lie between 20"),
        (lambda: HeatTreatment(temperature_c=550.0, time_h=0.0), "time_h is 0 for a heat treatment at 550 °C"),
        (
            lambda: Recipe(heat_treatment=HeatTreatment(temperature_c=500.0), heat_treated=False),
            "says that there was none",
        ),
        (lambda: Protocol(voltage_min_v=3.0, voltage_max_v=1.5), "lower cut-off must be below"),
        (lambda: Mixing(method=MixingMethod.HAND_MIXED, time_min=9.0), "hand-mixed and milled"),
        (lambda: Mixing(method=MixingMethod.HAND_MIXED, speed_rpm=500.0), "hand-mixed and milled at 500 rpm"),
        (lambda: Mixing(method=MixingMethod.HAND_MIXED, ball_to_powder_ratio=20.0), "ball-to-powder ratio of 20"),
        (lambda: Protocol(cycles=2, reference_cycle=3), "reference_cycle is 3, which comes after the 2 cycles"),
        (lambda: Protocol(reference_cycle=2.5), "reference_cycle is 2.5; cycles are counted"),  # type: ignore[arg-type]
        (
            lambda: Electrode(active_material=active_material("S"), heat_treatment_temperature_c=-200.0),
            "must lie between 20",
        ),
        (lambda: active_material("unobtainium"), "is not recognised"),
        (
            lambda: Electrode(
                active_material=active_material("S"),
                active_weight_fraction=0.5,
                electrolyte_weight_fraction=0.3,
                additive_weight_fraction=0.1,
            ),
            "sum to 0.9, not to 1",
        ),
        (lambda: Electrode(active_material=active_material("S"), active_weight_fraction=60.0), "between 0 and 1"),
    ],
)
def test_the_impossible_is_refused_with_value_and_rule(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        make()
    assert caught.value.hint


@given(
    st.floats(0.01, 5.0),
    st.floats(0.5, 10.0),
    st.floats(1e-2, 100.0),
    st.sampled_from(["S", "LiCoO2", "TiS2"]),
    st.sampled_from(["current_ma_per_g", "current_ma_per_cm2"]),
)
def test_two_currents_are_the_same_or_refused(rate: float, loading: float, off: float, name: str, other: str) -> None:
    per_gram = off * rate * active_material(name).theoretical_capacity_mah_per_g
    stated = {
        "active_material": name,
        "c_rate": rate,
        "active_loading_mg_per_cm2": loading,
        other: per_gram if other == "current_ma_per_g" else per_gram * loading / 1000.0,
    }
    if 0.21 < off < 4.9:
        check_asked(build(stated, Subject.CELL))
    elif not 0.19 < off < 5.1:
        with pytest.raises(CellError, match="contradict each other"):
            check_asked(build(stated, Subject.CELL))
    check_asked(build({key: value for key, value in stated.items() if key != "c_rate"}, Subject.CELL))


@pytest.mark.parametrize("check", [check_asked, check_reported])
@pytest.mark.parametrize("other", [{"current_ma_per_g": 1000.0}, {"current_ma_per_cm2": 10.0}])
def test_a_cell_with_two_currents_can_be_built_and_is_refused_wherever_it_is_stated(
    check: Callable[[Candidate], None], other: dict[str, float]
) -> None:
    stated = {"active_material": "TiS2", "active_loading_mg_per_cm2": 10.0, "c_rate": 0.1}
    check(build(stated, Subject.CELL))
    made = build({**stated, **other}, Subject.CELL)  # rows of the literature hold such cells
    with pytest.raises(CellError, match="contradict each other") as caught:
        check(made)
    assert caught.value.hint


def test_a_retention_may_be_of_the_reference_cycle_itself() -> None:
    assert Protocol(cycles=3, reference_cycle=3).reference_cycle == 3


@given(st.floats(min_value=0.0, max_value=1.0), st.floats(min_value=0.0, max_value=1.0))
def test_three_fractions_that_fill_the_electrode_are_accepted(active: float, share: float) -> None:
    electrolyte = (1.0 - active) * share
    made = Electrode(
        active_material=active_material("TiS2"),
        active_weight_fraction=active,
        electrolyte_weight_fraction=electrolyte,
        additive_weight_fraction=1.0 - active - electrolyte,
    )
    assert sum(f for f in made.weight_fractions.values() if f is not None) == pytest.approx(1.0)


def test_a_heat_treatment_says_that_it_took_place() -> None:
    assert Recipe(heat_treatment=HeatTreatment()).heat_treated is True
    assert Recipe().heat_treated is None


def test_theoretical_capacities_are_faradays() -> None:
    assert theoretical_capacity("S", 2) == pytest.approx(1671.7, abs=1.0)
    assert theoretical_capacity("Li2S", 2) == pytest.approx(1166.5, abs=1.0)
    assert active_material("LiCoO2").theoretical_capacity_mah_per_g == pytest.approx(273.8, abs=0.5)
    assert active_material("LiNi0.8Co0.1Mn0.1O2 (single crystal)").chemistry is Chemistry.LAYERED_OXIDE


def test_a_retention_needs_its_number_of_cycles() -> None:
    cell = Cell(electrode=Electrode(active_material=active_material("S")))
    with pytest.raises(MeasurementError, match="number of cycles"):
        Measurement(property="capacity_retention", value=90.0, candidate=Candidate(subject=cell), source=SOURCE)


def test_a_capacity_of_an_electrolyte_is_refused() -> None:
    material = Candidate(subject=Electrolyte(composition=parse_composition("Li6PS5Cl")))
    with pytest.raises(MeasurementError, match="belongs to a cell, but the candidate is an electrolyte"):
        Measurement(property="first_discharge_capacity", value=100.0, candidate=material, source=SOURCE)


def test_a_conductivity_of_a_cell_is_refused() -> None:
    cell = Candidate(subject=Cell(electrode=Electrode(active_material=active_material("S"))))
    with pytest.raises(MeasurementError, match="belongs to an electrolyte, but the candidate is a cell"):
        Measurement(property="ionic_conductivity", value=1e-3, candidate=cell, source=SOURCE)


def test_errors_are_one_family_with_exit_codes() -> None:
    assert RecipeError.exit_code == CellError.exit_code == 3


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"active_weight_fraction": 0.0}, "holds some active material"), ({"cycles": 2.5}, "cycles are counted")],
)
def test_what_can_be_measured_and_not_asked_for_can_be_built(settings: dict[str, float], says: str) -> None:
    made = build({"active_material": "S", **settings}, Subject.CELL)  # a blank of the tables, a point of a curve
    with pytest.raises(CellError, match=says) as caught:
        check_asked(made)
    assert caught.value.hint
