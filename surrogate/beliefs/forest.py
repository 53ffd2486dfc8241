"""The forest of a campaign: rugged where the Gaussian process is smooth, its trees taken as draws of the function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.beliefs.base import Array, Points

_TREES = 128
_FEATURES = 0.67  # share of the features that a split of a tree may choose from
_LEAST_SCALE = 0.1


@dataclass(frozen=True, kw_only=True)
class Forest:
    """A random forest whose trees are draws of the function; make one with :func:`fit_forest`.

    ``scale`` multiplies the variance over the trees, so that the out-of-bag errors have unit variance.
    """

    name: str
    trees: tuple[Any, ...]
    y: Array
    out_of_bag: Array
    out_of_bag_variance: Array
    scale: float
    noise: float

    def _draws(self, points: Points) -> Array:
        x = np.ascontiguousarray(points.x, dtype=np.float32)
        return np.stack([tree.predict(x)[:, 0] for tree in self.trees])

    def mean(self, points: Points) -> Array:
        """Mean over the trees."""
        return np.asarray(self._draws(points).mean(axis=0))

    def variance(self, points: Points) -> Array:
        """Variance over the trees."""
        return np.asarray(np.maximum(self.scale * self._draws(points).var(axis=0, ddof=1), 1e-12))

    def covariance(self, a: Points, b: Points) -> Array:
        """Covariance over the trees, which share what they see alike."""
        left = self._draws(a)
        right = left if a is b else self._draws(b)
        centred = left - left.mean(axis=0)
        covariance = self.scale * centred.T @ (right - right.mean(axis=0)) / (len(left) - 1)
        return np.asarray(covariance + 1e-12 * np.eye(len(a)) if a is b else covariance)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each value from the trees that did not see it."""
        return self.out_of_bag, np.sqrt(self.scale * self.out_of_bag_variance + self.noise)


def fit_forest(points: Points, y: Array, *, seed: int) -> Forest:
    """A random forest on ``n`` rows, its spread fitted to the out-of-bag errors."""
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(seed)
    x = np.ascontiguousarray(points.x, dtype=np.float32)
    target = np.ascontiguousarray(y, dtype=np.float64)
    # A value that is known less well counts less: by the spread of all values over that and its own.
    weights = None if points.extra is None else 1.0 / (1.0 + points.extra / max(float(np.var(target)), 1e-9))
    draws, unseen, trees = np.empty((_TREES, len(y))), np.ones((_TREES, len(y)), dtype=bool), []
    for row in range(_TREES):
        rows = rng.integers(0, len(y), size=len(y))
        tree = DecisionTreeRegressor(max_features=_FEATURES, random_state=int(rng.integers(2**31)))
        with config_context(skip_parameter_validation=True):  # of 128 trees alike it takes longer than the fits
            tree.fit(x[rows], target[rows], check_input=False, sample_weight=None if weights is None else weights[rows])
        draws[row], unseen[row, rows] = tree.tree_.predict(x)[:, 0], False
        trees.append(tree.tree_)
    count = np.maximum(unseen.sum(axis=0), 1)
    mean = (draws * unseen).sum(axis=0) / count
    variance = (((draws - mean) ** 2) * unseen).sum(axis=0) / np.maximum(count - 1, 1)
    scale, noise = _spread_of(y - mean, variance)
    return Forest(
        name="forest", trees=tuple(trees), y=y, out_of_bag=mean, out_of_bag_variance=variance, scale=scale, noise=noise
    )


def _spread_of(residuals: Array, variance: Array) -> tuple[float, float]:
    """Factor on ``variance`` (at most 1) and noise variance so that squared residuals over both average to one.

    Single trees differ more than the forest errs; where they differ less, the rest is noise (found by bisection).
    """
    floor = 1e-6 * max(float(np.var(residuals)), 1e-12)
    ratio = float(np.mean(residuals**2 / (variance + floor)))
    if ratio <= 1.0:
        return max(ratio, _LEAST_SCALE), floor
    low, high = floor, 4.0 * float(np.mean(residuals**2)) + floor
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(np.mean(residuals**2 / (variance + middle))) > 1.0 else (low, middle)
    return 1.0, high
