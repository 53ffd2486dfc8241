"""One table says all of a candidate: every notation of one is lossless, and every error names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surrogate.campaign.codec import candidate_from_plain, candidate_to_plain
from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import Cell, Electrode
from surrogate.candidate.fields import FIELDS, assemble, statements
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, Milling, Recipe
from surrogate.candidate.settings import Builder, build, drop_empty_additive, read
from surrogate.cli.read import candidate as typed
from surrogate.composition import parse_composition
from surrogate.datasets import load_electrodes, load_electrolytes, load_obelix
from surrogate.errors import InvalidInput
from surrogate.properties import Subject
from tests.strategies import candidates

ROOMY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@ROOMY
@given(candidates())
def test_a_candidate_is_what_its_settings_say(candidate: Candidate) -> None:
    assert build(read(candidate), candidate.kind) == candidate
    assert assemble(statements(candidate), candidate.kind) == candidate


@ROOMY
@given(candidates())
def test_a_candidate_is_what_the_store_says(candidate: Candidate) -> None:
    assert candidate_from_plain(candidate_to_plain(candidate)) == candidate


def test_an_additive_of_which_nothing_goes_in_is_not_set() -> None:
    some = {"additive": "VGCF", "additive_weight_fraction": 0.02}
    assert drop_empty_additive(some) == some
    assert drop_empty_additive({**some, "additive_weight_fraction": 0.0}) == {"additive_weight_fraction": 0.0}


def test_every_shipped_row_is_what_its_settings_say() -> None:
    for measurement in (*load_electrolytes(), *load_electrodes(), *load_obelix()):
        assert build(read(measurement.candidate), measurement.candidate.kind) == measurement.candidate


def test_a_field_is_stated_of_one_kind_of_thing_under_one_name() -> None:
    for name, field in FIELDS.items():
        assert field.name == name
        assert field.part in ("electrolyte", "cell", "protocol")
        assert field.number == (field.low is not None and field.high is not None)
    labels = [field.label for field in FIELDS.values()]
    assert len(labels) == len(set(labels))


def test_two_recipes_stay_two() -> None:
    """They were one once they had been through a sheet: 1.9e-3 and 6.8e-5 S/cm."""
    composition = parse_composition("Li6PS5Cl")
    dry = Recipe(milling=Milling(time_h=10.0))
    wet = Recipe(milling=Milling(time_h=10.0, wet=True, mill="P7"), remilled=True, solvent_exposed=True)
    one, two = (Candidate(subject=Electrolyte(composition=composition, recipe=recipe)) for recipe in (dry, wet))
    assert read(one) != read(two)
    assert build(read(two), Subject.ELECTROLYTE) == two


@pytest.mark.parametrize("x", [0.1, 0.5, 1 / 3, 1e-7])
def test_a_variable_of_a_composition_is_not_lost(x: float) -> None:
    for text in ("Li6-xPS5-xCl1+x", "(1-x)Li2S-xP2S5"):
        candidate = Candidate(subject=Electrolyte(composition=parse_composition(text, x=x)))
        assert build(read(candidate), Subject.ELECTROLYTE) == candidate


def test_an_active_material_of_ones_own_is_not_lost() -> None:
    own = ActiveMaterial(text="MXene", chemistry=Chemistry.OTHER, theoretical_capacity_mah_per_g=320.0)
    candidate = Candidate(subject=Cell(electrode=Electrode(active_material=own)))
    assert build(read(candidate), Subject.CELL) == candidate
    assert "active_material_chemistry" not in read(build({"active_material": "S"}, Subject.CELL))


CELL = {"active_material": "S"}


@pytest.mark.parametrize(
    ("described", "field"),
    [
        ({**CELL, "electrode_heat_treatment_temperature_c": "5000"}, "electrode_heat_treatment_temperature_c"),
        ({**CELL, "mixing_time_min": "200000", "mixing_method": "ball_milled"}, "mixing_time_min"),
        ({**CELL, "mixing_ball_to_powder_ratio": "0.001"}, "mixing_ball_to_powder_ratio"),
        ({**CELL, "mixing_method": "hand_mixed", "mixing_time_min": "60"}, "mixing_time_min"),
        ({**CELL, "separator": "Li6PS5Cl", "separator_milling_time_h": "5000"}, "separator_milling_time_h"),
        ({**CELL, "separator": "Li6PS5J"}, "separator"),
        ({**CELL, "electrolyte": "LPSCl"}, "electrolyte"),
        ({**CELL, "milling_time_h": "5"}, "milling_time_h"),
        ({**CELL, "separator_route": "solid_state"}, "separator_route"),
        ({**CELL, "theoretical_capacity_mah_per_g": "500"}, "theoretical_capacity_mah_per_g"),
        ({**CELL, "active_weight_fraction": "0"}, "active_weight_fraction"),
        ({**CELL, "cycles": "2.5"}, "cycles"),
        ({"electrolyte": "Li6PS5Cl", "mixing_time_min": "5"}, "mixing_time_min"),
        ({"electrolyte": "Li6PS5Cl", "route": "magic"}, "route"),
        ({"electrolyte": "Li6PS5Cl", "milling_time_h": "5 kg"}, "milling_time_h"),
        ({"electrolyte": "Li6PS5Cl", "mill": "a\x00b"}, "mill"),
        ({"active_material": "unobtainium"}, "active_material"),
        ({"route": "solid_state"}, "route"),
    ],
)
def test_an_error_names_its_field(described: Mapping[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        typed(described)
    assert caught.value.field == field
    assert caught.value.hint


@given(st.sampled_from([field for field in FIELDS.values() if field.number]), st.booleans())
def test_every_number_outside_its_bounds_is_refused_by_its_name(field: Any, above: bool) -> None:
    beside = {"electrolyte": "Li6PS5Cl", "separator": "Li6PS5Cl", "active_material": "X"}
    span = max(abs(field.low), abs(field.high))
    value = field.high + 0.001 * span if above else field.low - 0.001 * span
    value = round(value) if field.kind == "whole" else value
    stated = {**beside, "active_material_chemistry": "other", "heat_treatment_time_h": 1.0, field.name: value}
    with pytest.raises(InvalidInput) as caught:
        build(stated, Subject.CELL)
    assert caught.value.field == field.name
    assert caught.value.message.startswith(f"{field.name} is ")


def test_in_a_space_mixing_by_hand_goes_without_the_mill() -> None:
    by_hand = {"active_material": "TiS2", "mixing_method": "hand_mixed"}
    milled = {**by_hand, "mixing_time_min": 600.0, "mixing_speed_rpm": 500.0}
    builder = Builder(varied=True)
    assert builder.candidate(milled, Subject.CELL) == builder.candidate(by_hand, Subject.CELL)
    with pytest.raises(InvalidInput, match="hand-mixed and milled"):
        build(milled, Subject.CELL)
