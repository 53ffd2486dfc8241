"""What a script hands to the public face is read as it is meant there, or refused in one sentence: never ignored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import surrogate
from surrogate.candidate.settings import build, read
from surrogate.errors import InvalidInput, MeasurementError, UnknownName
from surrogate.properties import get_property

MATERIAL = {"electrolyte": "Li6PS5Cl"}


@pytest.mark.parametrize("name", ["milling_time", "annealing", "temperature", "x", "ionic_conductivity"])
def test_a_name_that_is_no_setting_is_refused_and_not_left_out(name: str) -> None:
    with pytest.raises(UnknownName, match=f"no setting named '{name}'"):
        surrogate.build_candidate({**MATERIAL, name: 20.0})


@pytest.mark.parametrize(
    ("name", "value", "means"),
    [
        ("milling_time_h", "90 min", 1.5), ("milling_time_h", "20", 20.0), ("milling_time_h", np.float32(20), 20.0),
        ("heat_treatment_temperature_c", "823.15 K", 550.0), ("temperature_c", "RT", 25.0),
        ("ball_to_powder_ratio", "20:1", 20.0), ("wet_milled", True, "yes"), ("remilled", "yes", "yes"),
    ],
)  # fmt: skip
def test_a_value_with_its_unit_is_the_same_as_without(name: str, value: Any, means: float | str) -> None:
    assert read(build({**MATERIAL, name: value}))[name] == means
    assert build({**MATERIAL, name: value}) == build({**MATERIAL, name: means})


@pytest.mark.parametrize("value", [True, None, float("nan"), "overnight", "20 mS/cm"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="milling_time_h"):
        build({**MATERIAL, "milling_time_h": value})


@pytest.mark.parametrize("candidates", [["Li6PS5Cl"], build(MATERIAL)])
def test_predictions_are_asked_for_a_list_of_candidates(candidates: Any) -> None:
    with pytest.raises(InvalidInput, match="a list of candidates"):
        surrogate.predict(candidates, models={})


def test_a_measured_value_is_a_number() -> None:
    prop = get_property("ionic_conductivity")
    assert prop.check(np.float32(1e-3)) == pytest.approx(1e-3)
    for value in ("1e-3", True, None):
        with pytest.raises(MeasurementError, match="no number"):
            prop.check(value)  # type: ignore[arg-type]
