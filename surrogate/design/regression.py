"""Regressors of a campaign: a Gaussian process, a forest and their mixture, behind one face.

They learn one property from the few rows a campaign has (n below some hundreds) and speak of any other rows jointly:
mean, covariance, and the noise of one more measurement. Everything is plain linear algebra, so the same rows and seed
give the same bits.

The Gaussian process has the default prior of BoTorch's ``SingleTaskGP``: one RBF length per dimension with a lognormal
prior that grows with √d (Hvarfner, Hellsten, Nardi, *Vanilla Bayesian optimization performs great in high dimensions*,
ICML 2024), lognormal noise, no output scale, on standardised values. One thing is added: priors m(x) enter as linear
terms a·m(x). Before any evidence a is one (shared by the priors) give or take 0.7, so that a prior counts where the
measured rows are too alike to judge it; rows that contradict the prior shrink a to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from surrogate.design.variables import Array

# SingleTaskGP of BoTorch 0.12 and later: LogNormal(√2 + ln(d)/2, √3) on lengths, LogNormal(−4, 1) on noise above 1e-4.
_LENGTH_LOC, _LENGTH_SCALE = math.sqrt(2.0), math.sqrt(3.0)
_NOISE_LOC, _NOISE_SCALE, _NOISE_FLOOR = -4.0, 1.0, 1e-4
# Lognormal priors of what is added: amplitude of the process beside a prior, and of the linear term of a prior.
_AMPLITUDE_LOC, _AMPLITUDE_SCALE = -0.5, 1.0
_LINEAR_LOC, _LINEAR_SCALE = math.log(0.7), 0.5
_MEAN_VARIANCE = 25.0  # of the constant mean, in variances of the values: flat for all that is plausible
_TREES = 128
_FEATURES = 0.67  # share of the features that a split of a tree may choose from
_LEAST_SCALE = 0.1
_LN_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, kw_only=True)
class Points:
    """Rows that regressors speak of: ``x`` (n, d) encoded, ``prior`` (n, k) means and ``prior_std`` (n, k) of k
    priors.
    """

    x: Array
    prior: Array
    prior_std: Array

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Any) -> Points:
        """The rows at these positions."""
        return Points(x=self.x[rows], prior=self.prior[rows], prior_std=self.prior_std[rows])

    @staticmethod
    def joined(parts: Sequence[Points]) -> Points:
        """Rows one below the other."""
        return Points(
            x=np.vstack([p.x for p in parts]),
            prior=np.vstack([p.prior for p in parts]),
            prior_std=np.vstack([p.prior_std for p in parts]),
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


def log_densities(y: Array, mean: Array, std: Array) -> Array:
    """Log density of each ``y`` under independent normal predictions, (n,); higher is better."""
    return np.asarray(-0.5 * ((y - mean) / std) ** 2 - np.log(std) - 0.5 * _LN_2PI)


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """A fitted Gaussian process; make one with :func:`fit_gaussian_process`.

    ``lengths`` (d,), ``amplitude`` of the process, ``linear`` (k,) amplitudes of the priors; all for standardised
    values.
    """

    name: str
    points: Points
    y: Array
    centre: float
    spread: float
    lengths: Array
    amplitude: float
    linear: Array
    noise_share: float
    prior_centre: Array

    @property
    def noise(self) -> float:
        """Variance of one more measurement."""
        return self.noise_share * self.spread**2

    @property
    def log_parameters(self) -> Array:
        """ln of lengths, noise and, with priors, amplitude and linear terms: what was fitted."""
        more = [self.amplitude, *self.linear] if len(self.linear) else []
        return np.log([*self.lengths, self.noise_share, *more])

    @cached_property
    def _factor(self) -> tuple[Any, Array]:
        from scipy.linalg import cho_factor, cho_solve

        gram = self._kernel(self.points, self.points)
        factor = cho_factor(gram + self.noise_share * np.eye(len(self.y)), lower=True)
        return factor, cho_solve(factor, (self.y - self._start(self.points)) / self.spread)

    def _start(self, points: Points) -> Array:
        """The mean before any evidence: a constant and, with priors, their mean."""
        if not len(self.linear):
            return np.full(len(points), self.centre)
        return np.asarray(self.centre + (points.prior - self.prior_centre).mean(axis=1))

    def _kernel(self, a: Points, b: Points) -> Array:
        gram = (
            self.amplitude**2 * np.exp(-0.5 * squared_distance(a.x / self.lengths, b.x / self.lengths)) + _MEAN_VARIANCE
        )
        if len(self.linear):
            gram = gram + (self._features(a) * self.linear**2) @ self._features(b).T
        return np.asarray(gram)

    def _features(self, points: Points) -> Array:
        return (points.prior - self.prior_centre) / self.spread

    def mean(self, points: Points) -> Array:
        """Latent mean on the scale, (n,)."""
        return np.asarray(self._start(points) + self.spread * (self._kernel(points, self.points) @ self._factor[1]))

    def variance(self, points: Points) -> Array:
        """Latent variance, (n,)."""
        from scipy.linalg import solve_triangular

        diagonal = np.full(len(points), self.amplitude**2 + _MEAN_VARIANCE)
        if len(self.linear):
            diagonal = diagonal + ((self._features(points) * self.linear) ** 2).sum(axis=1)
        half = solve_triangular(self._factor[0][0], self._kernel(self.points, points), lower=True)
        return np.asarray(np.maximum(diagonal - (half**2).sum(axis=0), 1e-12) * self.spread**2)

    def covariance(self, a: Points, b: Points) -> Array:
        """Latent covariance, (a, b)."""
        from scipy.linalg import solve_triangular

        lower = self._factor[0][0]
        left = solve_triangular(lower, self._kernel(self.points, a), lower=True)
        right = left if a is b else solve_triangular(lower, self._kernel(self.points, b), lower=True)
        return np.asarray((self._kernel(a, b) - left.T @ right) * self.spread**2)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Rasmussen & Williams, *Gaussian Processes for Machine Learning* (2006), eqs. 5.10–5.12."""
        from scipy.linalg import cho_solve

        factor, alpha = self._factor
        inverse = np.diag(cho_solve(factor, np.eye(len(self.y))))
        mean = self.y - self.spread * alpha / inverse
        return mean, self.spread / np.sqrt(inverse)


def squared_distance(a: Array, b: Array) -> Array:
    """Squared Euclidean distances, (a, b)."""
    total = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(np.maximum(total, 0.0))


def fit_gaussian_process(
    points: Points, y: Array, *, name: str, use_prior: bool, like: GaussianProcess | None = None
) -> GaussianProcess:
    """Maximum a posteriori fit on ``n`` rows; ``use_prior`` adds the linear terms of the priors.

    With one row, or values that are all equal, the spread is that of the priors' errors or 1. The search starts from
    two places, or from a process of the same kind that the result will be ``like`` (most of the same rows).
    """
    from scipy.optimize import minimize

    centre, spread = float(y.mean()), _spread(points, y)
    prior_centre = points.prior.mean(axis=0) if use_prior else np.zeros(0)
    prior = (points.prior - prior_centre) / spread if use_prior else np.zeros((len(y), 0))
    d, k = points.x.shape[1], prior.shape[1]
    gaps = (points.x[:, None, :] - points.x[None, :, :]) ** 2
    outer = np.einsum("ik,jk->kij", prior, prior)
    z = (y - centre) / spread - (prior.mean(axis=1) if use_prior else 0.0)
    arguments = (z, gaps, outer, bool(use_prior))
    best = None
    for start in _starts(d, k, use_prior) if like is None else [like.log_parameters]:
        found = minimize(_negative_log_posterior, start, args=arguments, jac=True, method="L-BFGS-B",
                         bounds=_bounds(d, k, use_prior), options={"maxiter": 200})  # fmt: skip
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    assert best is not None
    values = np.exp(best.x)
    return GaussianProcess(
        name=name, points=points, y=y, centre=centre, spread=spread, lengths=values[:d], noise_share=float(values[d]),
        amplitude=float(values[d + 1]) if use_prior else 1.0, linear=values[d + 2 :] if use_prior else np.zeros(0),
        prior_centre=prior_centre,
    )  # fmt: skip


def _spread(points: Points, y: Array) -> float:
    spread = float(y.std(ddof=1)) if len(y) > 1 else 0.0
    if spread > 1e-9 * max(1.0, abs(float(y.mean()))):
        return spread
    return float(points.prior_std.mean()) if points.prior_std.size else 1.0


def _starts(d: int, k: int, use_prior: bool) -> list[Array]:
    """Prior mode and prior median of the lengths; noise at its median."""
    more = [_AMPLITUDE_LOC, *[_LINEAR_LOC] * k] if use_prior else []
    middle = _LENGTH_LOC + 0.5 * math.log(d)
    return [np.array([*[length] * d, _NOISE_LOC, *more]) for length in (middle - _LENGTH_SCALE**2, middle - 1.0)]


def _bounds(d: int, k: int, use_prior: bool) -> list[tuple[float, float]]:
    more = [(math.log(0.05), math.log(5.0)), *[(math.log(1e-3), math.log(10.0))] * k] if use_prior else []
    return [*[(math.log(0.02), math.log(1e3))] * d, (math.log(_NOISE_FLOOR), math.log(2.0)), *more]


def _negative_log_posterior(theta: Array, z: Array, gaps: Array, outer: Array, use_prior: bool) -> tuple[float, Array]:
    """−log p(z, θ) and its gradient in θ = ln(lengths, noise, amplitude, linear)."""
    from scipy.linalg import cho_factor, cho_solve

    n, d = len(z), gaps.shape[2]
    lengths, noise = np.exp(theta[:d]), math.exp(theta[d])
    variance = math.exp(2.0 * theta[d + 1]) if use_prior else 1.0
    linear = np.exp(2.0 * theta[d + 2 :]) if use_prior else np.zeros(0)
    process = variance * np.exp(-0.5 * gaps @ (1.0 / lengths**2))
    gram = process + _MEAN_VARIANCE + np.tensordot(linear, outer, axes=1) + (noise + 1e-9) * np.eye(n)
    factor = cho_factor(gram, lower=True)
    alpha, inverse = cho_solve(factor, z), cho_solve(factor, np.eye(n))
    value = 0.5 * z @ alpha + np.log(np.diag(factor[0])).sum()
    weight = inverse - np.outer(alpha, alpha)  # d/dθ = ½ tr(weight · dK/dθ)
    gradient = np.empty_like(theta)
    gradient[:d] = 0.5 * np.einsum("ij,ijd->d", weight * process, gaps) / lengths**2
    gradient[d] = 0.5 * noise * np.trace(weight)
    loc = np.full(d, _LENGTH_LOC + 0.5 * math.log(d))
    scale = np.full(d, _LENGTH_SCALE)
    loc, scale = np.append(loc, _NOISE_LOC), np.append(scale, _NOISE_SCALE)
    if use_prior:
        gradient[d + 1] = (weight * process).sum()
        gradient[d + 2 :] = linear * np.einsum("ij,kij->k", weight, outer)
        loc = np.concatenate([loc, [_AMPLITUDE_LOC], np.full(len(linear), _LINEAR_LOC)])
        scale = np.concatenate([scale, [_AMPLITUDE_SCALE], np.full(len(linear), _LINEAR_SCALE)])
    # Density of the parameter itself, as BoTorch counts it: the lognormal has −ln p(v) = ½((ln v − μ)/σ)² + ln v.
    standard = (theta - loc) / scale
    value += float(0.5 * (standard**2).sum() + theta.sum())
    gradient += standard / scale + 1.0
    return value, gradient


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
        found = self.scale * centred.T @ (right - right.mean(axis=0)) / (len(left) - 1)
        return np.asarray(found + 1e-12 * np.eye(len(a)) if a is b else found)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Each value from the trees that did not see it."""
        return self.out_of_bag, np.sqrt(self.scale * self.out_of_bag_variance + self.noise)


def fit_forest(points: Points, y: Array, *, seed: int) -> Forest:
    """A random forest on ``n`` rows, its spread fitted to the out-of-bag errors."""
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(seed)
    x = np.ascontiguousarray(points.x, dtype=np.float32)
    target = np.ascontiguousarray(y, dtype=np.float64)
    draws, unseen, grown = np.empty((_TREES, len(y))), np.ones((_TREES, len(y)), dtype=bool), []
    for row in range(_TREES):
        rows = rng.integers(0, len(y), size=len(y))
        tree = DecisionTreeRegressor(max_features=_FEATURES, random_state=int(rng.integers(2**31)))
        tree.fit(x[rows], target[rows], check_input=False)
        draws[row], unseen[row, rows] = tree.tree_.predict(x)[:, 0], False
        grown.append(tree.tree_)
    count = np.maximum(unseen.sum(axis=0), 1)
    mean = (draws * unseen).sum(axis=0) / count
    variance = (((draws - mean) ** 2) * unseen).sum(axis=0) / np.maximum(count - 1, 1)
    scale, noise = _spread_of(y - mean, variance)
    return Forest(
        name="forest", trees=tuple(grown), y=y, out_of_bag=mean, out_of_bag_variance=variance, scale=scale, noise=noise
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


@dataclass(frozen=True, kw_only=True)
class MixtureOfBoth:
    """Equal parts of two regressors: mean of the means, and a variance that holds their disagreement."""

    name: str
    first: Regressor
    second: Regressor

    @property
    def noise(self) -> float:
        """Mean of the noises."""
        return 0.5 * (self.first.noise + self.second.noise)

    def mean(self, points: Points) -> Array:
        """Mean of the means."""
        return 0.5 * (self.first.mean(points) + self.second.mean(points))

    def variance(self, points: Points) -> Array:
        """Mean of the variances and a quarter of the squared difference of the means."""
        gap = 0.5 * (self.first.mean(points) - self.second.mean(points))
        return 0.5 * (self.first.variance(points) + self.second.variance(points)) + gap**2

    def covariance(self, a: Points, b: Points) -> Array:
        """As the variance: which of the two is right is one draw for all rows."""
        left = 0.5 * (self.first.mean(a) - self.second.mean(a))
        right = left if a is b else 0.5 * (self.first.mean(b) - self.second.mean(b))
        return 0.5 * (self.first.covariance(a, b) + self.second.covariance(a, b)) + np.outer(left, right)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Moments of the mixture of both."""
        (mean_a, std_a), (mean_b, std_b) = self.first.leave_one_out(), self.second.leave_one_out()
        gap = 0.5 * (mean_a - mean_b)
        return 0.5 * (mean_a + mean_b), np.sqrt(0.5 * (std_a**2 + std_b**2) + gap**2)
