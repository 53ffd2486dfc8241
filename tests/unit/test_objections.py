"""What a chemist objects to in a cell is said in one sentence each, and what is as usual gets none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surrogate.candidate.columns import cell_columns
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import build
from surrogate.errors import CellError
from surrogate.models.encoding import View
from surrogate.models.objections import are_limited, find_limits, find_objections
from surrogate.models.targets import Reach
from surrogate.properties import get_property

OXIDE: dict[str, Any] = {
    "active_material": "LiCoO2", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.7,
    "electrolyte_weight_fraction": 0.3, "additive": "none", "voltage_min_v": 2.6, "voltage_max_v": 4.2, "c_rate": 0.1,
}  # fmt: skip
SULFUR: dict[str, Any] = {
    "active_material": "S", "electrolyte": "Li6PS5Cl", "active_weight_fraction": 0.3, "additive": "VGCF",
    "electrolyte_weight_fraction": 0.6, "additive_weight_fraction": 0.1,
}  # fmt: skip
BARE: dict[str, Any] = {"additive": "none", "additive_weight_fraction": 0.0, "electrolyte_weight_fraction": 0.7}


def view_of(candidate: Candidate) -> View:
    codes, columns = np.zeros(1, dtype=np.int64), cell_columns([candidate])
    return View(
        X=np.empty((1, 0)), group=codes, material=codes, reference=np.ones(1), columns=columns, reach=Reach(columns)
    )


def objections(
    settings: dict[str, Any], median: float = 100.0, name: str = "first_discharge_capacity", **changes: Any
) -> tuple[str, ...]:
    prop, candidate = get_property(name), build(settings | changes)
    return find_objections(prop, median, candidate, find_limits(prop, view_of(candidate))[0])


@pytest.mark.parametrize(
    ("settings", "changes", "sentence"),
    [
        (OXIDE, {"voltage_max_v": 3.4}, "LiCoO2 has next to no redox couple between 2.6 V and 3.4 V"),
        (OXIDE, {"active_weight_fraction": 1.0, "electrolyte_weight_fraction": 0.0}, "Too little electrolyte"),
        (OXIDE, {"active_weight_fraction": 0.98, "electrolyte_weight_fraction": 0.02}, "Too little electrolyte"),
        (OXIDE, {"c_rate": 30.0}, "too little time"),
        (
            OXIDE,
            {"coating": "chocolate"},
            "'chocolate' names no coating and counts as not stated: write which it is, such as LiNbO3",
        ),
        (OXIDE, {"promoter": "LiI"}, "make no difference to LiCoO2"),
        (SULFUR, BARE, "No carbon and no conductive host"),
        (SULFUR, {"coating": "LiNbO3"}, "The coating LiNbO3 makes little difference"),
        (OXIDE | {"active_material": "LiNi0.8Co0.2Mn0.1O2"}, {}, "add up to 1.1"),
    ],
)
def test_what_cannot_work_is_said_once(settings: dict[str, Any], changes: dict[str, Any], sentence: str) -> None:
    sentences = objections(settings, **changes)
    assert sum(sentence in one for one in sentences) == 1
    assert all(one.endswith(".") and len(one.split()) <= 30 for one in sentences)


@pytest.mark.parametrize("settings", [OXIDE, SULFUR, SULFUR | BARE | {"active_host": "infiltrated_carbon"}])
def test_a_usual_cell_meets_no_objection(settings: dict[str, Any]) -> None:
    assert objections(settings) == ()
    assert not are_limited(view_of(build(settings)))[0]


def test_a_retention_is_objected_to_where_the_cell_gives_nothing_to_keep() -> None:
    assert objections(OXIDE, 80.0, "capacity_retention", voltage_max_v=3.4) != ()


def test_a_capacity_above_theory_is_named() -> None:
    assert any("above the theoretical one of S, 1672 mAh/g" in one for one in objections(SULFUR, 1700.0))


def test_cycles_before_their_reference_are_refused() -> None:
    with pytest.raises(CellError, match="comes after the 2 cycles"):
        build(OXIDE | {"cycles": 2, "reference_cycle": 5})


@pytest.mark.parametrize(
    "changes", [{"voltage_max_v": 3.4}, {"electrolyte_weight_fraction": 0.01, "active_weight_fraction": 0.99},
                {"c_rate": 30.0}],
)  # fmt: skip
def test_what_a_law_bounds_is_limited(changes: dict[str, Any]) -> None:
    assert are_limited(view_of(build(OXIDE | changes)))[0]
