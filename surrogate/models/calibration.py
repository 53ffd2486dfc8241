"""Intervals that mean what they say on papers the model has not seen.

Out-of-fold residuals, with whole papers held out, are divided by a predicted spread and their weighted quantiles become
the interval: conformal prediction with normalised scores (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018)),
exchangeable over *papers*, so every paper has the same weight and the sample size in the correction is the number of
papers. Residuals from random folds would cover 0.77 instead of 0.90 here; that is the trap this module avoids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surrogate.models.training_set import weighted_median

Array = NDArray[np.float64]

#: The spread never falls below this share of the typical residual: a model cannot know better than the field repeats.
MIN_SHARE = 0.25
#: Levels whose quantiles are kept.
_MOST_LEVELS = 64
#: 95 % quantile of the standard normal distribution: half of a central 90 % interval.
NORMAL_QUANTILE_95 = 1.6448536269514722


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How wide intervals must be, learnt from out-of-fold residuals.

    Attributes:
        offset: The median residual: added to every prediction alike, so that it re-orders none.
        spread: Coefficients (k + 1,): the spread of a candidate is spread[0] + Σ spread[j]·u_j over its covariates u.
        scores: Sorted normalised residuals about the offset, (n,).
        weights: Of the scores, (n,), with sum 1.
        n_papers: How many papers the residuals come from.
    """

    offset: float
    spread: Array
    scores: Array
    weights: Array
    n_papers: int

    @classmethod
    def fit(cls, residuals: Array, covariates: Array, weights: Array, n_papers: int) -> Calibration:
        """Learn the spread and the scores.

        Args:
            residuals: Out-of-fold, (n,).
            covariates: Of the uncertainty of each row, (n, k).
            weights: What each row counts, (n,).
            n_papers: How many papers the rows come from.
        """
        offset = weighted_median(residuals, weights)
        residuals = residuals - offset
        spread = _fit_spread(np.abs(residuals), covariates, weights)
        scores = residuals / _spread(spread, covariates)
        order = np.argsort(scores, kind="stable")
        return cls(
            offset=offset,
            spread=spread,
            scores=scores[order],
            weights=weights[order] / weights.sum(),
            n_papers=n_papers,
        )

    def interval(self, covariates: Array, level: float) -> tuple[Array, Array]:
        """Offsets (n,) below and above the prediction for a central interval.

        Args:
            covariates: Of the uncertainty, (n, k).
            level: Probability that the interval holds, between 0 and 1.
        """
        nominal = (1.0 - level) / 2.0
        # Finite-sample correction of split conformal prediction with papers as the exchangeable units. Where so few
        # papers support no level so high, a share of the nominal tail is left, so that a higher level is always wider.
        tail = max(nominal - level / 2.0 / (self.n_papers + 1), nominal / (self.n_papers + 1))
        scale = _spread(self.spread, covariates)
        return self.offset + self._quantile(tail) * scale, self.offset + self._quantile(1.0 - tail) * scale

    def standard_deviation(self, covariates: Array) -> Array:
        """The standard deviation of the normal distribution with the same central 90 % interval, (n,).

        Residuals have heavier tails than a normal distribution; matched at 90 %, the chance of missing a target that a
        planner works with agrees with the interval that a person reads.
        """
        low, high = self.interval(covariates, 0.9)
        return np.asarray((high - low) / (2.0 * NORMAL_QUANTILE_95))

    def _quantile(self, level: float) -> float:
        """The weighted quantile of the scores, continued beyond the outermost by the tail of a normal distribution."""
        kept = self._quantiles.get(level)
        if kept is None:
            if len(self._quantiles) >= _MOST_LEVELS:
                self._quantiles.clear()
            kept = self._quantiles[level] = self._find_quantile(level)
        return kept

    @cached_property
    def _quantiles(self) -> dict[float, float]:
        """By level: those of one level are the same for all candidates."""
        return {}

    def _find_quantile(self, level: float) -> float:
        middle = np.cumsum(self.weights) - 0.5 * self.weights
        quantile = float(np.interp(level, middle, self.scores))
        if middle[0] <= level <= middle[-1]:
            return quantile
        end = middle[0] if level < middle[0] else middle[-1]
        spread = float(np.sqrt(self.weights @ self.scores**2))
        return quantile + (normal_quantile(level) - normal_quantile(float(end))) * spread


def normal_quantile(level: float) -> float:
    """The quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(level))


def _spread(coefficients: Array, covariates: Array) -> Array:
    return np.asarray(coefficients[0] + covariates @ coefficients[1:])


def _fit_spread(deviations: Array, covariates: Array, weights: Array) -> Array:
    """Coefficients ≥ 0 that maximise the likelihood of Laplace residuals: minimise Σ w (|r|/s + ln s)."""
    from scipy.optimize import minimize

    typical = float(np.average(deviations, weights=weights))
    start = np.array(
        [0.6 * typical, *(0.4 * typical / max(covariates.shape[1], 1) / np.maximum(covariates.mean(axis=0), 1e-9))]
    )
    floor = MIN_SHARE * typical

    def loss(coefficients: Array) -> tuple[float, Array]:
        s = _spread(coefficients, covariates)
        slope = weights * (1.0 / s - deviations / s**2)
        value = float((weights * (deviations / s + np.log(s))).sum())
        return value, np.array([slope.sum(), *(covariates.T @ slope)])

    bounds = [(floor, None)] + [(0.0, None)] * covariates.shape[1]
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
