"""The law of what an active material can give between two cut-offs: textbook points, limits, directions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.active_material import active_material
from surrogate.features.electrode import nickel_fraction
from surrogate.physics.reference_capacity import (
    COUPLES,
    Direction,
    Windows,
    find_couple,
    react_titanium_disulfide,
    reference_capacity,
)

CHARGE, DISCHARGE = Direction.CHARGE, Direction.DISCHARGE
MATERIALS = (
    "LiNi1/3Co1/3Mn1/3O2", "LiNi0.8Co0.1Mn0.1O2", "LiNiO2", "LiCoO2", "Li1.2Mn0.54Co0.13Ni0.13O2", "LiFePO4",
    "LiNi0.5Mn1.5O4", "LiMn2O4", "Li4Ti5O12", "S", "Li2S", "Se", "FeS2", "TiS2", "Si", "Sn", "graphite", "FeF3",
)  # fmt: skip
voltages = st.floats(0.0, 5.0)


def capacity(
    name: str,
    low: float,
    high: float,
    direction: Direction = DISCHARGE,
    reacted: float = 0.0,
    *,
    charged_first: bool = False,
) -> float:
    material = active_material(name)
    couple = find_couple(material)
    assert couple is not None
    windows = Windows(
        couple=np.array([COUPLES.index(couple)]),
        starts_lithiated=np.array([bool(material.starts_lithiated)]),
        theoretical_mah_per_g=np.array([material.theoretical_capacity_mah_per_g], dtype=float),
        nickel=np.array([nickel_fraction(material)]),
        voltage_min_v=np.array([low]),
        voltage_max_v=np.array([high]),
        reacted=np.array([reacted]),
        charged_first=np.array([charged_first]),
    )
    return float(reference_capacity(windows, direction).capacity[0])


@pytest.mark.parametrize(
    ("name", "low", "high", "direction", "textbook"),
    [
        ("LiCoO2", 2.6, 4.1, DISCHARGE, 120.0),
        ("LiCoO2", 2.6, 4.2, CHARGE, 145.0),
        ("LiCoO2", 2.6, 4.3, DISCHARGE, 157.0),
        ("LiCoO2", 2.6, 4.6, DISCHARGE, 220.0),
        ("LiNi1/3Co1/3Mn1/3O2", 2.7, 4.3, DISCHARGE, 163.0),
        ("LiNi0.6Co0.2Mn0.2O2", 2.7, 4.3, DISCHARGE, 187.0),
        ("LiNi0.8Co0.1Mn0.1O2", 2.7, 4.3, DISCHARGE, 203.0),
        ("LiFePO4", 2.5, 4.0, DISCHARGE, 160.0),
        ("Li4Ti5O12", 1.0, 2.5, DISCHARGE, 165.0),
        ("S", 1.0, 3.0, DISCHARGE, 1672.0),
        ("TiS2", 1.5, 3.0, DISCHARGE, 239.0),
        ("FeS2", 1.0, 3.0, DISCHARGE, 890.0),
    ],
)
def test_textbook_capacities_come_out_within_four_per_cent(
    name: str, low: float, high: float, direction: Direction, textbook: float
) -> None:
    assert capacity(name, low, high, direction) == pytest.approx(textbook, rel=0.04)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("LiCoO2", 2.6, 3.4), ("LiFePO4", 2.5, 3.2), ("LiNi0.5Mn1.5O4", 3.0, 4.3), ("Si", 1.0, 3.0), ("Li2S", 0.5, 1.5)],
)
def test_a_window_without_the_couple_gives_about_nothing(name: str, low: float, high: float) -> None:
    assert capacity(name, low, high) < 0.05 * capacity(name, 0.0, 5.0)


def test_more_nickel_gives_more_capacity_to_the_same_cut_off() -> None:
    series = [capacity(f"LiNi{x}Co0.1Mn{0.9 - x:.2f}O2", 2.5, 4.3) for x in (0.5, 0.6, 0.7, 0.8)]
    assert all(richer > poorer for poorer, richer in pairwise(series))


@given(name=st.sampled_from(MATERIALS), low=voltages, high=voltages, wider=st.floats(0.0, 1.0))
def test_a_wider_window_never_gives_less(name: str, low: float, high: float, wider: float) -> None:
    for direction in Direction:
        narrow = capacity(name, low, high, direction)
        assert capacity(name, low, high + wider, direction) >= narrow - 1e-9
        assert capacity(name, low - wider, high, direction) >= narrow - 1e-9


@given(name=st.sampled_from(MATERIALS), low=voltages, high=voltages)
def test_no_step_of_ten_millivolts_moves_more_than_fifteen_per_cent_of_the_whole(
    name: str, low: float, high: float
) -> None:
    for direction in Direction:
        whole = capacity(name, 0.0, 5.0, direction)
        here = capacity(name, low, high, direction)
        assert abs(capacity(name, low, high + 0.01, direction) - here) <= 0.15 * whole
        assert abs(capacity(name, low + 0.01, high, direction) - here) <= 0.15 * whole


def test_the_first_step_asks_for_its_own_cut_off_alone() -> None:
    assert capacity("S", 1.0, 2.0, DISCHARGE) == capacity("S", 1.0, 3.0, DISCHARGE)
    assert capacity("LiCoO2", 4.0, 4.3, CHARGE) == capacity("LiCoO2", 2.5, 4.3, CHARGE)


def test_milled_titanium_disulfide_gives_the_first_charges_of_shin_2014() -> None:
    """Charges of 416 (33 % TiS2, 9 min) and 442 mAh/g (50 %, 27 min) between 1.5 and 3.0 V, of 837 from 1.0 V."""
    phosphorus_per_titanium = np.array([2.0, 1.0]) * 112.0 / 180.1  # Li3PS4 over TiS2 by weight, as atoms
    reacted = react_titanium_disulfide(phosphorus_per_titanium, np.array([9.0, 27.0]) / 60.0, np.array([2000.0] * 2))
    assert capacity("TiS2", 1.5, 3.0, CHARGE, reacted[0]) == pytest.approx(416.0, rel=0.05)
    assert capacity("TiS2", 1.5, 3.0, CHARGE, reacted[1]) == pytest.approx(442.0, rel=0.05)
    assert capacity("TiS2", 1.0, 3.0, CHARGE, reacted[0]) == pytest.approx(837.0, rel=0.08)


def test_what_holds_no_lithium_gives_none_where_it_is_charged_first() -> None:
    """Shin 2014: 151 mAh/g from the electrolyte that TiS2 was milled into (33 % TiS2, 9 min), instead of 416."""
    assert capacity("TiS2", 1.5, 3.0, CHARGE, 0.865, charged_first=True) == pytest.approx(151.0, rel=0.02)
    assert capacity("S", 1.0, 3.0, CHARGE, charged_first=True) == 0.0 < capacity("S", 1.0, 3.0, CHARGE)
    assert capacity("LiCoO2", 2.6, 4.2, CHARGE, charged_first=True) == capacity("LiCoO2", 2.6, 4.2, CHARGE)


@pytest.mark.parametrize("name", ["LiNi1/3Co1/3Mn1/3O2", "LiNi0.8Co0.1Mn0.1O2", "LiCoO2"])
def test_a_layered_oxide_takes_most_of_its_lithium_back_above_three_and_a_half_volts(name: str) -> None:
    assert 0.85 < capacity(name, 3.5, 4.3) / capacity(name, 2.6, 4.3) < 1.0
    assert capacity(name, 4.0, 4.3) < 0.1 * capacity(name, 2.6, 4.3)


def test_titanium_disulfide_milled_without_electrolyte_does_not_react() -> None:
    assert react_titanium_disulfide(np.zeros(1), np.array([1.0]), np.array([2000.0]))[0] == 0.0
    assert capacity("TiS2", 1.5, 3.0, CHARGE) < 239.0
