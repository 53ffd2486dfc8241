"""What a campaign believes about one property: the best of several models, chosen by leave-one-out, honestly
calibrated.

Candidates for the choice are a Gaussian process, a forest, their mixture, the Gaussian process with priors as learned
linear terms ("residual to prior"), each prior itself with its own uncertainty, and all priors at all correlations
weighed by the evidence. A prior is the posterior of a model fitted elsewhere: the literature surrogate, a simulator.
The highest mean log score of leave-one-out predictions wins and is named in every answer; in doubt the weighed priors
speak, or the mixture where there is no prior. With nothing measured yet the first prior alone speaks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.design.priors import ANYWHERE, PriorProcess, weigh_priors
from surrogate.design.regression import (
    GaussianProcess,
    MixtureOfBoth,
    Points,
    Regressor,
    fit_forest,
    fit_gaussian_process,
    log_densities,
)
from surrogate.design.variables import Array
from surrogate.models.calibration import NORMAL_QUANTILE_95

#: Probability that an interval beside a suggestion holds the value.
LEVEL = 0.9
WEIGHED = "weighed priors"
#: Fewest rows from which each kind of model is tried, without and with a prior: a few rows of one first batch lie too
#: close together to judge a prior by them.
LEAST_ROWS: Mapping[str, int] = {"gaussian process": 3, "residual to prior": 5, "forest": 6, "mixture": 6}
LEAST_ROWS_BESIDE_PRIOR: Mapping[str, int] = {
    WEIGHED: 1,
    "gaussian process": 8,
    "residual to prior": 5,
    "forest": 10,
    "mixture": 10,
}
#: Fewest rows from which another model may speak instead of the weighed priors: from fewer, leave-one-out scores of
#: what an optimistic search has picked say little of the rest (regret grows by half when 8 are enough; decision 0010).
_LEAST_TO_OVERRULE = 20
_CLEARLY = 2.0  # standard errors by which a model must beat the one that speaks in doubt
_FOLDS = 5
_LAST = 8


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How honest the intervals were, and what was done about it.

    ``cross_validated`` and ``last`` are the shares of measured values inside their ``level`` intervals: predicted
    without their fold, and the last ``n_last`` from those before them (``None``: too few rows). ``widened`` multiplies
    the standard deviations; it is the conformal quantile of the cross-validated errors over the normal one, never below
    1.
    """

    level: float
    n: int
    cross_validated: float | None
    last: float | None
    n_last: int
    widened: float


@dataclass(frozen=True, kw_only=True)
class Belief:
    """The chosen regressor of one property with its leave-one-out scores and calibration."""

    regressor: Regressor
    scores: Mapping[str, float]
    calibration: Calibration
    n: int

    def mean(self, points: Points) -> Array:
        """Latent mean on the scale, (n,)."""
        return self.regressor.mean(points)

    def std_model(self, points: Points) -> Array:
        """Latent standard deviation, (n,): what more measurements would remove."""
        return np.sqrt(self.regressor.variance(points))

    def std(self, points: Points) -> Array:
        """Calibrated standard deviation of one more measurement, (n,)."""
        variance = self.regressor.variance(points) + self.regressor.noise
        return np.asarray(np.sqrt(variance) * self.calibration.widened)


def fit_regressor(
    name: str, points: Points, y: Array, *, between: float, seed: int, like: Regressor | None = None
) -> Regressor:
    """The regressor of this name on ``n`` rows; ``prior N`` is the N-th prior, ``ignorance`` knows nothing.

    ``like`` is one of the same name on nearly the same rows, from which a search for parameters may start.
    """
    if name in ("gaussian process", "residual to prior"):
        use_prior = name == "residual to prior"
        start = like if isinstance(like, GaussianProcess) else None
        return fit_gaussian_process(points, y, name=name, use_prior=use_prior, like=start)
    if name == WEIGHED:
        return weigh_priors(name, points, y, between=between)
    if name == "forest":
        return fit_forest(points, y, seed=seed)
    if name == "mixture":
        half = like.first if isinstance(like, MixtureOfBoth) else None
        first = fit_regressor("gaussian process", points, y, between=between, seed=seed, like=half)
        return MixtureOfBoth(name=name, first=first, second=fit_forest(points, y, seed=seed))
    if name == "ignorance":  # an offset that may lie anywhere, as soon as there is something to set it
        anywhere = ANYWHERE * bool(len(y))
        return PriorProcess(
            name=name, points=points, y=y, column=-1, between=between, correlation=0.0, offset_share=anywhere
        )
    column = int(name.removeprefix("prior ")) - 1
    return PriorProcess(name=name, points=points, y=y, column=column, between=between)


def learn(
    points: Points,
    y: Array,
    *,
    between: float,
    seed: int = 0,
    calibrate: bool = True,
    kinds: tuple[str, ...] | None = None,
) -> Belief:
    """The belief after ``n`` measurements of one property (n may be 0).

    ``between`` is the spread between laboratories on the scale (:attr:`Property.between_papers`); ``kinds`` limits the
    choice by name.
    """
    n, priors = len(y), points.prior.shape[1]
    names = [f"prior {j + 1}" for j in range(priors)]
    least_rows = LEAST_ROWS_BESIDE_PRIOR if priors else LEAST_ROWS
    names += [k for k, least in least_rows.items() if n >= least and (k != "residual to prior" or priors)]
    names = [name for name in names if kinds is None or name in kinds] or ["ignorance"]
    fitted: dict[str, Regressor] = {}
    for name in names:
        if name == "mixture" and {"gaussian process", "forest"} <= set(fitted):
            fitted[name] = MixtureOfBoth(name=name, first=fitted["gaussian process"], second=fitted["forest"])
        else:
            fitted[name] = fit_regressor(name, points, y, between=between, seed=seed)
    densities = {name: log_densities(y, *model.leave_one_out()) for name, model in fitted.items()} if n else {}
    best = _winner(densities) if n else names[0]
    scores = {name: float(values.mean()) for name, values in densities.items()}
    calibration = (
        calibrated(fitted[best], points, y, between=between, seed=seed) if calibrate else Calibration(
            level=LEVEL, n=n, cross_validated=None, last=None, n_last=0, widened=1.0)
    )  # fmt: skip
    return Belief(regressor=fitted[best], scores=scores, calibration=calibration, n=n)


def _winner(densities: Mapping[str, Array]) -> str:
    """The highest mean leave-one-out log density; the weighed priors (the mixture, where there is no prior) when no
    other beats them by two standard errors.

    Few rows cannot tell models apart, and of those that cannot be told apart these two are never far off.
    """
    best = max(densities, key=lambda name: float(densities[name].mean()))
    doubt = WEIGHED if WEIGHED in densities else "mixture"
    if doubt not in densities or best == doubt:
        return best
    gap = densities[best] - densities[doubt]
    if doubt == WEIGHED and len(gap) < _LEAST_TO_OVERRULE:
        return doubt
    return best if float(gap.mean()) > _CLEARLY * float(gap.std(ddof=1)) / math.sqrt(len(gap)) else doubt


def calibrated(whole: Regressor, points: Points, y: Array, *, between: float, seed: int) -> Calibration:
    """Coverage of the 90 % intervals of a model of all rows, refitted without each fold and before the last rows."""
    n = len(y)
    if n < 4:
        return Calibration(level=LEVEL, n=n, cross_validated=None, last=None, n_last=0, widened=_student(n))
    ratios = np.empty(n)
    order = np.random.default_rng(seed).permutation(n)
    for fold in range(min(_FOLDS, n)):
        held = np.sort(order[fold :: min(_FOLDS, n)])
        ratios[held] = _ratios(whole, points, y, np.setdiff1d(np.arange(n), held), held, between=between, seed=seed)
    k = min(_LAST, n // 3)
    late = (
        _ratios(whole, points, y, np.arange(n - k), np.arange(n - k, n), between=between, seed=seed)
        if k
        else np.zeros(0)
    )
    # Conformal: the ⌈(n+1)·level⌉-th smallest error holds a new one with at least the level (Vovk et al. 2005).
    rank = math.ceil((n + 1) * LEVEL)
    quantile = (
        float(np.sort(ratios)[rank - 1]) if rank <= n else max(float(ratios.max()), NORMAL_QUANTILE_95 * _student(n))
    )
    return Calibration(
        level=LEVEL,
        n=n,
        cross_validated=float(np.mean(ratios <= NORMAL_QUANTILE_95)),
        last=float(np.mean(late <= NORMAL_QUANTILE_95)) if k else None,
        n_last=k,
        widened=max(1.0, quantile / NORMAL_QUANTILE_95),
    )


def _student(n: int) -> float:
    """How much wider a 90 % interval is when the spread is known from ``n`` + 2 values only."""
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2.0, n + 2) / NORMAL_QUANTILE_95)


def _ratios(whole: Regressor, points: Points, y: Array, known: Any, held: Any, *, between: float, seed: int) -> Array:
    """|error| over predictive standard deviation of the held rows, from a model of the known ones."""
    name = _possible(whole.name, len(known))
    model = fit_regressor(name, points.take(known), y[known], between=between, seed=seed, like=whole)
    rows = points.take(held)
    return np.asarray(np.abs(y[held] - model.mean(rows)) / np.sqrt(model.variance(rows) + model.noise))


def _possible(name: str, n: int) -> str:
    return name if n >= LEAST_ROWS.get(name, 0) else "ignorance"


def renamed(belief: Belief, names: Mapping[str, str]) -> Belief:
    """The same belief with ``prior N`` called by what the prior is ("literature surrogate", "simulator")."""
    scores = {names.get(name, name): score for name, score in belief.scores.items()}
    if belief.regressor.name not in names:
        return replace(belief, scores=scores)
    regressor = replace(belief.regressor, name=names[belief.regressor.name])  # type: ignore[type-var]
    return replace(belief, scores=scores, regressor=regressor)
