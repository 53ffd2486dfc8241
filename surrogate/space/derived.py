"""Quantities that follow from a recipe without any model: time, peak temperature, cost of the precursors.

They are objectives and limits like any property, but they have no uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.space.variables import Array, Table

#: Name → what it means; the unit stands in the name.
DERIVED: Mapping[str, str] = {
    "process_time_h": "hours of milling, heat treatment, wet milling and mixing",
    "peak_temperature_c": "highest temperature that the material or the electrode sees (25 °C without a furnace)",
    "precursor_cost_per_g": "cost of the precursors of one gram of electrolyte, in the currency of the prices",
}
#: What limits and rules of thumb may name besides; an hour at 500 rpm counts as one.
MILLING_DOSE = "milling_h_at_500_rpm"
_Numbers = TypeVar("_Numbers", float, Array)


#: The settings that a total is made of: where a space varies one and a recipe does not state it, the total is unknown.
STATED_BY: Mapping[str, tuple[str, ...]] = {
    "process_time_h": ("milling_time_h", "heat_treatment_time_h", "wet_milling_time_h", "mixing_time_min"),
    "peak_temperature_c": ("heat_treatment_temperature_c", "electrode_heat_treatment_temperature_c"),
}


def process_totals(table: Table) -> dict[str, Array]:
    """``process_time_h`` and ``peak_temperature_c`` of every row, (n,); a step that does not apply takes no time."""
    hours = np.zeros(table.n)
    for name in ("milling_time_h", "heat_treatment_time_h", "wet_milling_time_h"):
        hours += np.nan_to_num(table.numbers.get(name, np.zeros(table.n)))
    hours += np.nan_to_num(table.numbers.get("mixing_time_min", np.zeros(table.n))) / 60.0
    peak = np.full(table.n, ROOM_TEMPERATURE_C)
    for name in ("heat_treatment_temperature_c", "electrode_heat_treatment_temperature_c"):
        if name in table.numbers:
            peak = np.fmax(peak, table.numbers[name])
    return {"process_time_h": hours, "peak_temperature_c": peak}


def hours_at_500_rpm(hours: _Numbers, speed_rpm: _Numbers) -> _Numbers:
    """The time on the mill by the cube of its speed, which its energy grows with."""
    return hours * (speed_rpm / 500.0) ** 3


def milling_dose(table: Table) -> dict[str, Array]:
    """``milling_h_at_500_rpm`` (n,), where the space has a time and a speed."""
    hours, speed = table.numbers.get("milling_time_h"), table.numbers.get("milling_speed_rpm")
    return {} if hours is None or speed is None else {MILLING_DOSE: hours_at_500_rpm(hours, speed)}


def precursor_cost(masses_g: Array, precursors: tuple[str, ...], prices_per_g: Mapping[str, float]) -> Array:
    """Cost per gram of batch (n,) from masses (n, p) and the price of each precursor."""
    price = np.array([prices_per_g[formula] for formula in precursors])
    return np.asarray(masses_g @ price / masses_g.sum(axis=1))
