"""What a cell reaches of its window: paths open with carbon and electrolyte, and a step must not be too fast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.columns import cell_columns
from surrogate.candidate.settings import build
from surrogate.models.cell_state import read_paths
from surrogate.models.targets import LEAST_SHARE, reference
from surrogate.physics.accessible_share import Shares, accessible_shares
from surrogate.properties import get_property

NICKEL: dict[str, Any] = {
    "active_material": "LiNi0.8Co0.1Mn0.1O2", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.7,
    "electrolyte_weight_fraction": 0.3, "c_rate": 0.1, "temperature_c": 25.0, "active_loading_mg_per_cm2": 10.0,
}  # fmt: skip
SULFUR: dict[str, Any] = {
    "active_material": "S", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.3, "additive": "VGCF",
    "electrolyte_weight_fraction": 0.6, "additive_weight_fraction": 0.1,
}  # fmt: skip


def shares(settings: dict[str, Any], **changes: Any) -> Shares:
    return accessible_shares(read_paths(cell_columns([build(settings | changes)])))


def reached(settings: dict[str, Any], **changes: Any) -> float:
    return float(shares(settings, **changes).reached[0])


def with_carbon(share: float) -> dict[str, float]:
    return {"additive_weight_fraction": share, "electrolyte_weight_fraction": 0.7 - share}


def test_a_usual_cell_reaches_nearly_all_of_its_window() -> None:
    assert reached(NICKEL) > 0.95
    assert reached(SULFUR) > 0.95
    assert reached({"active_material": "TiS2"}) == 1.0


@pytest.mark.parametrize(
    ("settings", "worse", "better"),
    [
        (NICKEL, {"c_rate": 2.0}, {"c_rate": 0.5}),
        (NICKEL, {"temperature_c": -20.0}, {"temperature_c": 25.0}),
        (NICKEL, {"active_loading_mg_per_cm2": 50.0}, {"active_loading_mg_per_cm2": 5.0}),
        (NICKEL, {"electrolyte_conductivity_s_per_cm": 1e-5}, {"electrolyte_conductivity_s_per_cm": 1e-3}),
        (NICKEL, {"active_weight_fraction": 0.98, "electrolyte_weight_fraction": 0.02}, {}),
        (SULFUR, with_carbon(0.01), with_carbon(0.05)),
        (SULFUR, {"c_rate": 2.0}, {"c_rate": 0.1}),
    ],
)
def test_what_hinders_transport_leaves_less(
    settings: dict[str, Any], worse: dict[str, Any], better: dict[str, Any]
) -> None:
    assert reached(settings, **better) > reached(settings, **worse)


def test_ten_c_leaves_less_than_half_and_no_electrolyte_next_to_nothing() -> None:
    assert reached(NICKEL, c_rate=10.0) < 0.5
    assert reached(NICKEL, active_weight_fraction=1.0, electrolyte_weight_fraction=0.0) < 0.05


def test_a_twentieth_of_electrolyte_leaves_a_half_and_a_tenth_nearly_all() -> None:
    poor, usual = (reached(NICKEL, active_weight_fraction=1.0 - e, electrolyte_weight_fraction=e) for e in (0.05, 0.1))
    assert 0.4 < poor < 0.7 < 0.9 < usual


@given(st.floats(0.0, 0.99))
def test_half_a_per_cent_of_electrolyte_more_is_no_cliff(electrolyte: float) -> None:
    few, more = (
        reached(NICKEL, active_weight_fraction=1.0 - e, electrolyte_weight_fraction=e)
        for e in (electrolyte, electrolyte + 0.005)
    )
    assert -1e-9 < more - few < 0.15


@given(st.floats(0.0, 0.19), st.sampled_from(["S", "Li2S"]))
def test_one_per_cent_of_carbon_more_is_no_cliff(carbon: float, material: str) -> None:
    few, more = (reached(SULFUR, active_material=material, **with_carbon(c)) for c in (carbon, carbon + 0.01))
    assert -1e-9 < more - few < 0.15


@pytest.mark.parametrize("host", ["infiltrated_carbon", "polyacrylonitrile", "conductive_compound"])
def test_a_host_needs_no_carbon_beside_it(host: str) -> None:
    bare = with_carbon(0.0) | {"additive": "none"}
    assert reached(SULFUR, **bare, active_host=host) > 0.9 > reached(SULFUR, **bare, active_host="milled_carbon")


@pytest.mark.parametrize("material", ["TiS2", "FeS2", "graphite"])
def test_what_conducts_itself_needs_neither_carbon_nor_electrolyte(material: str) -> None:
    alone = {"active_material": material, "active_weight_fraction": 1.0, "electrolyte_weight_fraction": 0.0}
    assert reached(alone) == 1.0


def test_a_reference_never_exceeds_the_window_and_never_vanishes() -> None:
    prop = get_property("first_discharge_capacity")
    hopeless = NICKEL | {"c_rate": 100.0, "temperature_c": -40.0}
    usual, least = (float(reference(prop, cell_columns([build(s)]))[0]) for s in (NICKEL, hopeless))
    assert 0.0 < LEAST_SHARE * 150.0 < least < usual < 203.0
    assert np.isfinite(least)
