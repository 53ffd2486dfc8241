"""Numbers that describe how an electrolyte was made: route, milling, heat treatment, form, densification."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from surrogate.features.registry import Feature
from surrogate.recipe import Atmosphere, Densification, Form, Recipe, Route

Array = NDArray[np.float64]
NAN = math.nan

#: Speed to which milling doses are referred; the power of a planetary mill grows with the cube of the speed
#: (Burgio et al., Nuovo Cimento D 13, 459 (1991)).
REFERENCE_RPM = 500.0


def number(value: float | None) -> float:
    """A stated number, or NaN."""
    return NAN if value is None else float(value)


def logarithm(value: float | None) -> float:
    """log10 of a stated positive number, or NaN."""
    return NAN if value is None or value <= 0 else math.log10(value)


def yes(value: bool | None) -> float:
    """1, 0, or NaN when nobody says."""
    return NAN if value is None else float(value)


def one_hot(
    part: str, what: str, kinds: type[StrEnum], pick: Callable[..., StrEnum | None]
) -> dict[Feature, Callable[..., float]]:
    """One yes/no feature per member of ``kinds``; all NaN when not stated."""
    return {
        Feature(
            name=f"{part}.{kind.value.replace(' ', '_')}", meaning=f"1 if {what} is {kind.value.replace('_', ' ')}"
        ): (lambda subject, kind=kind: NAN if pick(subject) is None else float(pick(subject) is kind))
        for kind in kinds
    }


def milling_dose(time_h: float | None, speed_rpm: float | None) -> float:
    """log10 of hours × (speed / 500 rpm)³: comparable between speeds of one mill, roughly between mills."""
    if time_h is None or speed_rpm is None or time_h <= 0:
        return NAN
    return math.log10(time_h * (speed_rpm / REFERENCE_RPM) ** 3)


_NUMBERS: dict[Feature, Callable[[Recipe], float]] = {
    Feature(name="recipe.milling_time_h", meaning="net time of synthesis milling", unit="h"): lambda r: number(
        r.milling.time_h if r.milling else None
    ),
    Feature(name="recipe.milling_time_log10", meaning="log10 of the hours of synthesis milling"): lambda r: logarithm(
        r.milling.time_h if r.milling else None
    ),
    Feature(name="recipe.milling_speed_rpm", meaning="speed of the mill", unit="rpm"): lambda r: number(
        r.milling.speed_rpm if r.milling else None
    ),
    Feature(name="recipe.milling_dose", meaning="log10 of hours × (speed / 500 rpm)³"): lambda r: (
        milling_dose(r.milling.time_h, r.milling.speed_rpm) if r.milling else NAN
    ),
    Feature(
        name="recipe.wet_milling_time_h", meaning="time of wet milling of the finished powder", unit="h"
    ): lambda r: number(r.wet_milling_time_h),
    Feature(name="recipe.remilled", meaning="1 if finished powder was milled again"): lambda r: yes(r.remilled),
    Feature(name="recipe.solvent_exposed", meaning="1 if finished powder was put in a solvent"): lambda r: yes(
        r.solvent_exposed or r.wet_milling_time_h is not None
    ),
    Feature(name="recipe.solvent", meaning="1 if a solvent was used in the synthesis"): lambda r: yes(
        None if r.route is None else r.solvent is not None
    ),
    Feature(name="recipe.heat_treated", meaning="1 if heat-treated, 0 if stated that it was not"): lambda r: yes(
        r.heat_treated
    ),
    Feature(
        name="recipe.heat_treatment_temperature_c", meaning="temperature of the heat treatment", unit="°C"
    ): lambda r: number(r.heat_treatment.temperature_c if r.heat_treatment else None),
    Feature(name="recipe.heat_treatment_time_log10", meaning="log10 of the hours of heat treatment"): lambda r: (
        logarithm(r.heat_treatment.time_h if r.heat_treatment else None)
    ),
    Feature(name="recipe.pressure_mpa", meaning="pressure that made the pellet", unit="MPa"): lambda r: number(
        r.pressure_mpa
    ),
}

_PROCESS: dict[Feature, Callable[[Recipe], float]] = {
    **_NUMBERS,
    **one_hot("recipe.route", "the route", Route, lambda r: r.route),
    **one_hot("recipe.form", "the form", Form, lambda r: r.form),
    **one_hot(
        "recipe.atmosphere",
        "the furnace atmosphere",
        Atmosphere,
        lambda r: r.heat_treatment.atmosphere if r.heat_treatment else None,
    ),
    **one_hot("recipe.densification", "the pellet's densification", Densification, lambda r: r.densification),
}


def process_features() -> tuple[Feature, ...]:
    """Every process feature in the order of the columns of :func:`process_matrix`."""
    return tuple(_PROCESS)


def process_matrix(recipes: Sequence[Recipe]) -> Array:
    """The features of ``n`` recipes, (n, d) in the order of :func:`process_features`."""
    unique = {id(r): r for r in recipes}
    rows = {key: row for row, key in enumerate(unique)}
    matrix = np.array([[compute(r) for compute in _PROCESS.values()] for r in unique.values()]).reshape(
        len(unique), len(_PROCESS)
    )
    return matrix[[rows[id(r)] for r in recipes]]
