"""The space of the sweep: a point of the unit cube -> a recipe, a cell and a protocol, as one flat row.

It reaches beyond what the papers did on purpose: high rates, thick electrodes and poor electrolytes are where transport
shows; at the conditions of Shin 2014 a cell hardly feels it, and a model trained there would learn a constant.

A row holds plain values under names with units (:data:`COLUMNS`), so it can be stored and read; :func:`candidate_of`
makes the candidate that was simulated out of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from surrogate.candidate.cell import MixingMethod
from surrogate.candidate.field import NO
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Route
from surrogate.candidate.settings import build
from surrogate.composition import composition_from_amounts
from surrogate.physics.parameters.base import FloatArray
from surrogate.properties import Subject

Value = str | float | None

COLUMNS: dict[str, type] = {
    "composition": str,
    "route": str,
    "milling_time_h": float,
    "milling_speed_rpm": float,
    "wet_milling_time_h": float,
    "heat_treatment_temperature_c": float,
    "heat_treatment_time_h": float,
    "active_material": str,
    "active_weight_fraction": float,
    "electrolyte_weight_fraction": float,
    "additive_weight_fraction": float,
    "coating": str,
    "mixing_method": str,
    "mixing_time_min": float,
    "mixing_speed_rpm": float,
    "active_loading_mg_per_cm2": float,
    "separator_thickness_um": float,
    "voltage_min_v": float,
    "voltage_max_v": float,
    "c_rate": float,
    "temperature_c": float,
    "cycles": float,
}
#: What each axis of the cube decides, in order.
AXES = (
    "family", "composition", "substituent", "halide", "halide share", "halide excess", "route", "milling time",
    "milling speed", "heat temperature", "heat time", "wet milling", "active material", "active share",
    "additive share",
    "mixing method", "mixing time", "mixing speed", "coating", "loading", "rate", "window", "temperature", "cycles",
    "separator",
)  # fmt: skip
DIMENSIONS = len(AXES)

_MATERIALS = ("TiS2", "S", "Li2S", "FeS2", "LiCoO2", "LiNi0.8Co0.1Mn0.1O2")
_MATERIAL_SHARES = (0.25, 0.15, 0.10, 0.10, 0.15, 0.25)
_WINDOWS = {
    "TiS2": ((1.5, 3.0), (1.0, 3.0)),
    "S": ((1.0, 3.0), (1.5, 3.0)),
    "Li2S": ((1.5, 3.0), (1.0, 3.0)),
    "FeS2": ((1.0, 3.0), (1.2, 3.0)),
    "LiCoO2": ((3.0, 4.3), (2.6, 4.2)),
    "LiNi0.8Co0.1Mn0.1O2": ((2.6, 4.3), (2.6, 4.5)),
}
_CARBON_HUNGRY = ("S", "Li2S", "FeS2")


def _pick(u: float, items: Sequence[str], shares: Sequence[float]) -> str:
    edges = np.cumsum(shares) / sum(shares)
    return items[min(int(np.searchsorted(edges, u, side="right")), len(items) - 1)]


def _log(u: float, low: float, high: float) -> float:
    return _rounded(low * (high / low) ** u)


def _linear(u: float, low: float, high: float) -> float:
    return _rounded(low + (high - low) * u)


def _rounded(value: float) -> float:
    """Four digits: what a lab can set, and what survives every text format."""
    return float(f"{value:.4g}")


def row_of(point: FloatArray | Sequence[float]) -> dict[str, Value]:
    """One flat row (keys of :data:`COLUMNS`) for a point of the unit cube with :data:`DIMENSIONS` coordinates."""
    u = dict(zip(AXES, (float(x) for x in point), strict=True))
    family = _pick(u["family"], ("argyrodite", "glass", "lgps", "thio"), (0.5, 0.25, 0.15, 0.10))
    amounts = _AMOUNTS[family](u)
    row: dict[str, Value] = dict.fromkeys(COLUMNS)
    row["composition"] = composition_from_amounts(amounts).formula
    row |= _synthesis(u, family) | _electrode(u) | _protocol(u)
    return row


def _argyrodite(u: Mapping[str, float]) -> dict[str, float]:
    """Li(6-x+z) P(1-z) M(z) S(5-x) X(1+x), charge-neutral; isovalent antimony leaves the lithium alone."""
    metal = _pick(u["substituent"], ("", "Ge", "Sn", "Si", "Sb"), (0.4, 0.2, 0.12, 0.18, 0.10))
    z = round(0.85 * u["composition"], 3) if metal else 0.0
    x = round(0.75 * max(u["halide excess"] - 0.5, 0.0) / 0.5, 3)
    first, second = ("Cl", "Br") if u["halide"] < 0.4 else ("Cl", "I") if u["halide"] < 0.55 else ("Br", "I")
    share = 0.0 if u["halide share"] < 0.35 else 1.0 if u["halide share"] > 0.65 else (u["halide share"] - 0.35) / 0.3
    lithium = 6.0 - x + (z if metal != "Sb" else 0.0)
    amounts = {"Li": lithium, "P": 1.0 - z, "S": 5.0 - x}
    split = round((1.0 + x) * share, 3)
    amounts |= {first: split, second: round(1.0 + x - split, 3)} | ({metal: z} if metal else {})
    return {k: round(v, 6) for k, v in amounts.items() if v > 0}


def _glass(u: Mapping[str, float]) -> dict[str, float]:
    """a Li2S (1-a) P2S5, a from 0.60 to 0.82, in one of three points with up to 0.6 LiX per phosphorus."""
    a = round(0.60 + 0.22 * u["composition"], 3)
    salt = round(0.6 * (u["halide excess"] - 2 / 3) * 3, 3) if u["halide excess"] > 2 / 3 else 0.0
    phosphorus = 2.0 * (1.0 - a)
    lithium_salt = salt * phosphorus
    amounts = {"Li": 2 * a + lithium_salt, "P": phosphorus, "S": a + 5.0 * (1.0 - a)}
    if lithium_salt:
        amounts["I" if u["halide"] < 0.5 else "Br"] = lithium_salt
    return {k: round(v, 6) for k, v in amounts.items()}


def _framework(u: Mapping[str, float], low: float, high: float) -> dict[str, float]:
    """Li(3+z) M(z) P(1-z) S4."""
    z = round(low + (high - low) * u["composition"], 3)
    metal = _pick(u["substituent"], ("Ge", "Si", "Sn"), (0.4, 0.35, 0.25))
    return {k: round(v, 6) for k, v in {"Li": 3.0 + z, "P": 1.0 - z, "S": 4.0, metal: z}.items() if v > 0}


_AMOUNTS: dict[str, Callable[[Mapping[str, float]], dict[str, float]]] = {
    "argyrodite": _argyrodite,
    "glass": _glass,
    "lgps": lambda u: _framework(u, 0.31, 0.50),
    "thio": lambda u: _framework(u, 0.12, 0.29) if u["halide"] < 0.75 else _framework(u, 0.60, 0.95),
}


def _synthesis(u: Mapping[str, float], family: str) -> dict[str, Value]:
    shares = (0.65, 0.15, 0.20) if family == "argyrodite" else (0.80, 0.20, 0.0)
    route = Route(_pick(u["route"], ("mechanical_milling", "solid_state", "solution"), shares))
    treated = route is not Route.MECHANICAL_MILLING or u["heat temperature"] > 0.2
    hot = max(u["heat temperature"] - (0.2 if route is Route.MECHANICAL_MILLING else 0.0), 0.0)
    ceiling = 600.0 if family != "glass" else 450.0
    floor = {Route.SOLID_STATE: 450.0 if family != "glass" else 250.0, Route.SOLUTION: 150.0}.get(route, 120.0)
    span = 0.8 if route is Route.MECHANICAL_MILLING else 1.0
    milled = route is Route.MECHANICAL_MILLING
    return {
        "route": route.value,
        "milling_time_h": _log(u["milling time"], 0.5, 80.0) if milled else None,
        "milling_speed_rpm": _linear(u["milling speed"], 200.0, 850.0) if milled else None,
        "wet_milling_time_h": _log((u["wet milling"] - 0.8) * 5, 0.5, 50.0) if u["wet milling"] > 0.8 else None,
        "heat_treatment_temperature_c": round(_linear(hot / span, floor, ceiling)) * 1.0 if treated else None,
        "heat_treatment_time_h": _log(u["heat time"], 0.5, 48.0) if treated else None,
    }


def _electrode(u: Mapping[str, float]) -> dict[str, Value]:
    material = _pick(u["active material"], _MATERIALS, _MATERIAL_SHARES)
    active = round(_linear(u["active share"], 0.2, 0.85), 3)
    most = 0.3 if material in _CARBON_HUNGRY else 0.06
    additive = round((1.0 - active) * most * u["additive share"] / 0.3, 3) if material != "TiS2" else 0.0
    method = MixingMethod(_pick(u["mixing method"], ("hand_mixed", "ball_milled", "infiltrated"), (0.35, 0.5, 0.15)))
    milled = method is MixingMethod.BALL_MILLED
    oxide = material.startswith("Li") and material != "Li2S"
    return {
        "active_material": material,
        "active_weight_fraction": active,
        "additive_weight_fraction": additive,
        "electrolyte_weight_fraction": round(1.0 - active - additive, 3),
        "coating": ("LiNbO3" if u["coating"] < 0.6 else "none") if oxide else None,
        "mixing_method": method.value,
        "mixing_time_min": _log(u["mixing time"], 1.0, 600.0) if milled else 0.0,
        "mixing_speed_rpm": (2000.0 if u["mixing speed"] > 0.5 else _linear(2 * u["mixing speed"], 200.0, 600.0))
        if milled
        else None,
        "active_loading_mg_per_cm2": _log(u["loading"], 0.5, 40.0),
    }


def _protocol(u: Mapping[str, float]) -> dict[str, Value]:
    material = _pick(u["active material"], _MATERIALS, _MATERIAL_SHARES)
    low, high = _WINDOWS[material][0 if u["window"] < 0.6 else 1]
    return {
        "voltage_min_v": low,
        "voltage_max_v": high,
        "c_rate": _log(u["rate"], 0.02, 3.0),
        "temperature_c": round(_linear(u["temperature"], 0.0, 80.0)) * 1.0,
        "cycles": round(_log(u["cycles"], 10.0, 500.0)) * 1.0,
        "separator_thickness_um": _log(u["separator"], 15.0, 600.0),
    }


#: Settings with a name of their own in a row.
_SETTINGS = {"composition": "electrolyte"}


def candidate_of(row: Mapping[str, object]) -> Candidate:
    """The candidate (a cell, with its electrolyte and protocol) that a row describes; what is empty is not stated."""
    settings: dict[str, float | str] = {
        _SETTINGS.get(name, name): value
        for name in COLUMNS
        if isinstance(value := row.get(name), str) or (isinstance(value, int | float) and not math.isnan(value))
    }
    if "heat_treatment_temperature_c" not in settings:
        settings["heat_treated"] = NO
    return build(settings, Subject.CELL)
