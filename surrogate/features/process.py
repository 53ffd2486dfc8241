"""Numbers that describe how an electrolyte was made: route, milling, heat treatment, form, densification.

Features are computed from columns (:class:`Recipes`), whether the recipes are objects or come from a design space.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.features.registry import Feature
from surrogate.recipe import Atmosphere, Densification, Form, Recipe, Route

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
NAN = math.nan

#: Speed to which milling doses are referred; the power of a planetary mill grows with the cube of the speed
#: (Burgio et al., Nuovo Cimento D 13, 459 (1991)).
REFERENCE_RPM = 500.0


def number(value: float | None) -> float:
    """A stated number, or NaN."""
    return NAN if value is None else float(value)


def yes(value: bool | None) -> float:
    """1, 0, or NaN when nobody says."""
    return NAN if value is None else float(value)


def code(member: StrEnum | None) -> int:
    """The position of a member in its enumeration, −1 when not stated."""
    return -1 if member is None else _positions(type(member))[member]


@cache
def _positions(kind: type[StrEnum]) -> dict[StrEnum, int]:
    return {member: position for position, member in enumerate(kind)}


def logarithm(values: Array) -> Array:
    """log10 of stated positive numbers (n,), else NaN."""
    found = np.full(len(values), NAN)
    np.log10(values, out=found, where=values > 0)
    return found


def milling_dose(time_h: Array, speed_rpm: Array) -> Array:
    """log10 of hours × (speed / 500 rpm)³, (n,): comparable between speeds of one mill, roughly between mills."""
    return logarithm(time_h * (speed_rpm / REFERENCE_RPM) ** 3)


def one_hot_features(part: str, what: str, kinds: type[StrEnum]) -> tuple[Feature, ...]:
    """One yes/no feature per member of ``kinds``."""
    return tuple(
        Feature(name=f"{part}.{kind.value.replace(' ', '_')}", meaning=f"1 if {what} is {kind.value.replace('_', ' ')}")
        for kind in kinds
    )


def one_hot(codes: Codes, kinds: type[StrEnum]) -> Array:
    """The columns of :func:`one_hot_features`, (n, members); all NaN where the code is −1, not stated."""
    hot: Array = (codes[:, None] == np.arange(len(kinds))).astype(float)
    hot[codes < 0] = NAN
    return hot


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """``n`` recipes as columns (n,): numbers with NaN for *not stated*, yes/no as 1, 0 or NaN, and choices as positions
    in their enumeration, −1 for *not stated*.
    """

    milling_time_h: Array
    milling_speed_rpm: Array
    wet_milling_time_h: Array
    remilled: Array
    solvent_exposed: Array
    solvent: Array
    heat_treated: Array
    heat_treatment_temperature_c: Array
    heat_treatment_time_h: Array
    pressure_mpa: Array
    route: Codes
    form: Codes
    atmosphere: Codes
    densification: Codes

    def __len__(self) -> int:
        return len(self.route)


_NUMBERS: dict[Feature, Callable[[Recipes], Array]] = {
    Feature(name="recipe.milling_time_h", meaning="net time of synthesis milling", unit="h"): lambda r: (
        r.milling_time_h
    ),
    Feature(name="recipe.milling_time_log10", meaning="log10 of the hours of synthesis milling"): lambda r: logarithm(
        r.milling_time_h
    ),
    Feature(name="recipe.milling_speed_rpm", meaning="speed of the mill", unit="rpm"): lambda r: r.milling_speed_rpm,
    Feature(name="recipe.milling_dose", meaning="log10 of hours × (speed / 500 rpm)³"): lambda r: milling_dose(
        r.milling_time_h, r.milling_speed_rpm
    ),
    Feature(
        name="recipe.wet_milling_time_h", meaning="time of wet milling of the finished powder", unit="h"
    ): lambda r: r.wet_milling_time_h,
    Feature(name="recipe.remilled", meaning="1 if finished powder was milled again"): lambda r: r.remilled,
    Feature(name="recipe.solvent_exposed", meaning="1 if finished powder was put in a solvent"): lambda r: (
        r.solvent_exposed
    ),
    Feature(name="recipe.solvent", meaning="1 if a solvent was used in the synthesis"): lambda r: np.where(
        r.route < 0, NAN, r.solvent
    ),
    Feature(name="recipe.heat_treated", meaning="1 if heat-treated, 0 if stated that it was not"): lambda r: (
        r.heat_treated
    ),
    Feature(
        name="recipe.heat_treatment_temperature_c", meaning="temperature of the heat treatment", unit="°C"
    ): lambda r: r.heat_treatment_temperature_c,
    Feature(name="recipe.heat_treatment_time_log10", meaning="log10 of the hours of heat treatment"): lambda r: (
        logarithm(r.heat_treatment_time_h)
    ),
    Feature(name="recipe.pressure_mpa", meaning="pressure that made the pellet", unit="MPa"): lambda r: r.pressure_mpa,
}

_KINDS: dict[str, tuple[str, type[StrEnum]]] = {
    "route": ("the route", Route),
    "form": ("the form", Form),
    "atmosphere": ("the furnace atmosphere", Atmosphere),
    "densification": ("the pellet's densification", Densification),
}


def process_features() -> tuple[Feature, ...]:
    """Every process feature in the order of the columns of :func:`process_matrix`."""
    kinds = [one_hot_features(f"recipe.{name}", what, kind) for name, (what, kind) in _KINDS.items()]
    return (*_NUMBERS, *(feature for features in kinds for feature in features))


def process_matrix(recipes: Sequence[Recipe]) -> Array:
    """The features of ``n`` recipes, (n, d) in the order of :func:`process_features`."""
    unique = {id(r): r for r in recipes}
    rows = {key: row for row, key in enumerate(unique)}
    return process_columns(recipes_of(list(unique.values())))[[rows[id(r)] for r in recipes]]


def process_columns(recipes: Recipes) -> Array:
    """The features of ``n`` recipes that are columns already, (n, d): the same numbers without any object."""
    numbers = np.column_stack([compute(recipes) for compute in _NUMBERS.values()])
    return np.hstack([numbers, *(one_hot(getattr(recipes, name), kind) for name, (_, kind) in _KINDS.items())])


def recipes_of(recipes: Sequence[Recipe]) -> Recipes:
    """Recipes as columns."""
    names = [field.name for field in fields(Recipes)]
    rows = [(*_numbers_of(recipe), *_codes_of(recipe)) for recipe in recipes]
    columns = np.array(rows, dtype=float).reshape(len(rows), len(names)).T
    held: dict[str, Any] = {n: c.astype(np.int64) if n in _KINDS else c for n, c in zip(names, columns, strict=True)}
    return Recipes(**held)


def _numbers_of(r: Recipe) -> tuple[float | None, ...]:
    """The numbers of a recipe in the order of :class:`Recipes`, ``None`` where not stated: NaN once in an array."""
    milling, heat = r.milling, r.heat_treatment
    return (
        None if milling is None else milling.time_h,
        None if milling is None else milling.speed_rpm,
        r.wet_milling_time_h,
        r.remilled,
        r.solvent_exposed or r.wet_milling_time_h is not None,
        r.solvent is not None,
        r.heat_treated,
        None if heat is None else heat.temperature_c,
        None if heat is None else heat.time_h,
        r.pressure_mpa,
    )


def _codes_of(r: Recipe) -> tuple[int, ...]:
    atmosphere = None if r.heat_treatment is None else r.heat_treatment.atmosphere
    return code(r.route), code(r.form), code(atmosphere), code(r.densification)
