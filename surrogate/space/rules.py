"""Limits of a space: linear inequalities with a source, and regions that are forbidden for a reason.

A rule is written as people write it: ``"Cl + Br <= 1.6"``, ``"2 z - x >= 0"``, ``"milling_time_h +
heat_treatment_time_h <= 48"``. The names are settings of the space, quantities of its composition (``x``, ``z``, mole
fractions, element amounts per formula unit) or process totals. Choices enter through ``when``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from surrogate.candidate.fields import FIELDS
from surrogate.errors import SpaceError, UnknownName
from surrogate.space.chemistry import DOPANT_SULFIDES, HALIDES, NONE
from surrogate.space.variables import Array, Mask, Table, applies

_SIDES = re.compile(r"(<=|>=|≤|≥|<|>)")
_NUMBER = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+"
_TERM = re.compile(rf"\s*([+-]?)\s*(?:({_NUMBER})\s*\*?\s*)?([A-Za-z_][A-Za-z0-9_]*)?\s*")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``Σ coefficient · quantity ≤ bound`` where ``when`` holds; ``text`` is how it was written, ``source`` who says
    so.
    """

    text: str
    coefficients: Mapping[str, float]
    bound: float
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def parse(cls, text: str, *, when: Mapping[str, Sequence[str]] | None = None, source: str = "") -> Rule:
        """Read a limit.

        Args:
            text: As in ``"a + 2 b <= 1"``.
            when: The options of choices under which it applies.
            source: Who says so.

        Raises:
            SpaceError: The text is not one linear inequality.
        """
        parts = _SIDES.split(text)
        if len(parts) != 3:
            raise SpaceError(
                f"The limit '{text}' is not one inequality.", hint="Write one of <= or >=, as in 'Cl + Br <= 1.6'."
            )
        left, left_constant = _linear(parts[0], text)
        right, right_constant = _linear(parts[2], text)
        sign = 1.0 if parts[1] in ("<=", "≤", "<") else -1.0
        names = {**left, **right}
        coefficients = {name: sign * (left.get(name, 0.0) - right.get(name, 0.0)) for name in names}
        constants = (*coefficients.values(), left_constant, right_constant)
        if not all(math.isfinite(value) for value in constants):
            raise SpaceError(
                f"A number in the limit '{text}' is too large.", hint="Leave out a limit that never binds."
            )
        if not any(coefficients.values()):
            raise SpaceError(f"The limit '{text}' depends on nothing.", hint="Name at least one setting in it.")
        conditions = MappingProxyType({name: tuple(options) for name, options in (when or {}).items()})
        bound = sign * (right_constant - left_constant)
        return cls(
            text=text.strip(), coefficients=MappingProxyType(coefficients), bound=bound, when=conditions, source=source
        )

    def __getstate__(self) -> dict[str, Any]:
        """Plain dictionaries: read-only views do not pickle, and a space travels to the workers of a screening."""
        return {**self.__dict__, "coefficients": dict(self.coefficients), "when": dict(self.when)}

    def slack(self, quantities: Mapping[str, Array], table: Table) -> Array:
        """How far each row is inside, in units of the written inequality; +inf where the rule does not apply.

        In a sum, a setting that does not apply counts as nothing: a step left out takes no time. A rule of which
        nothing applies says nothing.

        Args:
            quantities: The n values of each quantity by name; NaN where it does not apply.
            table: The recipes, n rows.
        """
        total = np.full(table.n, self.bound)
        for name, coefficient in self.coefficients.items():
            if name not in quantities:
                raise UnknownName(f"quantity in the limit '{self.text}'", name, quantities)
            total = total - coefficient * np.nan_to_num(quantities[name])
        return np.where(self.applies(quantities, table), total, np.inf)

    def applies(self, quantities: Mapping[str, Array], table: Table) -> Mask:
        """Where ``when`` holds and at least one of the rule's quantities is part of the recipe.

        Args:
            quantities: The n values of each quantity by name; NaN where it does not apply.
            table: The recipes, n rows.
        """
        parts = [~np.isnan(quantities[name]) for name, coefficient in self.coefficients.items() if coefficient]
        return np.asarray(applies(self.when, table) & np.any(parts, axis=0))

    def allows(self, quantities: Mapping[str, Array], table: Table, tolerance: float = 1e-9) -> Mask:
        """Where the limit is kept.

        Args:
            quantities: The n values of each quantity by name; NaN where it does not apply.
            table: The recipes, n rows.
            tolerance: How far beyond the bound counts as kept.
        """
        return self.slack(quantities, table) >= -tolerance


@dataclass(frozen=True, kw_only=True)
class Region:
    """A part of the space that is forbidden: where every one of its ``rules`` applies and holds (and ``when`` does)."""

    rules: tuple[Rule, ...]
    reason: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.rules and not self.when:
            raise SpaceError("A forbidden region without a rule would forbid everything.", hint="Give rules or when.")

    def holds(self, quantities: Mapping[str, Array], table: Table) -> Mask:
        """Where a row lies inside the forbidden region.

        Args:
            quantities: The n values of each quantity by name; NaN where it does not apply.
            table: The recipes, n rows.
        """
        inside = applies(self.when, table)
        for rule in self.rules:
            inside &= rule.allows(quantities, table) & rule.applies(quantities, table)
        return inside


def _linear(side: str, text: str) -> tuple[dict[str, float], float]:
    """Coefficients by name and the constant of one side of an inequality."""
    if not side.strip():
        raise SpaceError(f"The limit '{text}' has an empty side.", hint="Write both, as in 'Cl + Br <= 1.6'.")
    coefficients: dict[str, float] = {}
    constant, position, side = 0.0, 0, side.strip().replace("−", "-")
    while position < len(side):
        match = _TERM.match(side, position)
        if match is None or match.end() == position or (match[2] is None and match[3] is None):
            raise SpaceError(
                f"'{side[position:]}' in the limit '{text}' cannot be read.", hint="Write a sum like 'a + 2 b'."
            )
        if position and not match[1]:
            raise SpaceError(f"A sign is missing in '{side}'.", hint="Write a sum like 'a + 2 b'.")
        value = (-1.0 if match[1] == "-" else 1.0) * float(match[2] or 1.0)
        if match[3] is None:
            constant += value
        else:
            coefficients[match[3]] = coefficients.get(match[3], 0.0) + value
        position = match.end()
    return coefficients, constant


def check_when(when: Mapping[str, Sequence[str]], options: Mapping[str, Sequence[str]]) -> None:
    """Refuse a condition on an option that no space could have: it would hold nowhere, and nobody would notice.

    An option that this space leaves out though it exists is no mistake: a limit may speak of more than is varied.
    """
    for name, selected in when.items():
        if name not in options:
            raise SpaceError(
                f"A condition names the choice '{name}', which the space does not have.", hint="Check 'when'."
            )
        for option in selected:
            if option not in options[name] and not _could_have(name, option, options[name]):
                raise SpaceError(
                    f"A condition names '{option}', but {name} has no such option; it has {', '.join(options[name])}.",
                    hint="Check 'when'.",
                )


def _could_have(name: str, option: str, offered: Sequence[str]) -> bool:
    """Whether a space could have this option; a pair of halides in another order than ``offered`` is none."""
    if name == "halide":
        parts = option.split("/")
        return set(parts) <= set(HALIDES) and sorted(parts) not in [sorted(pair.split("/")) for pair in offered]
    possible = (NONE, *DOPANT_SULFIDES) if name == "dopant" else FIELDS[name].options if name in FIELDS else ()
    return option in possible
