"""The grammar of feature names, and the registry that says what each one means.

``part.quantity[.detail]`` with part one of ``composition, recipe, electrolyte, electrode, cell, protocol, physics``:
``composition.fraction.Li``, ``recipe.heat_treatment_temperature_c``, ``recipe.route.solution``. A yes/no feature is
1 or 0; NaN always means *not stated*, in every feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surrogate.errors import UnknownName

GRAMMAR = re.compile(r"(composition|recipe|electrolyte|electrode|cell|protocol|physics)(\.[A-Za-z0-9_+-]+){1,3}")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of a feature matrix: its name, a one-line meaning, its unit (``""`` for a pure number)."""

    name: str
    meaning: str
    unit: str = ""

    def __post_init__(self) -> None:
        if not GRAMMAR.fullmatch(self.name):
            raise UnknownName("feature", self.name, ("part.quantity", "part.quantity.detail"))


def registered(features: Iterable[Feature]) -> Mapping[str, Feature]:
    """Features by name; a name that appears twice is a mistake and refused."""
    table: dict[str, Feature] = {}
    for feature in features:
        if feature.name in table:
            raise UnknownName("new feature", feature.name, ())
        table[feature.name] = feature
    return table
