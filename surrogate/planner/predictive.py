"""The one distribution that chances, intervals and gains are read from: what the next reported value may be.

On the scale of a property the models expect a normal value, as wide as their calibrated intervals. No material is known
to pass the best that was ever measured by more than results of one laboratory scatter, so the next value is the smaller
of that normal value and a ceiling: the record, plus the size of a normal deviation of one laboratory's scatter. Chances
beyond the record fall off with the ceiling, however wide the models are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.priors import WITHIN_LAB
from surrogate.planner.improvement import log_probability
from surrogate.properties import Property
from surrogate.space.variables import Array

#: log of a chance that is none.
_HOPELESS = 1e6
_LN_2_PI = math.log(2.0 * math.pi)


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

    @property
    def mean(self) -> float:
        """Where the ceiling is on average: a half-normal step above the record."""
        return self.record + self.scatter * math.sqrt(2.0 / math.pi)

    def log_reach(self, value: Array | float) -> Array:
        """log of the chance that the ceiling is at ``value`` or above: 0 up to the record."""
        from scipy.special import log_ndtr

        above = np.maximum((value - self.record) / self.scatter, 0.0)
        return np.asarray(np.log(2.0) + log_ndtr(-above))

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


def log_chance(mean: Array, std: Array, bound: Array | float, sign: float, ceiling: Ceiling) -> Array:
    """log of the chance that the next value lies beyond ``bound``, (n,).

    Args:
        mean: of the models on the scale, (n,).
        std: calibrated, of one more measurement, (n,).
        bound: on the scale, (n,) or one for all.
        sign: +1 for at least, −1 for at most.
        ceiling: of the property.
    """
    above = log_probability(mean, std, bound, 1.0) + ceiling.log_reach(bound)
    if sign > 0.0:
        return np.asarray(above)
    beyond = np.log1p(-np.exp(np.minimum(above, -1e-12)))
    return np.where(bound <= ceiling.record, log_probability(mean, std, bound, -1.0), beyond)


def log_joint(thresholds: Sequence[tuple[int, float, Array]], correlation: Array) -> Array:
    """log of the chance that several thresholds are met at once, (n,).

    The values are taken as normal with a ``correlation`` (k, k) once each is on its own normal scale, and the box that
    the thresholds leave of them is integrated one value after the other, each truncated to its interval and the others
    moved with its mean and variance (Mendell, Elston, Biometrics 30, 41 (1974)): exact for one value, and for several
    that are independent.

    Args:
        thresholds: of each the number of its value, +1 for at least and −1 for at most, and the log of its chance (n,).
        correlation: of the values.
    """
    from scipy.special import ndtri_exp

    n, k = len(thresholds[0][2]), len(correlation)
    low, high = np.full((n, k), -np.inf), np.full((n, k), np.inf)
    for place, sign, log in thresholds:
        z = ndtri_exp(np.clip(log, -_HOPELESS, -1e-300))
        if sign > 0.0:
            low[:, place] = np.maximum(low[:, place], -z)
        else:
            high[:, place] = np.minimum(high[:, place], z)
    mean, covariance, total = np.zeros((n, k)), np.repeat(correlation[None], n, axis=0), np.zeros(n)
    for j in range(k):
        std = np.sqrt(np.maximum(covariance[:, j, j], 1e-12))
        log, shift, left = _truncated((low[:, j] - mean[:, j]) / std, (high[:, j] - mean[:, j]) / std)
        total = total + log
        weight = covariance[:, :, j] / std[:, None]
        mean = mean + weight * shift[:, None]
        covariance = covariance - weight[:, :, None] * weight[:, None, :] * (1.0 - left)[:, None, None]
    return np.asarray(np.maximum(np.min([total, *(log for *_, log in thresholds)], axis=0), -_HOPELESS))


def _truncated(low: Array, high: Array) -> tuple[Array, Array, Array]:
    """log of the chance of a standard normal to lie in an interval, its mean there and its variance, (n,) each."""
    from scipy.special import log_ndtr

    flipped = low > -high  # the tail with the smaller numbers keeps its digits
    a, b = np.where(flipped, -high, low), np.where(flipped, -low, high)
    upper, lower = log_ndtr(b), log_ndtr(a)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(b > a, upper + np.log1p(-np.exp(np.minimum(lower - upper, 0.0))), -np.inf)
    log = np.maximum(log, -_HOPELESS)
    densities = (-0.5 * np.square(np.clip(end, -1e8, 1e8)) - 0.5 * _LN_2_PI - log for end in (a, b))
    at_a, at_b = (np.exp(np.minimum(density, 700.0)) for density in densities)
    finite_a, finite_b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
    mean = np.clip(at_a - at_b, a, np.maximum(a, b))
    variance = np.clip(1.0 + finite_a * at_a - finite_b * at_b - mean**2, 0.0, 1.0)
    return log, np.where(flipped, -mean, mean), variance


def ends(mean: float, std: float, ceiling: Ceiling) -> tuple[float, float, float]:
    """Lower end of the central 90 % interval, median and upper end, on the scale."""
    low, middle, high = (ceiling.quantile(mean, std, upper_tail=tail) for tail in (0.95, 0.5, 0.05))
    return low, middle, high
