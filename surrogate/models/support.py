"""Which elements the rows of a family speak for.

Descriptors of a composition say little of an element that no row holds: a selenide lies near the sulfide of the same
stoichiometry, and is another material. So elements are looked at by themselves: what share of the anions or of the
framework cations each of them is, and how much of what sits with lithium there is per framework cation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import Amounts
from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.composition.elements import CHALCOGENS, FORMULA_ORDER, HALOGENS
from surrogate.composition.family import NOT_FRAMEWORK
from surrogate.features.elements import element_table

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_SYMBOLS = element_table().symbols
_ANIONS = np.array([symbol in (*CHALCOGENS, *HALOGENS, "N") for symbol in _SYMBOLS])
_FRAMEWORK = np.array([symbol not in NOT_FRAMEWORK for symbol in _SYMBOLS])
_LITHIUM = _SYMBOLS.index("Li")
#: Has a range of its own among those of the materials (:data:`surrogate.models.applicability.MATERIAL_RANGES`).
_OXYGEN = _SYMBOLS.index("O")
#: How far beyond every row of its family a content lies to be named, and to be out; of lithium in both directions.
NAMED, OUT = 0.05, 0.5
LITHIUM_NAMED, LITHIUM_OUT = 0.1, 1.5
#: Elements of at least this content are looked at together.
TOGETHER = 0.05


def contents_of(columns: ElectrolyteColumns) -> Array:
    """How much of each element ``n`` electrolytes hold, (n, elements).

    An anion or a framework cation counts as its share of these, everything else per framework cation; without any of
    these, everything else is left out.
    """
    if len(columns.amounts) <= len(columns):
        return columns.amounts.derive("contents", _contents)[columns.composition]
    used, rows = np.unique(columns.composition, return_inverse=True)  # of a space: few of very many
    return _contents(columns.amounts.take(used))[rows]


def _contents(amounts: Amounts) -> Array:
    values = np.zeros((len(amounts), len(_SYMBOLS)))
    values[:, [_SYMBOLS.index(element) for element in amounts.elements]] = amounts.values
    framework = values[:, _FRAMEWORK].sum(axis=1, keepdims=True)
    below = np.where(_ANIONS, values[:, _ANIONS].sum(axis=1, keepdims=True), framework)
    contents: Array = np.divide(values, below, out=np.zeros_like(values), where=below > 0)
    return contents


@dataclass(frozen=True, kw_only=True)
class Strangers:
    """What ``n`` compositions hold that no row of their group does.

    Attributes:
        contents: Of each element, (n, elements).
        beyond: How far each content lies beyond that of every row, (n, elements), as a share of what is out; 0 within.
        apart: Whether two elements of the composition occur in rows, and never in one together, (n,).
    """

    contents: Array
    beyond: Array
    apart: NDArray[np.bool_]

    @cached_property
    def least_score(self) -> Array:
        """The score of the verdict that follows from this alone, (n,); 0 for none."""
        worst = self.beyond.max(axis=1, initial=0.0)
        return np.where(worst >= 1.0, 1.1, np.where((worst > 0.0) | self.apart, 0.75, 0.0))


@dataclass(frozen=True, kw_only=True)
class Support:
    """What the rows of each group hold: their ``contents`` (n, elements) and ``group`` (n,)."""

    contents: Array
    group: Codes

    def judge(self, columns: ElectrolyteColumns, group: Codes) -> Strangers:
        """Look for what is strange in ``n`` compositions of these groups; nothing is in one without rows, −1."""
        contents = contents_of(columns)
        beyond, apart = np.zeros(contents.shape), np.zeros(len(contents), dtype=bool)
        for number in set(group.tolist()) - {-1}:
            of_group, held = group == number, self._held[number]
            beyond[of_group] = held.beyond(contents[of_group])
            apart[of_group] = held.are_apart(contents[of_group])
        return Strangers(contents=contents, beyond=beyond, apart=apart)

    def reasons(self, strangers: Strangers, row: int, group: int, rows_called: str) -> Iterator[str]:
        """Why the composition in ``row`` is strange to its group; ``rows_called`` such as 'argyrodite row'."""
        contents, held = strangers.contents[row], self._held[group]
        for element in np.flatnonzero(strangers.beyond[row]).tolist():
            lowest, highest = held.lowest[element], held.highest[element]
            if highest == 0.0:
                yield f"no {rows_called} learnt from holds {_SYMBOLS[element]}"
                continue
            side, bound = ("above", highest) if contents[element] > highest else ("below", lowest)
            yield f"{_words(element)} {contents[element]:.3g} is {side} every {rows_called} learnt from ({bound:.3g})"
        present = sorted(
            np.flatnonzero(contents >= TOGETHER).tolist(), key=lambda element: FORMULA_ORDER[_SYMBOLS[element]]
        )
        for one, other in combinations(present, 2):
            if held.never_together[one, other]:
                yield f"no {rows_called} learnt from holds {_SYMBOLS[one]} and {_SYMBOLS[other]} together"

    @cached_property
    def _held(self) -> dict[int, _Held]:
        """What the rows of each group hold."""
        return {number: _Held.by(self.contents[self.group == number]) for number in np.unique(self.group).tolist()}


@dataclass(frozen=True, kw_only=True)
class _Held:
    """What the rows of one group hold.

    Attributes:
        lowest: The least content of each element in the rows that hold it, (elements,).
        highest: The greatest content of each element, (elements,).
        never_together: 1 for two elements that rows hold, of which none holds both, else 0, (elements, elements).
    """

    lowest: Array
    highest: Array
    never_together: Array

    @classmethod
    def by(cls, contents: Array) -> _Held:
        """What rows with these contents (rows, elements) hold."""
        holds = (contents > 0.0).astype(float)
        is_held: NDArray[np.bool_] = np.asarray(holds.any(axis=0))
        apart = (np.asarray(holds.T @ holds == 0.0) & is_held & is_held[:, None]).astype(float)
        lowest = np.where(contents > 0.0, contents, np.inf).min(axis=0)
        return cls(lowest=lowest, highest=contents.max(axis=0), never_together=apart)

    def beyond(self, contents: Array) -> Array:
        """How far contents (n, elements) lie beyond those of the rows, as a share of what is out."""
        above = contents - self.highest
        beyond: Array = np.where(above > NAMED, above / OUT, 0.0)
        beyond[:, _OXYGEN] = 0.0
        lithium, low, high = contents[:, _LITHIUM], self.lowest[_LITHIUM], self.highest[_LITHIUM]
        excess = np.where((lithium > 0.0) & (high > 0.0), np.maximum(lithium - high, low - lithium), 0.0)
        beyond[:, _LITHIUM] = np.where(excess > LITHIUM_NAMED, excess / LITHIUM_OUT, 0.0)
        return beyond

    def are_apart(self, contents: Array) -> NDArray[np.bool_]:
        """Whether compositions with these contents (n, elements) hold two elements that no row holds together, (n,)."""
        present = contents >= TOGETHER
        return np.asarray(((present.astype(float) @ self.never_together > 0.0) & present).any(axis=1))


def _words(element: int) -> str:
    """What the content of an element is called."""
    symbol = _SYMBOLS[element]
    if _ANIONS[element]:
        return f"{symbol} share of the anions"
    return f"{symbol} share of the framework cations" if _FRAMEWORK[element] else f"{symbol} per framework cation"
