"""Numbers that describe how an electrolyte was made: route, milling, heat treatment, form, densification.

Features are computed from :class:`surrogate.candidate.columns.ElectrolyteColumns`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CHOICES, ElectrolyteColumns
from surrogate.candidate.solvents import attack_of
from surrogate.features.registry import Feature

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
NAN = math.nan

#: Speed to which milling doses are referred; the power of a planetary mill grows with the cube of the speed
#: (Burgio et al., Nuovo Cimento D 13, 459 (1991)).
REFERENCE_RPM = 500.0


def logarithm(values: Array) -> Array:
    """log10 of stated positive numbers (n,), else NaN."""
    logarithms = np.full(len(values), NAN)
    np.log10(values, out=logarithms, where=values > 0)
    return logarithms


def milling_dose(time_h: Array, speed_rpm: Array) -> Array:
    """log10 of hours × (speed / 500 rpm)³, (n,): comparable between speeds of one mill, roughly between mills."""
    return logarithm(time_h * (speed_rpm / REFERENCE_RPM) ** 3)


def one_hot_features(part: str, quantity: str, kinds: type[StrEnum]) -> tuple[Feature, ...]:
    """One yes/no feature per member of ``kinds``."""
    return tuple(
        Feature(
            name=f"{part}.{kind.value.replace(' ', '_')}", meaning=f"1 if {quantity} is {kind.value.replace('_', ' ')}"
        )
        for kind in kinds
    )


def one_hot(codes: Codes, kinds: type[StrEnum]) -> Array:
    """The columns of :func:`one_hot_features`, (n, members); all NaN where the code is −1, not stated."""
    hot: Array = (codes[:, None] == np.arange(len(kinds))).astype(float)
    hot[codes < 0] = NAN
    return hot


_NUMBERS: dict[Feature, Callable[[ElectrolyteColumns], Array]] = {
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
        r.route < 0, NAN, r.solvent.map(lambda text: text is not None)
    ),
    Feature(name="recipe.solvent_protic", meaning="1 if that solvent holds an alcohol or water"): lambda r: np.where(
        r.route < 0, NAN, r.solvent.map(lambda text: attack_of(text) >= 0)
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

_KINDS = {
    "route": "the route",
    "form": "the form",
    "atmosphere": "the furnace atmosphere",
    "densification": "the pellet's densification",
}


def process_features() -> tuple[Feature, ...]:
    """Every process feature in the order of the columns of :func:`process_matrix`."""
    kinds = [one_hot_features(f"recipe.{name}", quantity, CHOICES[name]) for name, quantity in _KINDS.items()]
    return (*_NUMBERS, *(feature for features in kinds for feature in features))


def process_matrix(electrolytes: ElectrolyteColumns) -> Array:
    """The features of ``n`` recipes, (n, d) in the order of :func:`process_features`."""
    numbers = np.column_stack([compute(electrolytes) for compute in _NUMBERS.values()])
    return np.hstack([numbers, *(one_hot(getattr(electrolytes, name), CHOICES[name]) for name in _KINDS)])
