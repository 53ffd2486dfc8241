"""What the regressors of a campaign share: the rows they learn from and answer for, and their one interface.

A regressor learns one property from the few rows that a campaign has (n below some hundreds) and answers for any other
rows jointly: mean, covariance, and the noise of one more measurement. The same rows and seed give the same bits.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surrogate.models.exact_gp import ExactPosterior, condition

Array = NDArray[np.float64]

#: Most rows that parameters are learnt from, since that takes time with the cube of their number; all speak afterwards.
MOST_ROWS = 200
_LN_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, kw_only=True)
class Points:
    """Rows that regressors speak of: ``x`` (n, d) encoded, ``prior`` (n, k) means and ``prior_std`` (n, k) of k
    priors.

    ``extra`` (n,) is the variance that a value of each row has beyond the noise of one ordinary measurement, on the
    scale; ``None`` where no value has any. ``options`` (n, c) are codes of c choices, equal where the option is the
    same; the last stands for the combination of all. ``None`` where there is nothing to choose. ``trends`` (n, t) are
    slope and curvature of every number over its range, 0 for what a recipe does not have; ``None`` where none is known.
    """

    x: Array
    prior: Array
    prior_std: Array
    extra: Array | None = None
    options: Array | None = None
    trends: Array | None = None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Any) -> Points:
        """The rows at these positions."""
        parts = (self.extra, self.options, self.trends)
        extra, options, trends = (None if part is None else part[rows] for part in parts)
        return Points(
            x=self.x[rows], prior=self.prior[rows], prior_std=self.prior_std[rows], extra=extra, options=options,
            trends=trends,
        )  # fmt: skip

    @property
    def extra_or_zero(self) -> Array:
        """:attr:`extra`, zeros where there is none, (n,)."""
        return np.zeros(len(self.x)) if self.extra is None else self.extra

    @staticmethod
    def joined(parts: Sequence[Points]) -> Points:
        """Rows one below the other."""
        return Points(
            x=np.vstack([p.x for p in parts]),
            prior=np.vstack([p.prior for p in parts]),
            prior_std=np.vstack([p.prior_std for p in parts]),
            options=None if parts[0].options is None else np.vstack([p.options for p in parts]),  # type: ignore[misc]
            trends=None if parts[0].trends is None else np.vstack([p.trends for p in parts]),  # type: ignore[misc]
        )

    @staticmethod
    def plain(x: Array) -> Points:
        """Rows without a prior."""
        nothing = np.zeros((len(x), 0))
        return Points(x=x, prior=nothing, prior_std=nothing)


class Regressor(Protocol):
    """A fitted model of one property: latent mean and covariance on the scale, and what one measurement adds."""

    @property
    def name(self) -> str:
        """What it is called in answers."""
        ...

    @property
    def noise(self) -> float:
        """Variance of one more measurement beside the latent value."""
        ...

    def mean(self, points: Points) -> Array:
        """Latent mean, (n,)."""
        ...

    def variance(self, points: Points) -> Array:
        """Latent variance, (n,)."""
        ...

    def covariance(self, a: Points, b: Points) -> Array:
        """Latent covariance, (a, b)."""
        ...

    def leave_one_out(self) -> tuple[Array, Array]:
        """Predictive mean and standard deviation of each learned value without it, (n,), (n,)."""
        ...


class ExactProcess(ABC):
    """A Gaussian process on the ``y`` (n,) of ``points``; a subclass says what it assumes before they are known.

    Its covariances are in squares of :attr:`unit`, its means on the scale of ``y``.
    """

    points: Points
    y: Array

    @property
    def unit(self) -> float:
        """What one unit of the covariance's root is on the scale of ``y``."""
        return 1.0

    @property
    @abstractmethod
    def noise_in_units(self) -> float:
        """Variance of one more measurement, in squares of the unit."""

    @property
    def noise(self) -> float:
        """Variance of one more measurement beside the latent value, on the scale."""
        return self.noise_in_units * self.unit**2

    @abstractmethod
    def prior_mean(self, points: Points) -> Array:
        """Mean before any evidence, (n,)."""

    @abstractmethod
    def prior_covariance(self, a: Points, b: Points) -> Array:
        """Covariance before any evidence, (a, b)."""

    @abstractmethod
    def prior_variance(self, points: Points) -> Array:
        """Diagonal of the covariance before any evidence, (n,)."""

    @cached_property
    def _posterior(self) -> ExactPosterior:
        noise = self.noise_in_units * np.eye(len(self.y))
        if self.points.extra is not None:
            noise = noise + np.diag(self.points.extra / self.unit**2)
        return condition(self.prior_covariance(self.points, self.points) + noise, self._residuals)

    @property
    def _residuals(self) -> Array:
        return (self.y - self.prior_mean(self.points)) / self.unit

    def _cross(self, points: Points) -> Array:
        return self.prior_covariance(points, self.points)

    @property
    def log_evidence(self) -> float:
        """log p(y) up to a constant that all processes on the same rows share."""
        return self._posterior.log_marginal_likelihood(self._residuals)

    def mean(self, points: Points) -> Array:
        """Latent mean on the scale, (n,)."""
        return np.asarray(self.prior_mean(points) + self.unit * self._posterior.mean(self._cross(points)))

    def variance(self, points: Points) -> Array:
        """Latent variance, (n,)."""
        variance = self._posterior.variance(self.prior_variance(points), self._cross(points))
        return np.asarray(np.maximum(variance, 1e-12) * self.unit**2)

    def covariance(self, a: Points, b: Points) -> Array:
        """Latent covariance, (a, b)."""
        left = self._cross(a)
        right = left if a is b else self._cross(b)
        return self._posterior.covariance(self.prior_covariance(a, b), left, right) * self.unit**2

    def leave_one_out(self) -> tuple[Array, Array]:
        """Predictive mean and standard deviation of each learned value without it, (n,), (n,)."""
        gap, std = self._posterior.leave_one_out()
        return self.y - self.unit * gap, self.unit * std


def log_densities(y: Array, mean: Array, std: Array) -> Array:
    """Log density of each ``y`` under independent normal predictions, (n,); higher is better."""
    return np.asarray(-0.5 * ((y - mean) / std) ** 2 - np.log(std) - 0.5 * _LN_2PI)


def squared_distance(a: Array, b: Array) -> Array:
    """Squared Euclidean distances, (a, b)."""
    total = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(np.maximum(total, 0.0))


def main_effects(a: Points, b: Points) -> Array:
    """Covariance of what each setting does by itself, (a, b): its options and their combination, its trends."""
    shared = count_shared_options(a, b)
    return shared if a.trends is None or b.trends is None else shared + a.trends @ b.trends.T


def count_main_effects(points: Points) -> Array:
    """Diagonal of :func:`main_effects`, (n,)."""
    options = 0.0 if points.options is None else float(points.options.shape[1])
    return np.full(len(points), options) + (0.0 if points.trends is None else (points.trends**2).sum(axis=1))


def count_shared_options(a: Points, b: Points) -> Array:
    """How many options, and whether all of them, two recipes have in common, (a, b); 0 where nothing can be chosen."""
    if a.options is None or b.options is None:
        return np.zeros((1, 1))
    pairs = zip(a.options.T, b.options.T, strict=True)
    return np.asarray(np.sum([left[:, None] == right for left, right in pairs], axis=0), dtype=np.float64)


def spread_rows(n: int) -> NDArray[np.int64]:
    """At most :data:`MOST_ROWS` of ``n`` rows, evenly spread over the campaign; all of them where they are as few."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).astype(np.int64)) if n else np.zeros(0, dtype=np.int64)
