"""A limit that a number may have: recipes beyond it fail, those within it can be made.

Processes that know only likeness return to the base rate away from what was tried, on both sides of it alike. Who made
a space believes that a part of every range works, though, and what is too hot at 480 °C is too hot at 550 °C. So each
number may have one limit: its place is as likely anywhere in the range, it is an upper or a lower one, and some
outcomes are exceptions to it. All of these speak, each with the weight that the outcomes give it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.beliefs.base import Array

#: Shares of outcomes that are exceptions: luck, or something else that decides too.
_EXCEPTIONS = np.array([0.03, 0.1, 0.25])
#: Places of the limit that are tried, evenly over the range of the number.
_PLACES = 20


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit of one number after some outcomes.

    ``column`` is that of the number. ``options`` are, of every choice that says which recipes have the number, the
    columns of the options with which they do; the others are within the limit. ``weights`` (side, place, exceptions)
    add up to one; ``log_evidence`` is the log of the probability of the outcomes.
    """

    column: int
    options: tuple[tuple[int, ...], ...]
    weights: Array
    log_evidence: float

    @classmethod
    def of(cls, x: Array, outcome: Array, column: int, options: Sequence[Sequence[int]]) -> Limit:
        """The limit after outcomes (n,), +1 made and −1 not, of recipes (n, d)."""
        kept = tuple(tuple(columns) for columns in options)
        within = _within(x, column, kept)
        foretold = (within == (outcome > 0)[:, None, None]).sum(axis=0)[:, :, None]
        logs = foretold * np.log1p(-_EXCEPTIONS) + (len(x) - foretold) * np.log(_EXCEPTIONS)
        weights = np.exp(logs - logs.max())
        evidence = float(logs.max()) + math.log(float(weights.mean()))
        return cls(column=column, options=kept, weights=weights / weights.sum(), log_evidence=evidence)

    def learnt_from(self, x: Array, outcome: Array, base: float) -> Limit:
        """The same number after other outcomes."""
        return Limit.of(x, outcome, self.column, self.options)

    def chance(self, x: Array) -> Array:
        """Chance that each recipe (·, d) can be made, (·,)."""
        within = _within(x, self.column, self.options).reshape(len(x), -1)
        exceptions = float((self.weights * _EXCEPTIONS).sum())
        return np.asarray(exceptions + within @ (self.weights * (1.0 - 2.0 * _EXCEPTIONS)).sum(axis=2).ravel())

    def chance_of_both(self, a: Array, b: Array) -> Array:
        """Chance that a recipe of ``a`` and one of ``b`` can both be made, (a, b)."""
        inside, others = (_within(x, self.column, self.options).reshape(len(x), -1).astype(float) for x in (a, b))
        clear = 1.0 - 2.0 * _EXCEPTIONS
        one = (self.weights * _EXCEPTIONS * clear).sum(axis=2).ravel()
        both = (self.weights * clear**2).sum(axis=2).ravel()
        neither = float((self.weights * _EXCEPTIONS**2).sum())
        return np.asarray(neither + (inside @ one)[:, None] + others @ one + (inside * both) @ others.T)


def _within(x: Array, column: int, options: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """Which recipes lie within an upper and a lower limit at every place, (n, 2, places)."""
    places = (np.arange(_PLACES) + 0.5) / _PLACES
    below = x[:, [column]] < places
    idle = np.zeros(len(x), dtype=bool)
    for columns in options:
        idle |= ~np.any(x[:, list(columns)] > 0.5, axis=1)
    return np.asarray(np.stack([below, ~below], axis=1) | idle[:, None, None])
