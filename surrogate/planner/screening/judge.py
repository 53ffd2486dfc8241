"""One chunk of a screening: drawn, predicted, judged and cut to its shortlist, block by block in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.models.applicability import STATUSES
from surrogate.models.surrogate import PredictedArrays
from surrogate.planner.acquisition import utility_moments
from surrogate.planner.chances import log_all_met, log_met
from surrogate.planner.objective import Target
from surrogate.planner.observations import derived_quantities, goals_of
from surrogate.planner.predictive import Ceiling
from surrogate.planner.screening.shortlist import Shortlist, Tally, find_niches
from surrogate.planner.screening.task import BLOCK, Screening
from surrogate.space.columns import check_extremes, columns_of_pool
from surrogate.space.design_space import Pool
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.variables import Array, Mask

#: A wish is met where its chance is at least even, which is where the median meets it.
LOG_EVEN = math.log(0.5)
_EXACT = 1e-9  # the standard deviation of what follows from the recipe without a model


@dataclass(frozen=True, kw_only=True)
class Judged:
    """``n`` candidates: what is said of them by column, the log of the chance of all thresholds and the score of the
    goals (n,), and the code of the worst domain verdict (n,).
    """

    columns: Mapping[str, Array]
    log_chance: Array
    score: Array
    domain: NDArray[np.int64]

    @property
    def meets(self) -> Mask:
        """Where every threshold is expected to be met."""
        return self.log_chance >= LOG_EVEN - 1e-12


@dataclass(frozen=True, kw_only=True)
class _Forecasts:
    """What the models say of a pool: predictions by property, derived quantities (n,), and mean and standard deviation
    of every quantity of the objective on its scale (n,).
    """

    predictions: Mapping[str, PredictedArrays]
    derived: Mapping[str, Array]
    moments: Mapping[str, tuple[Array, Array]]

    @classmethod
    def of(cls, task: Screening, pool: Pool) -> _Forecasts:
        subjects = {model.property.subject for model in task.models.values()}
        columns = {subject: columns_of_pool(pool, subject) for subject in subjects}
        predictions = {
            name: model.predict_arrays(model.encoding.view_of(columns[model.property.subject]), level=task.level)
            for name, model in task.models.items()
        }
        derived = derived_quantities(task.objective.derived, pool)
        names = dict.fromkeys(target.quantity for target in task.objective.targets)
        moments = {name: _moments(name, predictions, derived, pool.n) for name in names}
        return cls(predictions=predictions, derived=derived, moments=moments)

    def log_met(self, task: Screening, target: Target) -> Array:
        """log of the chance that a threshold is met, (n,)."""
        if target.base is None:
            return log_met(target, *self.moments[target.quantity], 1.0, Ceiling())
        prediction = self.predictions[target.base]
        slope = self.derived[target.quantity] if target.quantity in FROM_PROPERTY else 1.0
        return log_met(target, prediction.mean, prediction.std, slope, task.ceilings[target.base])

    def utilities(self, task: Screening) -> Array:
        """Mean utility of every goal, (n, goals)."""
        goals = goals_of(task.objective)
        return np.column_stack([utility_moments(target, *self.moments[target.quantity])[0] for target in goals])


def judge(task: Screening, pool: Pool, scales: Array) -> Judged:
    """Predict a pool and weigh it by the objective; ``scales`` (goals,) divide the utilities of several goals."""
    forecasts = _Forecasts.of(task, pool)
    thresholds = task.objective.thresholds
    log_chance = log_all_met(
        thresholds, [forecasts.log_met(task, target) for target in thresholds], task.models, pool.n
    )
    weights = np.array([target.weight for target in goals_of(task.objective)])
    codes = [prediction.verdicts.codes for prediction in forecasts.predictions.values()]
    # Derived quantities as they are, or, where they follow from a property, as the prediction makes them.
    return Judged(
        columns={**_columns(forecasts.predictions), **{name: forecasts.moments[name][0] for name in forecasts.derived}},
        log_chance=log_chance,
        score=(forecasts.utilities(task) / scales * weights).sum(axis=1),
        domain=np.max(codes, axis=0).astype(np.int64) if codes else np.zeros(pool.n, dtype=np.int64),
    )


def scales_of(task: Screening) -> Array:
    """What the utilities of several goals are divided by before they are added: their spread over the first block."""
    if len(goals_of(task.objective)) == 1:
        return np.ones(1)
    pool, _, _ = task.draw(0)
    return np.asarray(np.maximum(_Forecasts.of(task, pool).utilities(task).std(axis=0), 1e-9))


def shortlisted(task: Screening, scales: Array, index: int) -> tuple[Shortlist, Tally]:
    """The shortlist of chunk ``index``, and what was looked at."""
    held: Shortlist | None = None
    tally = Tally()
    for block in task.blocks(index):
        pool, places, draws = task.draw(block)
        check_extremes(pool)
        judged = judge(task, pool, scales)
        tally += Tally(
            candidates=pool.n,
            draws=draws,
            meet=int(judged.meets.sum()),
            domain=tuple(np.bincount(judged.domain, minlength=len(STATUSES)).tolist()),
        )
        shortlist = _worth_keeping(task, block, pool, places, judged, held)
        held = (shortlist if held is None else Shortlist.joined([held, shortlist])).best(task.shortlist)
    assert held is not None, "a chunk has at least one block"
    return held, tally


def _worth_keeping(
    task: Screening, block: int, pool: Pool, places: Array, judged: Judged, held: Shortlist | None
) -> Shortlist:
    """The candidates of a block that may enter the shortlist ``held``."""
    first, second = _rank(task, judged)
    able = judged.domain <= [status.value for status in STATUSES].index(task.within)
    if held is not None and len(held) == task.shortlist:
        worst_first, worst_second = held.first[-1], held.second[-1]  # what is worse cannot be the best of a niche kept
        able &= (first > worst_first) | ((first == worst_first) & (second >= worst_second))
    rows = np.flatnonzero(able)
    kept = pool.take(rows)
    return Shortlist(
        number=block * BLOCK + rows,
        first=first[rows],
        second=second[rows],
        niche=find_niches(kept.encoded, task.min_distance),
        places=places[rows],
        columns={
            **{name: column[rows] for name, column in judged.columns.items()},
            "log_chance_of_all": judged.log_chance[rows],
            "score": judged.score[rows],
        },
    )


def _rank(task: Screening, judged: Judged) -> tuple[Array, Array]:
    """What candidates are ordered by, more is better: with goals, all that meet the thresholds are alike at first;
    with thresholds alone, the chance that they are met.
    """
    if not task.objective.goals:
        return judged.log_chance, judged.score
    return np.where(judged.meets, 0.0, judged.log_chance), judged.score


def _moments(
    name: str, predictions: Mapping[str, PredictedArrays], derived: Mapping[str, Array], n: int
) -> tuple[Array, Array]:
    """Mean and standard deviation of a quantity on its scale, (n,)."""
    if name in FROM_PROPERTY:
        slope, base = derived[name], predictions[FROM_PROPERTY[name]]
        return base.mean * slope, base.std * slope
    if name in derived:
        return derived[name], np.full(n, _EXACT)
    return predictions[name].mean, predictions[name].std


def _columns(predictions: Mapping[str, PredictedArrays]) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for name, prediction in predictions.items():
        columns |= {
            f"{name}.median": prediction.median,
            f"{name}.low": prediction.low,
            f"{name}.high": prediction.high,
            f"{name}.domain_code": prediction.verdicts.codes.astype(np.float64),
            f"{name}.domain_score": prediction.verdicts.score,
        }
    return columns
