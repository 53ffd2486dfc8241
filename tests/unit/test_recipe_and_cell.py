"""Recipes, cells and measurements refuse what cannot be, with the value, the rule and a way out."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.active_material import Chemistry, active_material, theoretical_capacity
from surrogate.cell import Cell, Electrode, Mixing, MixingMethod, Protocol
from surrogate.composition import parse_composition
from surrogate.errors import CellError, InvalidInput, MeasurementError, RecipeError
from surrogate.measurement import Candidate, Measurement, Source
from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe

SOURCE = Source(row_id="r1", paper="p1")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Milling(time_h=-1.0), "milling_time_h is -1; it must lie between 0"),
        (lambda: HeatTreatment(temperature_c=-300.0), "heat_treatment_temperature_c is -300"),
        (lambda: HeatTreatment(temperature_c=math.nan), "not a finite number"),
        (
            lambda: Recipe(heat_treatment=HeatTreatment(temperature_c=500.0), heat_treated=False),
            "says that there was none",
        ),
        (lambda: Protocol(voltage_min_v=3.0, voltage_max_v=1.5), "lower cut-off must be below"),
        (lambda: Mixing(method=MixingMethod.HAND_MIXED, time_min=9.0), "hand-mixed and milled"),
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
    with pytest.raises(MeasurementError, match="belongs to a cell"):
        Measurement(property="first_discharge_capacity", value=100.0, candidate=material, source=SOURCE)


def test_errors_are_one_family_with_exit_codes() -> None:
    assert RecipeError.exit_code == CellError.exit_code == 3
