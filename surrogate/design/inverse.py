"""Inverse design: from a wish ("≥ 1 mS/cm, ≥ 400 mAh/g, ≥ 90 % after 60 cycles") to recipes that can be weighed in.

The models are searched, nothing is measured: a large feasible pool, then closer and closer around the best (or Optuna's
NSGA-II). The answer is a handful of different recipes on the predicted Pareto front with the chance that each wish
comes true, or the plain statement that nothing meets them, what comes nearest, and which wish stands in the way. Use
:func:`surrogate.design.planner.suggest` to decide what to *measure* next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surrogate.design.acquisition import log_probability, non_dominated
from surrogate.design.energy import FROM_PROPERTY
from surrogate.design.gain import utility_moments
from surrogate.design.knowledge import Knowledge, learn_all, view
from surrogate.design.objective import Objective, Target, objective_of
from surrogate.design.reasons import in_words, predicted
from surrogate.design.space import DesignSpace, Pool
from surrogate.design.suggestion import finite_or_none, prediction_to_json
from surrogate.design.variables import Array, Mask, Rows
from surrogate.errors import SpaceError, Unavailable, UnknownName
from surrogate.execution.progress import Told, silent
from surrogate.execution.threads import in_one_thread
from surrogate.measurement import Candidate, Measurement
from surrogate.models.base import FittedSurrogate, Prediction
from surrogate.properties import get_property
from surrogate.units import stated

SEARCHES = ("pool", "nsga2")
#: A wish is met where its chance is at least even, which is where the median meets it.
EVEN = 0.5
_WIDTHS = (0.15, 0.05, 0.02)
_AROUND, _PARENTS = 32, 24
_POPULATION, _GENERATIONS = 64, 24
_FRONT = 4  # recipes to choose from, per recipe that is asked for


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One designed recipe: what to set and weigh in, what is predicted, and the chance of each wish and of all."""

    number: int
    candidate: Candidate
    settings: Mapping[str, float | str]
    weigh_in_g: Mapping[str, float]
    predictions: Mapping[str, Prediction]
    derived: Mapping[str, float]
    chances: Mapping[str, float]
    chance_of_all: float
    meets: bool
    binding: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class DesignAnswer:
    """Recipes with the most likely first. ``met`` says whether any meets every wish; else ``recipes`` come nearest and
    ``standing_in_the_way`` is the wish that is least likely at the nearest one."""

    met: bool
    recipes: tuple[Recipe, ...]
    sentence: str
    space: str
    objective: str
    searched: int
    seed: int
    standing_in_the_way: str | None = None
    warnings: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class _Searched:
    """A pool with the mean utility (n, t) of every target, the chance of every threshold (n, k), and which are met."""

    pool: Pool
    utilities: Array
    log_chances: Array

    @property
    def meets(self) -> Mask:
        return np.asarray(np.all(self.log_chances >= np.log(EVEN) - 1e-12, axis=1))

    @property
    def log_all(self) -> Array:
        return np.asarray(self.log_chances.sum(axis=1))


@in_one_thread
def design(
    space: DesignSpace,
    targets: Objective | str | Sequence[str],
    *,
    models: Mapping[str, FittedSurrogate],
    measurements: Sequence[Measurement] = (),
    simulators: Mapping[str, FittedSurrogate] | None = None,
    seed: int = 0,
    pool: int = 4096,
    recipes: int = 5,
    search: str = "pool",
    progress: Told = silent,
) -> DesignAnswer:
    """``recipes`` different recipes that the models expect to meet the ``targets``.

    A model is needed for every property (:class:`Unavailable`); ``measurements`` of the lab correct it where given.
    ``progress`` is called with the steps done and all steps.
    """
    if search not in SEARCHES:
        raise UnknownName("search", search, SEARCHES)
    if recipes < 1 or pool < recipes:
        raise SpaceError(
            f"{recipes} recipes from a pool of {pool} cannot be.", hint="Ask for one or more, from a larger pool."
        )
    objective = objective_of(targets)
    for name in objective.properties:
        if name not in models:
            raise Unavailable(f"There is no model of {name}.", hint="Train it, or leave the property out.")
    steps = _Steps(progress, 3 + len(_WIDTHS) + (_GENERATIONS if search == "nsga2" else 0))
    knowledge = learn_all(
        space, objective, models=models, simulators=simulators or {}, measurements=measurements, failures=(), seed=seed
    )
    steps.advance()
    found = _judged(knowledge, space.sample(pool, seed))
    steps.advance()
    found = _refined(knowledge, found, seed, steps)
    if search == "nsga2":
        found = _joined(knowledge, found, _nsga2(knowledge, seed, steps))
    answer = _answer(knowledge, found, recipes, seed)
    steps.advance()
    return answer


class _Steps:
    """Counts the steps of a search and tells them."""

    def __init__(self, progress: Told, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total
        progress(0, total)

    def advance(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def forecast(knowledge: Knowledge, pool: Pool, quantity: str) -> tuple[Array, Array]:
    """Mean and calibrated standard deviation on the scale, (n,): of the model, corrected by what the lab measured."""
    if quantity in FROM_PROPERTY:
        slope = knowledge.derived(pool)[quantity]
        mean, std = forecast(knowledge, pool, FROM_PROPERTY[quantity])
        return mean * slope, std * slope
    if quantity not in knowledge.beliefs:
        return knowledge.derived(pool)[quantity], np.full(pool.n, 1e-9)
    belief = knowledge.beliefs[quantity]
    if belief.n:
        points = knowledge.of_pool(pool).points[quantity]
        return belief.mean(points), belief.std(points)
    views: dict[int, Candidate] = {}
    keys = []
    for candidate in pool.candidates:
        part = view(candidate, quantity)
        keys.append(id(part.subject))
        views.setdefault(id(part.subject), part)
    found = knowledge.models[quantity].posterior(list(views.values()))
    place = {key: i for i, key in enumerate(views)}
    rows = [place[key] for key in keys]
    return found.mean[rows], found.std[rows]


def _judged(knowledge: Knowledge, pool: Pool) -> _Searched:
    utilities, chances = [], []
    moments = {t.quantity: forecast(knowledge, pool, t.quantity) for t in knowledge.objective.targets}
    for target in knowledge.objective.targets:
        mean, std = moments[target.quantity]
        utilities.append(utility_moments(target, mean, std)[0])
        if target.is_threshold:
            chances.append(log_probability(mean, std, target.scale_value, target.sign))
    log_chances = np.column_stack(chances) if chances else np.zeros((pool.n, 0))
    return _Searched(pool=pool, utilities=np.column_stack(utilities), log_chances=log_chances)


def _joined(knowledge: Knowledge, first: _Searched, second: _Searched) -> _Searched:
    return _Searched(
        pool=Pool.joined([first.pool, second.pool]),
        utilities=np.vstack([first.utilities, second.utilities]),
        log_chances=np.vstack([first.log_chances, second.log_chances]),
    )


def _rank(found: _Searched) -> Rows:
    """Best first: the chance of all thresholds, then the front of the utilities, then their sum in units of their
    spread.
    """
    spread = np.maximum(found.utilities.std(axis=0), 1e-12)
    total = (found.utilities / spread).sum(axis=1)
    capped = np.minimum(found.log_all, found.log_chances.shape[1] * np.log(0.99))  # 99 % each is as good as certain
    return np.lexsort((-total, -np.round(capped, 3)))


def _refined(knowledge: Knowledge, found: _Searched, seed: int, steps: _Steps) -> _Searched:
    """Move the best recipes of the pool in their coordinates, three times and ever closer."""
    rng, space = np.random.default_rng(seed), knowledge.space
    for width in _WIDTHS:
        parents = np.concatenate([_rank(found)[:_PARENTS], _front(found)[:_PARENTS]])
        around = [
            space.near(found.pool, int(p), width * rng.standard_normal((_AROUND, space.dimensions)))
            for p in dict.fromkeys(parents.tolist())
        ]
        around = [pool for pool in around if pool.n]
        if around:
            found = _joined(knowledge, found, _judged(knowledge, Pool.joined(around).distinct()))
        steps.advance()
    return found


def _front(found: _Searched, least: int = 1) -> Rows:
    """Rows of the Pareto front among those that meet every threshold (all, when none does), most likely first.

    Where wishes do not conflict a front is a single recipe; the next fronts behind it follow until there are ``least``.
    """
    left = np.flatnonzero(found.meets) if found.meets.any() else np.arange(found.pool.n)
    rows: Rows = np.zeros(0, dtype=np.int64)
    while len(rows) < least and len(left):
        best = non_dominated(found.utilities[left])
        front = left[best]
        rows = np.concatenate([rows, front[np.argsort(-found.log_all[front], kind="stable")]])
        left = left[~best]
    return rows


def _nsga2(knowledge: Knowledge, seed: int, steps: _Steps) -> _Searched:
    """Optuna's NSGA-II over the unit cube of the space; infeasible recipes are told as violations."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space, width = knowledge.space, len(knowledge.objective.targets)
    sampler = optuna.samplers.NSGAIISampler(population_size=_POPULATION, seed=seed)
    study = optuna.create_study(directions=["maximize"] * width, sampler=sampler)
    places: dict[str, optuna.distributions.BaseDistribution] = {
        f"u{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(space.dimensions)
    }
    found: list[_Searched] = []
    for _ in range(_GENERATIONS):
        trials = [study.ask(places) for _ in range(_POPULATION)]
        unit = np.array([[trial.params[name] for name in places] for trial in trials])
        pool = space.decode(np.minimum(unit, 1.0 - 1e-12))
        good = np.flatnonzero(pool.feasible)
        judged = _judged(knowledge, pool.take(good)) if len(good) else None
        for row, trial in enumerate(trials):
            place = int(np.searchsorted(good, row))
            if judged is None or place >= len(good) or good[place] != row:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, [float(v) for v in judged.utilities[place]])
        if judged is not None:
            found.append(judged)
        steps.advance()
    result = found[0]
    for more in found[1:]:
        result = _joined(knowledge, result, more)
    return result


def _diverse(found: _Searched, rows: Rows, count: int) -> list[int]:
    """``count`` rows: the most likely first, then ever the one farthest from those taken."""
    x = found.pool.encoded
    taken = [int(rows[0])]
    while len(taken) < min(count, len(rows)):
        gap = np.min([((x[rows] - x[t]) ** 2).sum(axis=1) for t in taken], axis=0)
        if gap.max() <= 1e-9:
            break
        taken.append(int(rows[int(np.argmax(gap))]))
    return taken


def _answer(knowledge: Knowledge, found: _Searched, count: int, seed: int) -> DesignAnswer:
    met = bool(found.meets.any())
    rows = _front(found, _FRONT * count) if met else _rank(found)[: max(count, _PARENTS)]
    chosen = _diverse(found, rows, count)
    if met:
        chosen = sorted(chosen, key=lambda row: -found.log_all[row])
    recipes = tuple(_recipe(knowledge, found, row, number) for number, row in enumerate(chosen, 1))
    obstacle = None if met else _obstacle(knowledge.objective, recipes[0])
    return DesignAnswer(
        met=met, recipes=recipes, sentence=_sentence(knowledge, recipes, obstacle), space=knowledge.space.name,
        objective=str(knowledge.objective), searched=found.pool.n, seed=seed,
        standing_in_the_way=None if obstacle is None else str(obstacle), warnings=knowledge.warnings,
    )  # fmt: skip


def _recipe(knowledge: Knowledge, found: _Searched, row: int, number: int) -> Recipe:
    pool = found.pool.take(np.array([row]))
    candidate = pool.candidates[0]
    thresholds = knowledge.objective.thresholds
    chances = {str(t): float(np.exp(found.log_chances[row, i])) for i, t in enumerate(thresholds)}
    outlook = knowledge.of_pool(pool)
    predictions = {name: predicted(candidate, outlook, knowledge, name) for name in knowledge.objective.properties}
    likely = float(np.exp(found.log_all[row]))
    derived = {name: float(forecast(knowledge, pool, name)[0][0]) for name in knowledge.objective.derived}
    parts = [f"{get_property(name).label} {in_words(name, p)}" for name, p in predictions.items()]
    parts += [stated(name, value) for name, value in derived.items()]
    return Recipe(
        number=number, candidate=candidate, settings=pool.settings(0), weigh_in_g=pool.weigh_in_g(0),
        predictions=predictions, derived=derived,
        chances=chances, chance_of_all=likely, meets=bool(found.meets[row]), binding=pool.binding(0),
        reason="; ".join(parts) + (f". The chance that all wishes come true is {likely:.0%}." if chances else "."),
    )  # fmt: skip


def _obstacle(objective: Objective, nearest: Recipe) -> Target:
    return min(objective.thresholds, key=lambda target: nearest.chances[str(target)])


def _sentence(knowledge: Knowledge, recipes: Sequence[Recipe], obstacle: Target | None) -> str:
    best = recipes[0]
    if obstacle is None:
        if not knowledge.objective.thresholds:
            return (
                f"{len(recipes)} recipes on or just behind the predicted Pareto front of {knowledge.objective.shown}."
            )
        many = len(recipes)
        recipes_are = "recipes are" if many > 1 else "recipe is"
        wish, chance = knowledge.objective.shown, best.chance_of_all
        return f"{many} {recipes_are} expected to meet {wish}; the best has a chance of {chance:.0%}."
    prediction = best.predictions.get(obstacle.quantity)
    reach = best.derived[obstacle.quantity] if prediction is None else prediction.median
    return (
        f"No recipe of the space is expected to meet {knowledge.objective.shown}. The likeliest is expected to "
        f"come to {obstacle.shown_value(reach)} of {obstacle.quantity} (wish: {obstacle.shown}); its chance for all "
        f"wishes is {best.chance_of_all:.1%}."
    )


def to_json(answer: DesignAnswer) -> dict[str, Any]:
    """The answer as plain data, without NaN."""
    return {
        "met": answer.met,
        "sentence": answer.sentence,
        "standing_in_the_way": answer.standing_in_the_way,
        "space": answer.space,
        "objective": answer.objective,
        "searched": answer.searched,
        "seed": answer.seed,
        "recipes": [_recipe_to_json(recipe) for recipe in answer.recipes],
        "warnings": list(answer.warnings),
    }


def _recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    material = recipe.candidate.electrolyte
    return {
        "number": recipe.number,
        "composition": None if material is None else material.composition.text,
        "settings": dict(recipe.settings),
        "weigh_in_g": dict(recipe.weigh_in_g),
        "predictions": {name: prediction_to_json(p) for name, p in recipe.predictions.items()},
        "derived": dict(recipe.derived),
        "chances": {name: finite_or_none(chance) for name, chance in recipe.chances.items()},
        "chance_of_all": recipe.chance_of_all,
        "meets": recipe.meets,
        "binding": list(recipe.binding),
        "reason": recipe.reason,
    }
