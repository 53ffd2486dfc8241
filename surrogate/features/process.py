"""Numbers that describe how an electrolyte was made: route, milling, heat treatment, form, densification.

Features are computed from :class:`surrogate.candidate.columns.ElectrolyteColumns`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CHOICES, ElectrolyteColumns
from surrogate.candidate.solvents import attack_of
from surrogate.features.registry import Feature
from surrogate.units import unit_of

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
    """log10 of hours × (speed / 500 rpm)³, (n,): comparable between speeds of one mill, roughly between mills.

    Args:
        time_h: In the mill, (n,).
        speed_rpm: Of the mill, (n,).
    """
    return logarithm(time_h * (speed_rpm / REFERENCE_RPM) ** 3)


def number_features(rows: Iterable[tuple[str, str, object]]) -> Iterator[Feature]:
    """One feature per row of a table: name, meaning, and what computes it; the unit is that which the name ends in."""
    return (Feature(name=name, meaning=meaning, unit=unit_of(name)) for name, meaning, _ in rows)


def one_hot_features(part: str, quantity: str, kinds: type[StrEnum]) -> tuple[Feature, ...]:
    """One yes/no feature per member of an enumeration.

    Args:
        part: How their names begin.
        quantity: What is one of the members.
        kinds: The enumeration.
    """
    return tuple(
        Feature(
            name=f"{part}.{kind.value.replace(' ', '_')}", meaning=f"1 if {quantity} is {kind.value.replace('_', ' ')}"
        )
        for kind in kinds
    )


def one_hot(codes: Codes, kinds: type[StrEnum]) -> Array:
    """The columns of :func:`one_hot_features`, (n, members); all NaN where nothing is stated.

    Args:
        codes: Positions in the enumeration, (n,); −1 is *not stated*.
        kinds: The enumeration.
    """
    return _hot_rows(len(kinds))[codes]


@cache
def _hot_rows(members: int) -> Array:
    """The row of :func:`one_hot` for each code, and last that of −1, (members + 1, members)."""
    return np.vstack([np.eye(members), np.full((1, members), NAN)])


# fmt: off
#: Name and meaning of a feature, and how it is computed; the unit is that which the name ends in.
_NUMBERS: tuple[tuple[str, str, Callable[[ElectrolyteColumns], Array]], ...] = (
    ("recipe.milling_time_h", "net time of synthesis milling", lambda r: r.milling_time_h),
    ("recipe.milling_time_log10", "log10 of the hours of synthesis milling", lambda r: logarithm(r.milling_time_h)),
    ("recipe.milling_speed_rpm", "speed of the mill", lambda r: r.milling_speed_rpm),
    ("recipe.milling_dose", "log10 of hours × (speed / 500 rpm)³",
     lambda r: milling_dose(r.milling_time_h, r.milling_speed_rpm)),
    ("recipe.wet_milling_time_h", "time of wet milling of the finished powder", lambda r: r.wet_milling_time_h),
    ("recipe.remilled", "1 if finished powder was milled again", lambda r: r.remilled),
    ("recipe.solvent_exposed", "1 if finished powder was put in a solvent", lambda r: r.solvent_exposed),
    ("recipe.solvent", "1 if a solvent was used in the synthesis",
     lambda r: np.where(r.route < 0, NAN, r.solvent.map(lambda text: text is not None))),
    ("recipe.solvent_protic", "1 if that solvent holds an alcohol or water",
     lambda r: np.where(r.route < 0, NAN, r.solvent.map(lambda text: attack_of(text) >= 0))),
    ("recipe.heat_treated", "1 if heat-treated, 0 if stated that it was not", lambda r: r.heat_treated),
    ("recipe.heat_treatment_temperature_c", "temperature of the heat treatment",
     lambda r: r.heat_treatment_temperature_c),
    ("recipe.heat_treatment_time_log10", "log10 of the hours of heat treatment",
     lambda r: logarithm(r.heat_treatment_time_h)),
    ("recipe.pressure_mpa", "pressure that made the pellet", lambda r: r.pressure_mpa),
)
# fmt: on

_KINDS = {
    "route": "the route",
    "form": "the form",
    "atmosphere": "the furnace atmosphere",
    "densification": "the pellet's densification",
}


def process_features() -> tuple[Feature, ...]:
    """Every process feature in the order of the columns of :func:`process_matrix`."""
    kinds = [one_hot_features(f"recipe.{name}", quantity, CHOICES[name]) for name, quantity in _KINDS.items()]
    return (*number_features(_NUMBERS), *chain.from_iterable(kinds))


def process_matrix(electrolytes: ElectrolyteColumns) -> Array:
    """The features of ``n`` recipes, (n, d) in the order of :func:`process_features`."""
    numbers = np.array([compute(electrolytes) for _, _, compute in _NUMBERS])
    return np.hstack([numbers.T, *(one_hot(getattr(electrolytes, name), CHOICES[name]) for name in _KINDS)])
