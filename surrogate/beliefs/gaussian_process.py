"""The Gaussian process of a campaign: smooth, fitted to its own rows, with or without the priors as linear terms.

It has the default prior of BoTorch's ``SingleTaskGP``: one RBF length per dimension with a lognormal prior that grows
with √d (Hvarfner, Hellsten, Nardi, *Vanilla Bayesian optimization performs great in high dimensions*, ICML 2024),
lognormal noise, no output scale, on standardised values. One thing is added: priors m(x) enter as linear terms a·m(x).
Before any evidence a is one (shared by the priors) give or take 0.7, so that a prior counts where the measured rows are
too alike to judge it; rows that contradict the prior shrink a to nothing. Equation numbers are those of
:mod:`surrogate.models.exact_gp`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.base import Array, ExactProcess, Points, count_shared_options, spread_rows, squared_distance
from surrogate.models.exact_gp import condition

# SingleTaskGP of BoTorch 0.12 and later: LogNormal(√2 + ln(d)/2, √3) on lengths, LogNormal(−4, 1) on noise above 1e-4.
_LENGTH_LOC, _LENGTH_SCALE = math.sqrt(2.0), math.sqrt(3.0)
_NOISE_LOC, _NOISE_SCALE, _NOISE_FLOOR = -4.0, 1.0, 1e-4
# Lognormal priors of what is added: amplitude of the process beside a prior, and of the linear term of a prior.
_AMPLITUDE_LOC, _AMPLITUDE_SCALE = -0.5, 1.0
_LINEAR_LOC, _LINEAR_SCALE = math.log(0.7), 0.5
#: Of the effect of each option and of each combination of options, in variances of the values.
_OPTION_VARIANCE = 0.25
_MEAN_VARIANCE = 25.0  # of the constant mean, in variances of the values: flat for all that is plausible


@dataclass(frozen=True, kw_only=True)
class RbfProcess(ExactProcess):
    """A fitted process; make one with :func:`fit_rbf_process`.

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
    def unit(self) -> float:
        """Values are standardised: one unit is their spread."""
        return self.spread

    @property
    def noise_in_units(self) -> float:
        """Noise of standardised values."""
        return self.noise_share

    @property
    def log_parameters(self) -> Array:
        """ln of lengths, noise and, with priors, amplitude and linear terms: what was fitted."""
        more = [self.amplitude, *self.linear] if len(self.linear) else []
        return np.log([*self.lengths, self.noise_share, *more])

    def prior_mean(self, points: Points) -> Array:
        """A constant and, with priors, their mean, (n,)."""
        if not len(self.linear):
            return np.full(len(points), self.centre)
        return np.asarray(self.centre + (points.prior - self.prior_centre).mean(axis=1))

    def prior_covariance(self, a: Points, b: Points) -> Array:
        """Squared exponential, constant mean and linear terms, (a, b)."""
        gram = (
            self.amplitude**2 * np.exp(-0.5 * squared_distance(a.x / self.lengths, b.x / self.lengths)) + _MEAN_VARIANCE
        )
        gram = gram + _OPTION_VARIANCE * count_shared_options(a, b)
        if len(self.linear):
            gram = gram + (self._features(a) * self.linear**2) @ self._features(b).T
        return np.asarray(gram)

    def prior_variance(self, points: Points) -> Array:
        """Diagonal of :meth:`prior_covariance`, (n,)."""
        diagonal = np.full(len(points), self.amplitude**2 + _MEAN_VARIANCE)
        if points.options is not None:
            diagonal += _OPTION_VARIANCE * points.options.shape[1]
        if len(self.linear):
            diagonal = diagonal + ((self._features(points) * self.linear) ** 2).sum(axis=1)
        return diagonal

    def _features(self, points: Points) -> Array:
        return (points.prior - self.prior_centre) / self.spread


def fit_rbf_process(
    points: Points, y: Array, *, name: str, use_prior: bool, like: RbfProcess | None = None
) -> RbfProcess:
    """Maximum a posteriori fit on ``n`` rows; ``use_prior`` adds the linear terms of the priors.

    With one row, or values that are all equal, the spread is that of the priors' errors or 1. The search starts from
    two places, or from a process of the same kind that the result will be ``like`` (most of the same rows). Parameters
    are learnt from at most :data:`~surrogate.beliefs.base.MOST_ROWS` rows; all rows speak afterwards.
    """
    from scipy.optimize import minimize

    centre, spread = float(y.mean()), _spread(points, y)
    every, rows = points, spread_rows(len(y))
    points, y_learnt = points.take(rows), y[rows]
    prior_centre = every.prior.mean(axis=0) if use_prior else np.zeros(0)
    prior = (points.prior - prior_centre) / spread if use_prior else np.zeros((len(rows), 0))
    d, k = points.x.shape[1], prior.shape[1]
    gaps = (points.x[:, None, :] - points.x[None, :, :]) ** 2
    outer = np.einsum("ik,jk->kij", prior, prior)
    constant = _MEAN_VARIANCE + _OPTION_VARIANCE * count_shared_options(points, points)
    z = (y_learnt - centre) / spread - (prior.mean(axis=1) if use_prior else 0.0)
    extra = None if points.extra is None else points.extra / spread**2
    arguments = (z, gaps, outer, bool(use_prior), extra, constant)
    best = None
    for start in _starts(d, k, use_prior) if like is None else [like.log_parameters]:
        optimum = minimize(_negative_log_posterior, start, args=arguments, jac=True, method="L-BFGS-B",
                         bounds=_bounds(d, k, use_prior), options={"maxiter": 200})  # fmt: skip
        if best is None or optimum.fun < best.fun - 1e-9:
            best = optimum
    assert best is not None
    values = np.exp(best.x)
    return RbfProcess(
        name=name, points=every, y=y, centre=centre, spread=spread, lengths=values[:d], noise_share=float(values[d]),
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


def _negative_log_posterior(
    theta: Array,
    z: Array,
    gaps: Array,
    outer: Array,
    use_prior: bool,
    extra: Array | None = None,
    constant: Array | float = _MEAN_VARIANCE,
) -> tuple[float, Array]:
    """−log p(z, θ) and its gradient in θ = ln(lengths, noise, amplitude, linear); ``extra`` (n,) noise is known."""
    n, d = len(z), gaps.shape[2]
    lengths, noise = np.exp(theta[:d]), math.exp(theta[d])
    variance = math.exp(2.0 * theta[d + 1]) if use_prior else 1.0
    linear = np.exp(2.0 * theta[d + 2 :]) if use_prior else np.zeros(0)
    process = variance * np.exp(-0.5 * gaps @ (1.0 / lengths**2))
    gram = process + constant + np.tensordot(linear, outer, axes=1) + (noise + 1e-9) * np.eye(n)
    posterior = condition(gram if extra is None else gram + np.diag(extra), z)
    value = -posterior.log_marginal_likelihood(z)
    # d(value)/dθ = ½·tr(weight · dK/dθ), eq. 5.9
    weight = posterior.inverse() - np.outer(posterior.weights, posterior.weights)
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
