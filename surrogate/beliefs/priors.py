"""Beliefs that start from models fitted elsewhere: one prior as it stands, and all of them weighed by the evidence.

A campaign's values and a prior are taken as two correlated tasks (intrinsic coregionalisation; Bonilla, Chai, Williams,
NeurIPS 2007), with the other task summarised by the prior's mean m(x) and standard deviation s(x). Their correlation,
the length and size of the errors and the noise are not fitted, since a few rows cannot tell them: all values of a grid
speak, each with the weight that the measured rows give it (:func:`weigh_priors`). Correlation zero is on the grid, so
a prior that the rows contradict loses its say.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from surrogate.beliefs.base import (
    Array,
    ExactProcess,
    Points,
    count_main_effects,
    main_effects,
    spread_rows,
    squared_distance,
)

#: Length of the errors of a prior, in encoded units per √d: recipes half a space apart err hardly alike.
PRIOR_LENGTH = 0.3
#: Share of the variance between papers that a single laboratory shows between repeats (0.17 of 0.55 decades, squared).
WITHIN_LAB = 0.1
# The grid, chosen on campaigns that no benchmark reports (decision 0010): correlations of prior and truth, factors on
# the standard deviation of the errors (a prior may err more than it states, never less), their lengths per √d, and the
# noise as a share of the variance between papers.
_CORRELATIONS = (0.5, 0.8, 0.95, 1.0)
_SCALES = (1.0, 2.0)
_LENGTHS = (0.15, PRIOR_LENGTH)
_NOISES = (0.01, 0.03, WITHIN_LAB)
#: Variance of an offset that nothing foretells, over that between papers: flat for all that is plausible.
ANYWHERE = 25.0
#: Variance of what each option, and slope and curvature of each number, does by itself where there is no prior, over
#: that between papers (decision 35).
_EFFECTS = 0.15
#: Most members times rows squared, which is what predictions cost: all members for ten rows, two for a hundred, when
#: the evidence is decided.
_MOST_WORK = 24_000
_LEAST_WEIGHT = 0.01  # of the heaviest


@dataclass(frozen=True, kw_only=True)
class PriorProcess(ExactProcess):
    """A prior, moved by a constant offset of the laboratory and by what was measured nearby.

    y = c + ρ·(m(x) − c) + offset + κ·e(x) + noise. The errors e have the covariance (ρ²·s(x)·s(x') + (1 − ρ²)·between²)
    times a squared exponential; the offset is as wide as papers differ. By default ρ and κ are one: the prior as it
    stands. Nothing is fitted, so it works from no row on. ``column`` is the prior used; −1 stands for none and comes
    with a correlation of 0. ``noise_share``, ``offset_share`` and ``effect_share`` are variances over ``between``²; the
    last is what each option, and slope and curvature of each number, add to the errors by themselves.
    """

    name: str
    points: Points
    y: Array
    column: int
    between: float
    correlation: float = 1.0
    scale: float = 1.0
    length: float = PRIOR_LENGTH
    noise_share: float = WITHIN_LAB
    offset_share: float = 1.0 - WITHIN_LAB
    effect_share: float = 0.0
    centre: float = 0.0

    @property
    def noise_in_units(self) -> float:
        """Variance of one more measurement in the same laboratory, on the scale itself."""
        return self.noise_share * self.between**2

    def prior_mean(self, points: Points) -> Array:
        """c + ρ·(m(x) − c), (n,)."""
        if self.column < 0:
            return np.full(len(points), self.centre)
        return np.asarray((1.0 - self.correlation) * self.centre + self.correlation * points.prior[:, self.column])

    def prior_covariance(self, a: Points, b: Points) -> Array:
        """Errors that near recipes share, and the offset of the laboratory, (a, b)."""
        near = np.exp(squared_distance(a.x, b.x) * (-0.5 / (self.length**2 * a.x.shape[1])))
        errors = self._stated_errors(a)[:, None] * self._stated_errors(b)[None, :] + self._unexplained
        errors = errors * near
        if self.effect_share:
            errors = errors + self.effect_share * self.between**2 * main_effects(a, b)
        return np.asarray(self.scale**2 * errors + self.offset_share * self.between**2)

    def prior_variance(self, points: Points) -> Array:
        """Diagonal of :meth:`prior_covariance`, (n,)."""
        errors = self._stated_errors(points) ** 2 + self._unexplained
        if self.effect_share:
            errors = errors + self.effect_share * self.between**2 * count_main_effects(points)
        return np.asarray(self.scale**2 * errors + self.offset_share * self.between**2)

    def _stated_errors(self, points: Points) -> Array:
        """ρ·s(x): the standard deviation of the errors that the prior itself states, (n,)."""
        return self.correlation * points.prior_std[:, self.column] if self.column >= 0 else np.zeros(len(points))

    @property
    def _unexplained(self) -> float:
        """Variance of the truth that the prior does not explain."""
        return (1.0 - self.correlation**2) * self.between**2


@dataclass(frozen=True, kw_only=True)
class WeighedPriors:
    """Priors at several correlations, lengths and noises, mixed by their ``weights`` (k,), which add up to one; make
    one with :func:`weigh_priors`.
    """

    name: str
    members: tuple[PriorProcess, ...]
    weights: Array

    @property
    def noise(self) -> float:
        """Mean of the noises."""
        return float(sum(w * member.noise for w, member in zip(self.weights, self.members, strict=True)))

    @property
    def correlation(self) -> float:
        """Mean correlation of the truth with the priors that speak."""
        return float(sum(w * member.correlation for w, member in zip(self.weights, self.members, strict=True)))

    def mean(self, points: Points) -> Array:
        """Mean of the means."""
        return np.asarray(self.weights @ self._means(points))

    def variance(self, points: Points) -> Array:
        """Mean of the variances and the variance of the means."""
        variances = np.stack([member.variance(points) for member in self.members])
        return np.asarray(self.weights @ (variances + self._gaps(points) ** 2))

    def covariance(self, a: Points, b: Points) -> Array:
        """As the variance: which member is right is one draw for all rows."""
        left = self._gaps(a)
        right = left if a is b else self._gaps(b)
        covariance = (left * self.weights[:, None]).T @ right
        for weight, member in zip(self.weights, self.members, strict=True):
            covariance += weight * member.covariance(a, b)
        return np.asarray(covariance)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Moments of the mixture of the members, with the weights that all rows gave."""
        parts = [member.leave_one_out() for member in self.members]
        means, stds = np.stack([mean for mean, _ in parts]), np.stack([std for _, std in parts])
        mean = self.weights @ means
        return np.asarray(mean), np.sqrt(self.weights @ (stds**2 + (means - mean) ** 2))

    def _means(self, points: Points) -> Array:
        return np.stack([member.mean(points) for member in self.members])

    def _gaps(self, points: Points) -> Array:
        means = self._means(points)
        return np.asarray(means - self.weights @ means)


def weigh_priors(
    name: str, points: Points, y: Array, *, between: float, correlations: tuple[float, ...] = _CORRELATIONS
) -> WeighedPriors:
    """All priors of ``points`` at all ``correlations``, and none of them, each weighed by the evidence of ``n`` ≥ 1
    rows. Before the rows spoke some prior and none weigh the same, and both know the offset of the laboratory as well.
    """
    columns = [(column, rho) for column in range(points.prior.shape[1]) for rho in correlations if rho > 0.0]
    members, log_before = [], []
    for (column, rho), scale, length, noise in itertools.product([(-1, 0.0), *columns], _SCALES, _LENGTHS, _NOISES):
        centre = float((y if column < 0 else points.prior[:, column]).mean())
        members.append(
            PriorProcess(
                name=name, points=points, y=y, column=column, between=between, correlation=rho, scale=scale,
                length=length, noise_share=noise, effect_share=_EFFECTS if column < 0 else 0.0,
                centre=centre,
            )
        )  # fmt: skip
        log_before.append(0.0 if column < 0 else -np.log(len(columns)))
    rows = spread_rows(len(y))
    judged = members if len(rows) == len(y) else [replace(m, points=points.take(rows), y=y[rows]) for m in members]
    evidence = np.array([member.log_evidence for member in judged]) + np.array(log_before)
    weights = np.exp(evidence - evidence.max())
    most = max(1, _MOST_WORK // len(y) ** 2)
    kept = np.sort(np.argsort(-weights, kind="stable")[:most])
    kept = kept[weights[kept] >= _LEAST_WEIGHT]
    return WeighedPriors(
        name=name, members=tuple(members[i] for i in kept), weights=weights[kept] / weights[kept].sum()
    )
