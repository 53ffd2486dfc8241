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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from surrogate.beliefs.base import Array, Points, Regressor, log_densities
from surrogate.beliefs.forest import fit_forest
from surrogate.beliefs.gaussian_process import RbfProcess, fit_rbf_process
from surrogate.beliefs.mixture import Mixture
from surrogate.beliefs.priors import ANYWHERE, PriorProcess, weigh_priors
from surrogate.models.calibration import NORMAL_QUANTILE_95

#: Probability that an interval beside a suggestion holds the value.
LEVEL = 0.9
WEIGHED = "weighed priors"
#: Fewest rows from which another model may speak instead of the weighed priors: from fewer, leave-one-out scores of
#: what an optimistic search has picked say little of the rest (regret grows by half when 8 are enough; decision 0010).
_LEAST_TO_OVERRULE = 20
_CLEARLY = 2.0  # standard errors by which a model must beat the one that speaks in doubt
_FOLDS = 5
_LAST = 8


@dataclass(frozen=True, kw_only=True)
class Coverage:
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
class PropertyPosterior:
    """The chosen regressor of one property with its leave-one-out scores and calibration."""

    regressor: Regressor
    scores: Mapping[str, float]
    calibration: Coverage
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


@dataclass(frozen=True, kw_only=True)
class RegressorKind:
    """One kind of regressor: how it is fitted, and from how many rows it is tried.

    ``least_rows`` holds without a prior, ``least_beside_prior`` with one: a few rows of one first batch lie too close
    together to judge a prior by them. ``needs_prior`` and ``needs_options`` are what it takes without a prior: lengths
    learnt from a few rows forget the options that none of them has, and a grid of all lengths does not. ``fit`` gets
    points, values, the spread between laboratories, a seed, and a regressor of the same kind on nearly the same rows,
    from which a search for parameters may start.
    """

    fit: Callable[[Points, Array, float, int, Regressor | None], Regressor]
    least_rows: int
    least_beside_prior: int
    needs_prior: bool = False
    needs_options: bool = False


def _fit_process(name: str, use_prior: bool) -> Callable[..., Regressor]:
    def fit(points: Points, y: Array, between: float, seed: int, like: Regressor | None) -> Regressor:
        start = like if isinstance(like, RbfProcess) else None
        return fit_rbf_process(points, y, name=name, use_prior=use_prior, like=start)

    return fit


def _fit_mixture(points: Points, y: Array, between: float, seed: int, like: Regressor | None) -> Regressor:
    half = like.first if isinstance(like, Mixture) else None
    smooth = REGRESSORS["gaussian process"].fit(points, y, between, seed, half)
    return Mixture(name="mixture", first=smooth, second=fit_forest(points, y, seed=seed))


#: What is tried, in this order, beside each prior as it stands ("prior 1", "prior 2", …).
REGRESSORS: Mapping[str, RegressorKind] = MappingProxyType(
    {
        WEIGHED: RegressorKind(
            fit=lambda points, y, between, seed, like: weigh_priors(WEIGHED, points, y, between=between),
            least_rows=1,
            least_beside_prior=1,
            needs_options=True,
        ),
        "gaussian process": RegressorKind(
            fit=_fit_process("gaussian process", False), least_rows=3, least_beside_prior=8
        ),
        "residual to prior": RegressorKind(
            fit=_fit_process("residual to prior", True), least_rows=5, least_beside_prior=5, needs_prior=True
        ),
        "forest": RegressorKind(
            fit=lambda points, y, between, seed, like: fit_forest(points, y, seed=seed),
            least_rows=6,
            least_beside_prior=10,
        ),
        "mixture": RegressorKind(fit=_fit_mixture, least_rows=6, least_beside_prior=10),
    }
)
IGNORANCE = "ignorance"


def fit_regressor(
    name: str, points: Points, y: Array, *, between: float, seed: int, like: Regressor | None = None
) -> Regressor:
    """Fit the regressor called ``name`` to ``n`` rows.

    Args:
        name: one of :data:`REGRESSORS`, ``prior N`` for the N-th prior as it stands, or ``ignorance`` for a constant.
        points: the rows, (n, d) and (n, k).
        y: their values on the scale, (n,).
        between: spread between laboratories, on the scale.
        seed: of what is drawn.
        like: a regressor of this name on nearly the same rows.
    """
    if name in REGRESSORS:
        return REGRESSORS[name].fit(points, y, between, seed, like)
    if name == IGNORANCE:  # an offset that may lie anywhere, as soon as there is something to set it
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
) -> PropertyPosterior:
    """The posterior after ``n`` measurements of one property (n may be 0).

    ``between`` is the spread between laboratories on the scale (:attr:`Property.between_papers`); ``kinds`` limits the
    choice by name.
    """
    n, priors = len(y), points.prior.shape[1]
    names = [f"prior {j + 1}" for j in range(priors)]
    names += [name for name, kind in REGRESSORS.items() if _is_tried(kind, n, priors, points.options is not None)]
    names = [name for name in names if kinds is None or name in kinds] or [IGNORANCE]
    fitted: dict[str, Regressor] = {}
    for name in names:
        if name == "mixture" and {"gaussian process", "forest"} <= set(fitted):
            fitted[name] = Mixture(name=name, first=fitted["gaussian process"], second=fitted["forest"])
        else:
            fitted[name] = fit_regressor(name, points, y, between=between, seed=seed)
    densities = {name: log_densities(y, *model.leave_one_out()) for name, model in fitted.items()} if n else {}
    best = _winner(densities) if n else names[0]
    scores = {name: float(values.mean()) for name, values in densities.items()}
    calibration = (
        calibrate_intervals(fitted[best], points, y, between=between, seed=seed) if calibrate else Coverage(
            level=LEVEL, n=n, cross_validated=None, last=None, n_last=0, widened=1.0)
    )  # fmt: skip
    return PropertyPosterior(regressor=fitted[best], scores=scores, calibration=calibration, n=n)


def _is_tried(kind: RegressorKind, n: int, priors: int, options: bool) -> bool:
    if priors:
        return n >= kind.least_beside_prior
    return n >= kind.least_rows and not kind.needs_prior and (options or not kind.needs_options)


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


def calibrate_intervals(whole: Regressor, points: Points, y: Array, *, between: float, seed: int) -> Coverage:
    """Coverage of the 90 % intervals of a model of all rows, refitted without each fold and before the last rows."""
    n = len(y)
    if n < 4:
        return Coverage(level=LEVEL, n=n, cross_validated=None, last=None, n_last=0, widened=_student(n))
    ratios = np.empty(n)
    order = np.random.default_rng(seed).permutation(n)
    for fold in range(min(_FOLDS, n)):
        held = np.sort(order[fold :: min(_FOLDS, n)])
        ratios[held] = _error_ratios(
            whole, points, y, np.setdiff1d(np.arange(n), held), held, between=between, seed=seed
        )
    k = min(_LAST, n // 3)
    late = (
        _error_ratios(whole, points, y, np.arange(n - k), np.arange(n - k, n), between=between, seed=seed)
        if k
        else np.zeros(0)
    )
    # Conformal: the ⌈(n+1)·level⌉-th smallest error holds a new one with at least the level (Vovk et al. 2005).
    rank = math.ceil((n + 1) * LEVEL)
    quantile = (
        float(np.sort(ratios)[rank - 1]) if rank <= n else max(float(ratios.max()), NORMAL_QUANTILE_95 * _student(n))
    )
    return Coverage(
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


def _error_ratios(
    whole: Regressor, points: Points, y: Array, kept: Any, held: Any, *, between: float, seed: int
) -> Array:
    """|error| over predictive standard deviation of the held rows, from a model of the kept ones."""
    kind = REGRESSORS.get(whole.name)
    name = whole.name if kind is None or len(kept) >= kind.least_rows else IGNORANCE
    model = fit_regressor(name, points.take(kept), y[kept], between=between, seed=seed, like=whole)
    rows = points.take(held)
    return np.asarray(np.abs(y[held] - model.mean(rows)) / np.sqrt(model.variance(rows) + model.noise))


def rename_priors(posterior: PropertyPosterior, names: Mapping[str, str]) -> PropertyPosterior:
    """The same posterior with ``prior N`` called by what the prior is ("literature surrogate", "simulator")."""
    scores = {names.get(name, name): score for name, score in posterior.scores.items()}
    if posterior.regressor.name not in names:
        return replace(posterior, scores=scores)
    regressor = replace(posterior.regressor, name=names[posterior.regressor.name])  # type: ignore[type-var]
    return replace(posterior, scores=scores, regressor=regressor)
