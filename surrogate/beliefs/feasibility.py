"""What failures teach: the chance that a recipe can be made, with a length learnt for every setting.

A Gaussian process on a latent f with the likelihood Φ(±f), by Laplace's approximation. Lengths and amplitude are those
of the largest approximate evidence under the priors of the campaign's regressions, so that a setting which decides
nothing is not heeded. Far from everything tried the chance is the base rate of the campaign, not certainty. Equation
numbers are those of Rasmussen and Williams, *Gaussian Processes for Machine Learning* (MIT Press, 2006).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surrogate.beliefs.base import Array, spread_rows, squared_distance
from surrogate.models.exact_gp import ExactPosterior, condition

# Lognormal priors of lengths (as in the regressions of campaigns) and of the amplitude of f: at 2 a sure success and a
# sure failure are both within reach.
_LENGTH_LOC, _LENGTH_SCALE = math.sqrt(2.0), math.sqrt(3.0)
_AMPLITUDE_LOC, _AMPLITUDE_SCALE = math.log(2.0), 0.5
_LEAST_CURVATURE = 1e-6
#: Length per √d while only failures are told, of which none can be learnt: a fifth of the way across each setting.
_LONE_LENGTH = 0.2
#: Factors on the latent score that are tried against the left-out outcomes, and how far from 1 they may stray.
_FACTORS, _FACTOR_SCALE = np.exp(np.linspace(-1.0, 1.0, 21)), 0.3


@dataclass(frozen=True, kw_only=True)
class Feasibility:
    """The chance of success learnt from ``n`` outcomes; make one with :func:`learn_feasibility`.

    ``x`` (n, d) are the encoded recipes, ``lengths`` (d,) what was learnt, ``offset`` the latent mean that gives the
    base rate where nothing is near. ``factor`` multiplies the score, so that left-out outcomes are as likely as stated.
    """

    x: Array
    lengths: Array
    amplitude: float
    offset: float
    factor: float
    posterior: ExactPosterior

    def chance(self, x: Array) -> Array:
        """Chance that each recipe (·, d) can be made, (·,). Eq. 3.82."""
        from scipy.special import ndtr

        cross = _covariance(x, self.x, self.lengths, self.amplitude)
        variance = np.maximum(self.posterior.variance(np.full(len(x), self.amplitude**2), cross), 0.0)
        score = (self.offset + self.posterior.mean(cross)) / np.sqrt(1.0 + variance)
        base = self.offset / math.sqrt(1.0 + self.amplitude**2)  # the base rate itself is not sharpened
        return np.asarray(ndtr(base + self.factor * (score - base)))


def learn_feasibility(succeeded: Array, failed: Array) -> Feasibility | None:
    """What recipes (·, d) that could and could not be made teach; ``None`` while nothing has failed."""
    if not len(failed):
        return None
    x = np.vstack([succeeded, failed])
    outcome = np.repeat([1.0, -1.0], [len(succeeded), len(failed)])
    base = (len(succeeded) + 1.0) / (len(x) + 2.0)
    lengths, amplitude = _learn_lengths(x, outcome, base)
    offset = _offset(base, amplitude)
    mode, slope, curvature = _mode(_covariance(x, x, lengths, amplitude), outcome, offset)
    posterior = condition(
        _covariance(x, x, lengths, amplitude) + np.diag(1.0 / curvature), mode - offset + slope / curvature
    )
    return Feasibility(
        x=x, lengths=lengths, amplitude=amplitude, offset=offset, posterior=posterior,
        factor=_calibrated_factor(posterior, mode + slope / curvature, curvature, outcome, offset, amplitude),
    )  # fmt: skip


def _learn_lengths(x: Array, outcome: Array, base: float) -> tuple[Array, float]:
    """Lengths (d,) and amplitude of the largest approximate evidence; usual ones while nothing has succeeded."""
    from scipy.optimize import minimize

    d = x.shape[1]
    if not np.any(outcome > 0):
        return np.full(d, _LONE_LENGTH * math.sqrt(d)), math.exp(_AMPLITUDE_LOC)
    rows = spread_rows(len(x))
    gaps = (x[rows][:, None, :] - x[rows][None, :, :]) ** 2
    middle = _LENGTH_LOC + 0.5 * math.log(d)
    optima = [
        minimize(
            _negative_log_posterior, [*[start] * d, _AMPLITUDE_LOC], args=(outcome[rows], gaps, base), jac=True,
            method="L-BFGS-B", bounds=[(math.log(0.05), math.log(1e3))] * d + [(math.log(0.3), math.log(10.0))],
            options={"maxiter": 60},
        )
        for start in (middle - 1.0, math.log(0.5))
    ]  # fmt: skip
    parameters = np.exp(min(optima, key=lambda optimum: optimum.fun).x)
    return parameters[:-1], float(parameters[-1])


def _covariance(a: Array, b: Array, lengths: Array, amplitude: float) -> Array:
    return np.asarray(amplitude**2 * np.exp(-0.5 * squared_distance(a / lengths, b / lengths)))


def _offset(base: float, amplitude: float) -> float:
    """The latent mean whose chance is ``base`` where the latent deviation is ``amplitude``."""
    from scipy.special import ndtri

    return float(ndtri(base)) * math.sqrt(1.0 + amplitude**2)


def _slopes(f: Array, outcome: Array) -> tuple[Array, Array, Array]:
    """Slope, negative curvature and third derivative of log Φ(outcome·f), each (n,). Eq. 3.16."""
    from scipy.special import log_ndtr

    ratio = outcome * np.exp(-0.5 * f**2 - 0.5 * math.log(2.0 * math.pi) - log_ndtr(outcome * f))
    curvature = np.maximum(ratio * (ratio + f), _LEAST_CURVATURE)
    third = ratio * ((2.0 * ratio + f) * (ratio + f) - 1.0)
    return ratio, curvature, third


def _mode(covariance: Array, outcome: Array, offset: float) -> tuple[Array, Array, Array]:
    """The most likely latent values, and slope and curvature of the likelihood there, (n,) each. Algorithm 3.1."""
    f = np.full(len(outcome), offset)
    for _ in range(50):
        slope, curvature, _ = _slopes(f, outcome)
        posterior = condition(covariance + np.diag(1.0 / curvature), f - offset + slope / curvature)
        moved = offset + covariance @ posterior.weights
        done = float(np.abs(moved - f).max()) < 1e-8
        f = moved
        if done:
            break
    return f, *_slopes(f, outcome)[:2]


def _negative_log_posterior(theta: Array, outcome: Array, gaps: Array, base: float) -> tuple[float, Array]:
    """−log of Laplace's evidence and the priors, and its gradient in θ = ln(lengths, amplitude). Algorithm 5.1."""
    from scipy.special import log_ndtr

    theta = np.asarray(theta, dtype=np.float64)
    lengths, amplitude = np.exp(theta[:-1]), math.exp(theta[-1])
    gram = amplitude**2 * np.exp(-0.5 * gaps @ (1.0 / lengths**2))
    offset = _offset(base, amplitude)
    f, slope, curvature = _mode(gram, outcome, offset)
    third = _slopes(f, outcome)[2]
    n = len(f)
    root = np.sqrt(curvature)
    factor = np.linalg.cholesky(np.eye(n) + root[:, None] * gram * root)
    inner = root[:, None] * np.linalg.solve(factor.T, np.linalg.solve(factor, np.diag(root)))  # (K + W⁻¹)⁻¹
    value = 0.5 * float(slope @ (f - offset)) - float(log_ndtr(outcome * f).sum())
    value += float(np.log(np.diag(factor)).sum())
    # What θ does directly (5.22), and through the mode (5.23 and 5.24).
    spread = np.diag(gram) - np.einsum("ij,jk,ki->i", gram, inner, gram)
    pull = 0.5 * spread * third  # −½·diag(Σ)·∇³log p, of which the sign is taken up below
    weight = 0.5 * (np.outer(slope, slope) - inner)
    through = pull - inner @ (gram @ pull)  # (I + K·W)⁻ᵀ · pull
    full = weight + np.outer(through, slope)
    gradient = np.empty_like(theta)
    gradient[:-1] = -np.einsum("ij,ijd->d", full * gram, gaps) / lengths**2
    shift = offset * amplitude**2 / (1.0 + amplitude**2)  # the offset moves with the amplitude
    gradient[-1] = -2.0 * float((full * gram).sum()) - shift * float(slope.sum() + through.sum())
    loc = np.append(np.full(len(lengths), _LENGTH_LOC + 0.5 * math.log(len(lengths))), _AMPLITUDE_LOC)
    scale = np.append(np.full(len(lengths), _LENGTH_SCALE), _AMPLITUDE_SCALE)
    standard = (theta - loc) / scale
    return value + 0.5 * float((standard**2).sum()), gradient + standard / scale


def _calibrated_factor(
    posterior: ExactPosterior, targets: Array, curvature: Array, outcome: Array, offset: float, amplitude: float
) -> float:
    """The factor on the score that makes the left-out outcomes likeliest, held near 1 while there are few."""
    from scipy.special import log_ndtr

    gap, deviation = posterior.leave_one_out()
    variance = np.clip(deviation**2 - 1.0 / curvature, 0.0, amplitude**2)
    score = (targets - gap) / np.sqrt(1.0 + variance)
    base = offset / math.sqrt(1.0 + amplitude**2)
    fit = [float(log_ndtr(outcome * (base + k * (score - base))).sum()) for k in _FACTORS]
    return float(_FACTORS[int(np.argmax(np.array(fit) - 0.5 * (np.log(_FACTORS) / _FACTOR_SCALE) ** 2))])
