"""What failures teach: the chance that a recipe can be made, averaged over what may decide it.

One setting may decide, two together, or likeness in everything; a few outcomes cannot tell which. Each such pattern is
a Gaussian process on a latent f with the likelihood Φ(±f), by Laplace's approximation, and speaks with the weight that
the outcomes give it. So a recipe that differs from all that failed in a setting which may decide is open still, where
one pattern alone would have given it up. Far from everything tried the chance is the base rate of the campaign, not
certainty. Equation numbers are those of Rasmussen and Williams, *Gaussian Processes for Machine Learning* (MIT Press,
2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surrogate.beliefs.base import Array, squared_distance
from surrogate.beliefs.limits import Limit
from surrogate.models.exact_gp import ExactPosterior, condition

#: Standard deviations of f that are tried: outcomes that depend on luck too, and a cliff.
_AMPLITUDES = (1.5, 4.0)
#: Lengths per √d of the pattern in which everything counts alike.
_ALIKE = (0.15, 0.3, 0.6)
#: Length of a setting that decides, and length per √d of one that does not.
_DECIDES, _IDLE = 0.35, 4.0
_LEAST_CURVATURE = 1e-6
#: Most outcomes that the patterns are weighed by; all outcomes teach.
_MOST_JUDGED = 100
#: Most patterns times outcomes squared that speak, which is what a prediction costs; at least one does.
_MOST_WORK = 100_000
#: Most patterns that say which recipes go together.
_MOST_JOINT = 12
_LEAST_WEIGHT = 0.01  # of the heaviest
#: Standard deviations of what the patterns disagree about by which hope is above the chance (decision 34).
_HOPE = 0.5


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One pattern of what decides, with what the outcomes of ``x`` (n, d) say by it.

    ``lengths`` (d,) and ``amplitude`` are its assumptions, ``offset`` the latent mean that gives the base rate where
    nothing is near, ``log_evidence`` the log of the probability of the outcomes.
    """

    x: Array
    lengths: Array
    amplitude: float
    offset: float
    log_evidence: float
    posterior: ExactPosterior

    @classmethod
    def of(cls, x: Array, outcome: Array, lengths: Array, amplitude: float, base: float) -> Pattern:
        """The pattern after outcomes (n,), +1 made and −1 not, in a campaign of this base rate. Eq. 3.32."""
        from scipy.special import log_ndtr, ndtri

        offset = float(ndtri(base)) * math.hypot(1.0, amplitude)
        covariance = _covariance(x, x, lengths, amplitude)
        f, slope, curvature = _mode(covariance, outcome, offset)
        root = np.sqrt(curvature)
        factor = np.linalg.cholesky(np.eye(len(f)) + root[:, None] * covariance * root)
        evidence = float(log_ndtr(outcome * f).sum() - 0.5 * slope @ (f - offset) - np.log(np.diag(factor)).sum())
        posterior = condition(covariance + np.diag(1.0 / curvature), f - offset + slope / curvature)
        return cls(
            x=x, lengths=lengths, amplitude=amplitude, offset=offset, log_evidence=evidence, posterior=posterior
        )  # fmt: skip

    def learnt_from(self, x: Array, outcome: Array, base: float) -> Pattern:
        """The same assumptions after other outcomes."""
        return Pattern.of(x, outcome, self.lengths, self.amplitude, base)

    def chance(self, x: Array) -> Array:
        """Chance that each recipe (·, d) can be made, (·,). Eq. 3.82."""
        from scipy.special import ndtr

        cross = _covariance(x, self.x, self.lengths, self.amplitude)
        variance = np.maximum(self.posterior.variance(np.full(len(x), self.amplitude**2), cross), 0.0)
        return np.asarray(ndtr((self.offset + self.posterior.mean(cross)) / np.sqrt(1.0 + variance)))

    def chance_of_both(self, a: Array, b: Array) -> Array:
        """Chance that a recipe of ``a`` and one of ``b`` can both be made, (a, b): once the first is known to be, the
        other latent value has the mean and the variance of a truncated normal (Mendell, Elston, Biometrics 30, 41
        (1974)).
        """
        from scipy.special import log_ndtr, ndtr

        left, right = (_covariance(x, self.x, self.lengths, self.amplitude) for x in (a, b))
        shared = self.posterior.covariance(_covariance(a, b, self.lengths, self.amplitude), left, right)
        scales, z = [], []
        for cross in (left, right):
            variance = self.posterior.variance(np.full(len(cross), self.amplitude**2), cross)
            scales.append(np.sqrt(1.0 + np.maximum(variance, 0.0)))
            z.append((self.offset + self.posterior.mean(cross)) / scales[-1])
        correlation = np.clip(shared / scales[0][:, None] / scales[1], -0.999, 0.999)
        log = log_ndtr(z[0])
        mills = np.exp(-0.5 * z[0] ** 2 - 0.5 * math.log(2.0 * math.pi) - log)
        less = correlation**2 * (mills * (mills + z[0]))[:, None]
        after = (z[1] + correlation * mills[:, None]) / np.sqrt(np.maximum(1.0 - less, 1e-6))
        return np.asarray(np.minimum(np.exp(log)[:, None] * ndtr(after), ndtr(z[1])))


@dataclass(frozen=True, kw_only=True)
class Feasibility:
    """The chance of success by several ``patterns``, mixed by their ``weights`` (k,), which add up to one; make one
    with :func:`learn_feasibility`.
    """

    patterns: tuple[Pattern | Limit, ...]
    weights: Array

    def chance(self, x: Array) -> Array:
        """Chance that each recipe (·, d) can be made, (·,)."""
        return self.chance_and_hope(x)[0]

    def chance_and_hope(self, x: Array) -> tuple[Array, Array]:
        """The chance of each recipe (·, d), and the hope for it, (·,) each: the chance and a share of what the patterns
        disagree about.
        """
        chances = np.stack([pattern.chance(x) for pattern in self.patterns])
        chance = np.asarray(self.weights @ chances)
        doubt = np.sqrt(self.weights @ (chances - chance) ** 2)
        return chance, np.minimum(chance + _HOPE * doubt, 1.0)

    @cached_property
    def heaviest(self) -> Feasibility:
        """The heaviest patterns alone: which recipes go together takes the product of two sets."""
        kept = np.argsort(-self.weights, kind="stable")[:_MOST_JOINT]
        weights = self.weights[kept] / self.weights[kept].sum()
        return Feasibility(patterns=tuple(self.patterns[i] for i in kept), weights=weights)

    def chance_of_both(self, a: Array, b: Array) -> Array:
        """Chance that a recipe of ``a`` (·, d) and one of ``b`` (·, d) can both be made, (a, b)."""
        parts = zip(self.weights, self.patterns, strict=True)
        return np.asarray(np.sum([weight * pattern.chance_of_both(a, b) for weight, pattern in parts], axis=0))


def learn_feasibility(
    succeeded: Array,
    failed: Array,
    settings: Sequence[Sequence[int]] | None = None,
    limits: Mapping[int, Sequence[Sequence[int]]] | None = None,
) -> Feasibility | None:
    """What recipes (·, d) that could and could not be made teach; ``None`` while nothing has failed.

    ``settings`` are the columns of everything that may decide by itself, every column by default. A setting that only
    some recipes have comes with the columns that say which: it compares these alone, so that the heat of a furnace says
    nothing of what never was in one. ``limits`` are the columns of numbers that may have a limit, every column by
    default, each with what :class:`Limit` calls the options under which recipes have it.
    """
    if not len(failed):
        return None
    x = np.vstack([succeeded, failed])
    outcome = np.repeat([1.0, -1.0], [len(succeeded), len(failed)])
    base = (len(succeeded) + 1.0) / (len(x) + 2.0)
    judged = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_JUDGED)).astype(np.int64))
    every = range(x.shape[1])
    patterns, shares = _weigh_patterns(
        x[judged], outcome[judged], base,
        [[column] for column in every] if settings is None else settings,
        dict.fromkeys(every, ()) if limits is None else limits,
    )  # fmt: skip
    most = max(1, _MOST_WORK // len(x) ** 2)
    kept = np.argsort(-shares, kind="stable")[:most]
    kept = np.sort(kept[shares[kept] >= _LEAST_WEIGHT * shares.max()])
    if len(judged) < len(x):
        patterns = [p.learnt_from(x, outcome, base) for p in (patterns[i] for i in kept)]
    else:
        patterns = [patterns[i] for i in kept]
    return Feasibility(patterns=tuple(patterns), weights=shares[kept] / shares[kept].sum())


def _weigh_patterns(
    x: Array,
    outcome: Array,
    base: float,
    settings: Sequence[Sequence[int]],
    limits: Mapping[int, Sequence[Sequence[int]]],
) -> tuple[list[Pattern | Limit], Array]:
    """All patterns, and the weight of each. That everything counts alike, that one setting decides, that two do, and
    that a number has a limit weigh the same before the outcomes spoke; of two one is the likeliest to decide alone.
    """
    d = x.shape[1]

    def fitted(lengths: Array) -> list[Pattern]:
        return [Pattern.of(x, outcome, lengths, amplitude, base) for amplitude in _AMPLITUDES]

    def deciding(columns: Sequence[int]) -> Array:
        lengths = np.full(d, _IDLE * math.sqrt(d))
        lengths[list(columns)] = _DECIDES
        return lengths

    alike = [p for length in _ALIKE for p in fitted(np.full(d, length * math.sqrt(d)))]
    by_setting = [fitted(deciding(columns)) for columns in settings]
    first = int(np.argmax([max(p.log_evidence for p in patterns) for patterns in by_setting]))
    others = [columns for place, columns in enumerate(settings) if place != first]
    pairs = [p for columns in others for p in fitted(deciding([*settings[first], *columns]))]
    limited = [Limit.of(x, outcome, column, options) for column, options in limits.items()]
    alone = [p for patterns in by_setting for p in patterns]
    groups: list[Sequence[Pattern | Limit]] = [group for group in (alike, alone, pairs, limited) if group]
    logs = np.concatenate([
        np.array([p.log_evidence for p in group]) - math.log(len(group)) for group in groups
    ])  # fmt: skip
    return [p for group in groups for p in group], np.exp(logs - logs.max())


def _covariance(a: Array, b: Array, lengths: Array, amplitude: float) -> Array:
    return np.asarray(amplitude**2 * np.exp(-0.5 * squared_distance(a / lengths, b / lengths)))


def _mode(covariance: Array, outcome: Array, offset: float) -> tuple[Array, Array, Array]:
    """The most likely latent values, and slope and negative curvature of log Φ(outcome·f) there, (n,) each.
    Algorithm 3.1, eq. 3.16.
    """
    from scipy.special import log_ndtr

    f = np.full(len(outcome), offset)
    for _ in range(50):
        slope, curvature = _slopes(f, outcome, log_ndtr(outcome * f))
        posterior = condition(covariance + np.diag(1.0 / curvature), f - offset + slope / curvature)
        moved = offset + covariance @ posterior.weights
        done = float(np.abs(moved - f).max()) < 1e-6
        f = moved
        if done:
            break
    return f, *_slopes(f, outcome, log_ndtr(outcome * f))


def _slopes(f: Array, outcome: Array, log_likelihood: Array) -> tuple[Array, Array]:
    ratio = outcome * np.exp(-0.5 * f**2 - 0.5 * math.log(2.0 * math.pi) - log_likelihood)
    return ratio, np.maximum(ratio * (ratio + f), _LEAST_CURVATURE)
