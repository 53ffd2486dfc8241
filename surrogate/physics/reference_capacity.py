"""What an active material can give between two cut-offs: the scale on which capacities of cells are learnt.

The theoretical capacity of a layered oxide hardly depends on its nickel content and not at all on the window. What a
slow half cell gives between the cut-offs depends on both, and is nothing where the window holds no redox couple. A
cell is described by its *utilisation*, its share of that reference. The numbers, each with its source, stand in
``parameters/reference_capacities.toml``.

For a couple with steps s of share a_s, with the logistic function L,

    D_s = L((discharge_v − V_min) / width),  C_s = L((V_max − charge_v) / width),

a material that is built without its lithium discharges Σ a_s D_s of its capacity first and charges Σ a_s D_s C_s after
it, and gives nothing where it is charged first, unless it was milled into the electrolyte, which holds lithium; one
that holds its lithium charges Σ a_s C_s first and discharges Σ a_s C_s D_s after it. For a couple with a curve, the
curve at V_max takes the place of C. A cut-off that is not stated is taken as wide enough.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial, Chemistry

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


class Direction(StrEnum):
    """The direction of the lithium in one step."""

    DISCHARGE = "discharge"
    CHARGE = "charge"


class Couple(StrEnum):
    """The redox couples that the law tells apart, finer than the chemistries of active materials."""

    LAYERED_OXIDE = "layered_oxide"
    LITHIUM_COBALT_OXIDE = "lithium_cobalt_oxide"
    LITHIUM_RICH_OXIDE = "lithium_rich_oxide"
    OLIVINE = "olivine"
    NICKEL_MANGANESE_SPINEL = "nickel_manganese_spinel"
    MANGANESE_SPINEL = "manganese_spinel"
    TITANATE_SPINEL = "titanate_spinel"
    SULFUR = "sulfur"
    LITHIUM_SULFIDE = "lithium_sulfide"
    CHALCOGEN = "chalcogen"
    CONVERSION_SULFIDE = "conversion_sulfide"
    LAYERED_SULFIDE = "layered_sulfide"
    SILICON = "silicon"
    TIN = "tin"
    GRAPHITE = "graphite"
    FLUORIDE = "fluoride"


COUPLES = tuple(Couple)
#: Couples of a chemistry that holds only one.
_COUPLE_OF_CHEMISTRY: Mapping[Chemistry, Couple] = {
    Chemistry.SULFUR: Couple.SULFUR,
    Chemistry.LITHIUM_SULFIDE: Couple.LITHIUM_SULFIDE,
    Chemistry.METAL_SULFIDE: Couple.CONVERSION_SULFIDE,
    Chemistry.LAYERED_SULFIDE: Couple.LAYERED_SULFIDE,
    Chemistry.LAYERED_OXIDE: Couple.LAYERED_OXIDE,
    Chemistry.LITHIUM_RICH_OXIDE: Couple.LITHIUM_RICH_OXIDE,
    Chemistry.OLIVINE: Couple.OLIVINE,
}
#: How materials of the other chemistries begin, first match first.
_BEGINNINGS: Sequence[tuple[str, Couple]] = (
    ("LiCoO2", Couple.LITHIUM_COBALT_OXIDE),
    ("LCO", Couple.LITHIUM_COBALT_OXIDE),
    ("LiNi0.5Mn1.5O4", Couple.NICKEL_MANGANESE_SPINEL),
    ("LNMO", Couple.NICKEL_MANGANESE_SPINEL),
    ("LiMn2O4", Couple.MANGANESE_SPINEL),
    ("LMO", Couple.MANGANESE_SPINEL),
    ("Li4Ti5O12", Couple.TITANATE_SPINEL),
    ("LTO", Couple.TITANATE_SPINEL),
    ("SeS2", Couple.CHALCOGEN),
    ("Se", Couple.CHALCOGEN),
    ("Te", Couple.CHALCOGEN),
    ("FeF3", Couple.FLUORIDE),
    ("Si", Couple.SILICON),
    ("Sn", Couple.TIN),
)


def find_couple(material: ActiveMaterial) -> Couple | None:
    """The redox couple of ``material``, ``None`` for one that the law does not know."""
    if material.chemistry in (Chemistry.LAYERED_OXIDE, Chemistry.SPINEL, Chemistry.ALLOY, Chemistry.OTHER):
        text = material.text
        couple_of_name = next((couple for start, couple in _BEGINNINGS if text.startswith(start)), None)
        if couple_of_name is not None:
            return couple_of_name
        if "graphite" in text.lower():
            return Couple.GRAPHITE
        if "silicon" in text.lower():
            return Couple.SILICON
    return _COUPLE_OF_CHEMISTRY.get(material.chemistry)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """``n`` active materials between cut-offs, as columns (n,); NaN is *not stated*, couple −1 is *unknown*.

    ``theoretical_mah_per_g`` is Faraday's law for the reaction of the material; ``nickel`` the share of nickel among
    the transition metals; ``reacted`` the share of TiS2 that was milled into the electrolyte, else 0; ``charged_first``
    whether the cell is known to begin with a charge.
    """

    couple: Codes
    starts_lithiated: NDArray[np.bool_]
    theoretical_mah_per_g: Array
    nickel: Array
    voltage_min_v: Array
    voltage_max_v: Array
    reacted: Array
    charged_first: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The law's answer for ``n`` cells in mAh/g: the ``capacity`` (n,) in the window, and the ``whole`` (n,) of it.

    The whole is what a window of the usual width gives; a wider one may give more.
    """

    capacity: Array
    whole: Array


def reference_capacity(windows: Windows, direction: Direction) -> Reference:
    """What ``n`` active materials can give in the first cycle between their cut-offs.

    Args:
        windows: materials and cut-offs, columns of n.
        direction: of the step that is asked for.

    Returns:
        Capacities (n,) in mAh/g; NaN where the couple or its capacity is unknown.
    """
    # Each couple by its own law; then the share of TiS2 that a mill made amorphous; then cells that are charged first.
    capacity = np.full(len(windows.couple), np.nan)
    whole = np.full(len(windows.couple), np.nan)
    for code in np.unique(windows.couple[windows.couple >= 0]):
        rows = windows.couple == code
        full, part = _couple_capacity(COUPLES[code], windows, rows, direction)
        capacity[rows], whole[rows] = full * part, full
    mixed = windows.reacted > 0.0
    if mixed.any():
        amorphous = _milled_capacity(windows, mixed, direction)
        capacity[mixed] += windows.reacted[mixed] * (amorphous - capacity[mixed])
    if direction is Direction.CHARGE:
        empty = windows.charged_first & ~windows.starts_lithiated & (windows.couple >= 0)
        of_electrolyte = read_parameters()["milled_titanium_disulfide"]["charged_first_mah_per_g"]
        capacity[empty] = windows.reacted[empty] * of_electrolyte
    return Reference(capacity=capacity, whole=whole)


def react_titanium_disulfide(phosphorus_per_titanium: Array, milling_time_h: Array, milling_speed_rpm: Array) -> Array:
    """The share (n,) of TiS2 that milling with a sulfide electrolyte has turned into amorphous Li-Ti-P-S.

    Args:
        phosphorus_per_titanium: atoms of phosphorus offered by the electrolyte per titanium, (n,).
        milling_time_h: of the composite in hours, (n,); NaN counts as none.
        milling_speed_rpm: (n,); NaN counts as the reference speed.
    """
    law = read_parameters()["milled_titanium_disulfide"]
    speed = np.where(np.isnan(milling_speed_rpm), law["reference_speed_rpm"], milling_speed_rpm)
    dose_h = np.nan_to_num(milling_time_h) * (speed / law["reference_speed_rpm"]) ** law["speed_power"]
    enough = law["phosphorus_per_titanium"]
    offered = np.clip(np.nan_to_num(phosphorus_per_titanium), 0.0, enough) / enough
    return np.asarray(offered * -np.expm1(-dose_h / law["dose_h"]))


def _couple_capacity(
    couple: Couple, windows: Windows, rows: NDArray[np.bool_], direction: Direction
) -> tuple[Array, Array]:
    """The capacity of ``couple`` in ``direction`` if the window held all of it, and the share that it holds, (k,)."""
    law = read_parameters()[couple]
    nickel = windows.nickel[rows]
    full = _full_capacity(law, windows.theoretical_mah_per_g[rows], nickel)
    if direction is Direction.CHARGE:
        full = full * law["charge_over_discharge"]
    lithiated = windows.starts_lithiated[rows]
    # The first step is bounded by its own cut-off alone; the second one by both.
    needs_discharge = ~lithiated | (direction is Direction.DISCHARGE)
    needs_charge = lithiated | (direction is Direction.CHARGE)
    share = np.zeros(rows.sum())
    # A couple with a curve has a single step, whose way out is the curve.
    steps = law.get("steps") or [{"share": 1.0, "discharge_v": law["discharge_v"][0], "width_v": law["width_v"]}]
    for step in steps:
        goes_in = logistic((step["discharge_v"] - windows.voltage_min_v[rows]) / step["width_v"])
        comes_out = _come_out(law, step, windows.voltage_max_v[rows], nickel)
        share += step["share"] * np.where(needs_discharge, goes_in, 1.0) * np.where(needs_charge, comes_out, 1.0)
    return full, share


def _full_capacity(law: Mapping[str, Any], theoretical: Array, nickel: Array) -> Array:
    if "nickel" in law:
        filled = np.where(np.isnan(nickel), law["rich_from"], nickel)
        return np.asarray(np.interp(filled, law["nickel"], law["capacity_mah_per_g"]))
    if law["capacity_mah_per_g"] == "theoretical":
        return theoretical
    return np.full(len(theoretical), law["capacity_mah_per_g"])


def _come_out(law: Mapping[str, Any], step: Mapping[str, float], voltage_max_v: Array, nickel: Array) -> Array:
    """The share (k,) of a step that a charge to ``voltage_max_v`` (k,) takes out."""
    if "curve_v" not in law:
        return logistic((voltage_max_v - step["charge_v"]) / step["width_v"])
    voltage = np.where(np.isnan(voltage_max_v), law["usual_v"], voltage_max_v)
    if "curve" in law:
        return np.asarray(np.interp(voltage, law["curve_v"], law["curve"]))
    rich = np.interp(nickel, [law["poor_up_to"], law["rich_from"]], [0.0, 1.0])
    rich = np.where(np.isnan(nickel), 1.0, rich)
    poor_share, rich_share = (
        np.interp(voltage, law["curve_v"], law[f"curve_{kind}_in_nickel"]) for kind in ("poor", "rich")
    )
    return np.asarray((1.0 - rich) * poor_share + rich * rich_share)


def _milled_capacity(windows: Windows, rows: NDArray[np.bool_], direction: Direction) -> Array:
    """What TiS2 that has reacted with the electrolyte gives, (k,) in mAh/g; below 1.5 V it takes up more."""
    law = read_parameters()["milled_titanium_disulfide"]
    low = windows.voltage_min_v[rows]
    depth = (law["deep_from_v"] - low) / (law["deep_from_v"] - law["deep_to_v"])
    return np.asarray(law[f"{direction}_mah_per_g"] + law["deep_mah_per_g"] * np.clip(np.nan_to_num(depth), 0.0, 1.0))


def logistic(argument: Array) -> Array:
    """1 / (1 + e^−x), and 1 where x is NaN: a cut-off that is not stated limits nothing."""
    return np.where(np.isnan(argument), 1.0, 1.0 / (1.0 + np.exp(-np.clip(argument, -60.0, 60.0))))


@cache
def read_parameters() -> Mapping[str, Any]:
    """The numbers of the law of capacities, by couple."""
    text = resources.files("surrogate.physics.parameters").joinpath("reference_capacities.toml").read_text("utf-8")
    return tomllib.loads(text)
