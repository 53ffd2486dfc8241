"""The one distribution that chances, intervals and gains are read from: what the next reported value may be.

On the scale of a property the models expect a normal value, as wide as their calibrated intervals. No material is known
to pass the best that was ever measured by more than results of one laboratory scatter, so the next value is the smaller
of that normal value and a ceiling: the record, plus the size of a normal deviation of one laboratory's scatter. Chances
beyond the record fall off with the ceiling, however wide the models are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.priors import WITHIN_LAB
from surrogate.planner.improvement import log_probability
from surrogate.properties import Property
from surrogate.space.variables import Array


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What nature allows, on the scale: the best value known and the scatter of one laboratory (+∞, 1: anything)."""

    record: float = np.inf
    scatter: float = 1.0

    @classmethod
    def of(cls, property: Property, values: Array) -> Ceiling:
        """The ceiling that ``values`` (n,) on the scale set; none without any."""
        if not len(values):
            return cls()
        return cls(record=float(values.max()), scatter=float(np.sqrt(WITHIN_LAB) * property.between_papers))

    def log_reach(self, value: float) -> float:
        """log of the chance that the ceiling is at ``value`` or above: 0 up to the record."""
        from scipy.special import log_ndtr

        above = (value - self.record) / self.scatter
        return 0.0 if above <= 0.0 else float(np.log(2.0) + log_ndtr(-above))

    def quantile(self, mean: float, std: float, *, upper_tail: float) -> float:
        """The value that the next result exceeds with a chance of ``upper_tail``."""
        from scipy.optimize import brentq
        from scipy.special import ndtri

        plain = mean - float(ndtri(upper_tail)) * std
        if plain <= self.record:
            return plain

        def gap(value: float) -> float:
            return float(log_chance(np.array([mean]), np.array([std]), value, 1.0, self)[0]) - float(np.log(upper_tail))

        return float(brentq(gap, self.record, plain)) if gap(self.record) > 0.0 else plain


def log_chance(mean: Array, std: Array, bound: float, sign: float, ceiling: Ceiling) -> Array:
    """log of the chance that the next value lies beyond ``bound``, (n,).

    Args:
        mean: of the models on the scale, (n,).
        std: calibrated, of one more measurement, (n,).
        bound: on the scale.
        sign: +1 for at least, −1 for at most.
        ceiling: of the property.
    """
    above = log_probability(mean, std, bound, 1.0) + ceiling.log_reach(bound)
    if sign > 0.0:
        return np.asarray(above)
    if bound <= ceiling.record:
        return log_probability(mean, std, bound, -1.0)
    return np.asarray(np.log1p(-np.exp(np.minimum(above, -1e-12))))


def ends(mean: float, std: float, ceiling: Ceiling) -> tuple[float, float, float]:
    """Lower end of the central 90 % interval, median and upper end, on the scale."""
    low, middle, high = (ceiling.quantile(mean, std, upper_tail=tail) for tail in (0.95, 0.5, 0.05))
    return low, middle, high
