"""What rows of one laboratory say of each other: how the errors of a model are shared within a paper.

Out-of-fold residuals in units of the predicted deviation are split into what all rows of a paper share (the
laboratory), what near recipes share (what the model gets wrong about a material), and what two reports of one recipe
differ by. They are taken as a multivariate Student t with one scale per paper, so that a laboratory whose rows agree
with the model sharpens it, and one whose rows scatter does not. Equation numbers of the conditional distribution are
those of Shah, Wilson and Ghahramani, *Student-t processes as alternatives to Gaussian processes*, AISTATS 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.models.exact_gp import ExactPosterior, condition

Array = NDArray[np.float64]

#: Bounds of the degrees of freedom of the scale of a laboratory. Fewer than ten fit the residuals of papers a little
#: better and leave intervals after a dozen own rows that hold 80 % instead of 90 % (decision 0024).
_FREEDOM = (10.0, 30.0)
#: Lengths that are tried, in typical distances between papers.
_LENGTHS = (0.25, 8.0)
#: The least share of any part: no residual is only of the laboratory, and none without it.
_LEAST_SHARE = 0.02
#: The most that a stated chance may be steeper or flatter than what the covariance says.
_STEEPNESS = (0.3, 2.0)
#: What is learnt is drawn towards the start with the weight of so many papers.
_PRIOR_PAPERS = 5.0
#: Residuals beyond so many deviations count as so many (a slip of the pen must not carry everything away); deviations
#: below this one are no scale.
MOST_REMARKABLE, LEAST_DEVIATION = 6.0, 1e-9
_START = np.array([0.0, 0.0, 0.0, np.log(15.0)])


@dataclass(frozen=True, kw_only=True)
class Conditioned:
    """What ``n`` own rows change for ``m`` candidates, in units of the deviation of each: the ``shift`` (m,) of the
    middle, and the ``factor`` (m,) on the width of the interval.
    """

    shift: Array
    factor: Array


@dataclass(frozen=True, kw_only=True)
class WithinLab:
    """How the variance of residuals divides within a laboratory; the shares sum to one.

    Attributes:
        laboratory: Shared by all rows of a laboratory.
        material: Shared by near recipes, as exp(−distance / length).
        repeat: Of every row by itself.
        length: In typical distances between papers.
        freedom: Degrees of freedom of the scale of a laboratory.
        steepness: Factor on the score behind the chance that one of two recipes has more, learnt from pairs.
    """

    laboratory: float
    material: float
    repeat: float
    length: float
    freedom: float
    steepness: float = 1.0

    @classmethod
    def fit(cls, z: Array, distances: Array, paper: NDArray[np.int64]) -> WithinLab:
        """Learn the shares; a paper counts as the root of its rows, so that long series do not decide alone.

        Args:
            z: Out-of-fold residuals over their predicted deviation, (n,).
            distances: Between the rows, (n, n), in typical distances between papers.
            paper: Of each row, (n,).
        """
        from scipy.optimize import minimize

        groups = [np.flatnonzero(paper == code) for code in np.unique(paper)]
        parts = [(z[rows], distances[np.ix_(rows, rows)]) for rows in groups if len(rows) > 1]
        if not parts:
            return _unpack(_START)

        def loss(theta: Array) -> float:
            shares = _unpack(theta)
            spread = float(np.exp(theta[4]))
            total = sum(shares._surprise(residuals / spread, gap) / np.sqrt(len(residuals)) for residuals, gap in parts)
            total += sum(np.sqrt(len(own)) for own, _ in parts) * float(theta[4])
            return float(total + 0.5 * _PRIOR_PAPERS / 10.0 * ((theta[:4] - _START) ** 2).sum())

        start = np.append(_START, 0.5 * np.log(np.average([np.mean(r**2) for r, _ in parts])) - 0.2)
        best = minimize(loss, start, method="L-BFGS-B", options={"maxiter": 25, "ftol": 1e-6, "eps": 1e-4})
        return _unpack(best.x)

    def covariance(self, distances: Array) -> Array:
        """Latent covariance (a, b) of rows of one laboratory, in squares of the deviation, from their distances."""
        return np.asarray(self.laboratory + self.material * np.exp(-distances / self.length))

    def condition_on(self, z: Array, own: Array, cross: Array, extra: Array | None = None) -> Conditioned:
        """Condition on the residuals of own rows. Eq. 5 and 6.

        Args:
            z: Residuals of the own rows over their deviation, (n,).
            own: Distances between them, (n, n).
            cross: Distances of the candidates to them, (m, n).
            extra: Further variance of each own row, in squares of its deviation, (n,).
        """
        posterior, widening = self._condition(z, own, extra)
        covariance = self.covariance(cross)
        variance = posterior.variance(np.ones(len(cross)), covariance)
        return Conditioned(shift=posterior.mean(covariance), factor=np.sqrt(variance) * widening)

    def next_values(
        self,
        between: Array,
        z: Array | None = None,
        own: Array | None = None,
        cross: Array | None = None,
        extra: Array | None = None,
    ) -> Array:
        """Covariance (m, m) of the next values of candidates in one laboratory, in squares of the deviation. Eq. 6.

        Args:
            between: Distances of the candidates to each other, (m, m).
            z: Residuals of own rows over their deviation, (n,); without own rows, nothing is conditioned on.
            own: Distances between them, (n, n).
            cross: Distances of the candidates to them, (m, n).
            extra: Further variance of each own row, in squares of its deviation, (n,).
        """
        prior = self.covariance(between) + self.repeat * np.eye(len(between))
        if z is None or own is None or cross is None:
            return prior
        posterior, widening = self._condition(z, own, extra)
        shared = self.covariance(cross)
        return posterior.covariance(prior, shared, shared) * widening**2

    def _condition(self, z: Array, own: Array, extra: Array | None) -> tuple[ExactPosterior, float]:
        """The posterior of own rows as for :meth:`condition_on`, and the factor on deviations of the Student t."""
        from scipy.stats import t

        n = len(z)
        noise = self.repeat + (np.zeros(n) if extra is None else extra)
        posterior = condition(self.covariance(own) + np.diag(noise), z)
        scale = (self.freedom + float(z @ posterior.weights)) / (self.freedom + n)
        tail = float(t.ppf(0.95, self.freedom + n) / t.ppf(0.95, self.freedom))
        return posterior, float(np.sqrt(scale)) * tail

    def chances_of_more(self, mean: Array, std: Array, covariance: Array) -> Array:
        """The chance (m, m) that the next value of the candidate of a column lies above that of the one of a row.

        Args:
            mean: Of the candidates, on the scale, (m,).
            std: Deviation of their next values where nothing of the laboratory is known, (m,).
            covariance: Of the next values in squares of that deviation, (m, m), from :meth:`next_values`.
        """
        from scipy.special import ndtr

        shared = covariance * np.outer(std, std)
        variance = np.diag(shared)[:, None] + np.diag(shared)[None, :] - 2.0 * shared
        difference = mean[None, :] - mean[:, None]
        return np.asarray(ndtr(self.steepness * difference / np.sqrt(np.maximum(variance, 1e-18))))

    def score(self, difference: Array, std_a: Array, std_b: Array, distance: Array) -> Array:
        """The difference over its deviation within a laboratory, (n,): the scatter between laboratories cancels."""
        variance = std_a**2 + std_b**2 - 2.0 * std_a * std_b * self.covariance(distance)
        return np.asarray(difference / np.sqrt(np.maximum(variance, 1e-18)))

    def _surprise(self, z: Array, distances: Array) -> float:
        """−log of the Student t density of the residuals of one paper, without constants of n alone."""
        from scipy.special import gammaln

        n = len(z)
        posterior = condition(self.covariance(distances) + self.repeat * np.eye(n), z)
        v = self.freedom
        half = np.log(np.diag(posterior.cholesky)).sum()
        normal = gammaln(v / 2) - gammaln((v + n) / 2) + n / 2 * np.log(v)
        return float(normal + half + (v + n) / 2 * np.log1p(float(z @ posterior.weights) / v))


def learn_within_lab(residuals: Array, std: Array, y: Array, distances: Array, paper: NDArray[np.int64]) -> WithinLab:
    """Learn the shares, and how steep chances between two recipes of one paper are.

    Args:
        residuals: Out-of-fold, of the middles of the predictions, (n,).
        std: Their predicted deviations, (n,).
        y: The targets, (n,).
        distances: Between the rows, (n, n), in typical distances between papers.
        paper: Of each row, (n,).
    """
    std = np.maximum(std, LEAST_DEVIATION)
    shares = WithinLab.fit(np.clip(residuals / std, -MOST_REMARKABLE, MOST_REMARKABLE), distances, paper)
    a, b, weights = pairs_within(y, paper, 1e-9)
    middle = y - residuals
    score = shares.score(middle[b] - middle[a], std[a], std[b], distances[a, b])
    return replace(shares, steepness=_learn_steepness(score, y[b] > y[a], weights))


def _learn_steepness(score: Array, more: NDArray[np.bool_], weights: Array) -> float:
    """The factor on scores (n,) under which the outcomes of pairs are likeliest."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_ndtr

    if not len(score):
        return 1.0
    signed = np.where(more, score, -score)

    def loss(log_factor: float) -> float:
        return float(-(weights * log_ndtr(np.exp(log_factor) * signed)).sum() / weights.sum() + 0.01 * log_factor**2)

    return float(np.exp(minimize_scalar(loss, bounds=tuple(np.log(_STEEPNESS)), method="bounded").x))


def pairs_within(
    values: Array, paper: NDArray[np.int64], least: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Pairs of rows of one paper whose values (n,) differ by more than ``least``, and weights: papers count the same.

    Returns:
        The first and the second row of each pair, (p,) each, and its weight, (p,).
    """
    first, second, weights = [], [], []
    for code in np.unique(paper):
        rows = np.flatnonzero(paper == code)
        a, b = np.triu_indices(len(rows), 1)
        apart = np.abs(values[rows[a]] - values[rows[b]]) > least
        a, b = rows[a[apart]], rows[b[apart]]
        first.append(a)
        second.append(b)
        weights.append(np.full(len(a), 1.0 / max(len(a), 1)))
    return np.concatenate(first), np.concatenate(second), np.concatenate(weights)


def _unpack(theta: Array | Sequence[float]) -> WithinLab:
    """Free numbers → shares by softmax, a length and degrees of freedom within their bounds."""
    exponents = np.exp(np.array([theta[0], theta[1], 0.0]) - max(theta[0], theta[1], 0.0))
    shares = _LEAST_SHARE + (1.0 - 3 * _LEAST_SHARE) * exponents / exponents.sum()
    return WithinLab(
        laboratory=float(shares[0]),
        material=float(shares[1]),
        repeat=float(shares[2]),
        length=float(np.exp(np.clip(theta[2], *np.log(_LENGTHS)))),
        freedom=float(np.exp(np.clip(theta[3], *np.log(_FREEDOM)))),
    )
