"""Inverse design: from a wish ("≥ 1 mS/cm, ≥ 400 mAh/g, ≥ 90 % after 60 cycles") to recipes that can be weighed in.

The models are searched, nothing is measured: a large feasible pool, then closer and closer around the best (or Optuna's
NSGA-II). The answer is a handful of different recipes on the predicted Pareto front with the chance that each wish
comes true, or the plain statement that nothing meets them, what comes nearest, and which wish stands in the way. Use
:func:`surrogate.planner.suggest.suggest` to decide what to *measure* next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import Unavailable, UnknownName
from surrogate.execution.process import in_one_thread
from surrogate.execution.progress import Progress, silent
from surrogate.models.base import FittedSurrogate, Prediction
from surrogate.planner.acquisition import utility_moments
from surrogate.planner.improvement import non_dominated
from surrogate.planner.objective import Goal, Objective, Target, objective_of
from surrogate.planner.observations import Observations, learn_all, view
from surrogate.planner.planners import POOL, check_counts
from surrogate.planner.reasons import HOPELESS, in_words, predicted
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace, Pool
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.variables import Array, Mask, Rows
from surrogate.text import counted, describe_setting, in_percent

SEARCHES = ("pool", "nsga2")
#: A wish is met where its chance is at least even, which is where the median meets it.
EVEN = 0.5
_WIDTHS = (0.15, 0.05, 0.02)
_AROUND, _PARENTS = 32, 24
_POPULATION, _GENERATIONS = 64, 24
_FRONT = 4  # recipes to choose from, per recipe that is asked for


@dataclass(frozen=True, kw_only=True)
class DesignedCandidate:
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
    """Recipes in the order of the one goal, else with the most likely first. ``met`` says whether any meets every wish;
    else ``recipes`` come nearest and ``standing_in_the_way`` is the wish that is least likely at the nearest one."""

    met: bool
    recipes: tuple[DesignedCandidate, ...]
    sentence: str
    space: str
    objective: str
    searched: int
    seed: int
    standing_in_the_way: str | None = None
    warnings: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class _Searched:
    """A pool with the expected value and the mean utility (n, t) of every target on its scale, the chance of every
    threshold (n, k) and of all at once (n,), and which are met."""

    pool: Pool
    objective: Objective
    means: Array
    utilities: Array
    log_chances: Array
    log_all: Array

    @property
    def meets(self) -> Mask:
        return np.asarray(np.all(self.log_chances >= np.log(EVEN) - 1e-12, axis=1))

    @property
    def hopeless(self) -> bool:
        """Whether no recipe has a chance worth the name: then the chances rank recipes by how little is known."""
        return bool(self.log_all.max() < np.log(HOPELESS))

    @property
    def worth(self) -> Array:
        """The utilities in units of their spread, summed, (n,); the goals alone and by weight where weights count."""
        targets, weighted = self.objective.targets, self.objective.weighted
        weights = np.array([t.weight * (not t.is_threshold) if weighted else 1.0 for t in targets])
        return np.asarray((self.utilities / self._spread * weights).sum(axis=1))

    @property
    def gaps(self) -> Array:
        """How far the expected value falls short of every threshold, in units of its spread over the pool, (n, k)."""
        targets = self.objective.targets
        columns = [i for i, target in enumerate(targets) if target.is_threshold]
        bound = np.array([targets[i].sign * targets[i].scale_value for i in columns])
        spread = self._spread[columns]  # one that no recipe changes says nothing of which is nearest
        return np.asarray(np.maximum(bound - self.utilities[:, columns], 0.0) / np.where(spread > 1e-9, spread, 1.0))

    @property
    def _spread(self) -> Array:
        return np.asarray(np.maximum(self.utilities.std(axis=0), 1e-12))


@in_one_thread
def design(
    space: DesignSpace,
    targets: Objective | str | Sequence[str],
    *,
    models: Mapping[str, FittedSurrogate],
    simulator: bool = False,
    measurements: Sequence[Measurement] = (),
    seed: int = 0,
    pool: int = POOL,
    recipes: int = 5,
    search: str = "pool",
    progress: Progress = silent,
) -> DesignAnswer:
    """``recipes`` different recipes that the models expect to meet the ``targets``.

    Args:
        space: what can be made.
        targets: what is wished for, as text or parsed.
        models: the literature surrogates, by property.
        simulator: whether the physics simulator counts too: beside a model once something is measured, and in place of
            one for a property that has none.
        measurements: of the lab, which correct the models.
        seed: of everything that is drawn.
        pool: how many feasible recipes are compared first.
        recipes: how many recipes are returned.
        search: "pool", or "nsga2" for Optuna's genetic search besides.
        progress: called with the steps done and all steps.

    Raises:
        Unavailable: for a property without a model, and for a search whose package is missing.
        SpaceError: for what contradicts itself.
    """
    if search not in SEARCHES:
        raise UnknownName("search", search, SEARCHES)
    check_counts(recipes, pool)
    objective = objective_of(targets)
    if search == "nsga2" and find_spec("optuna") is None:
        raise Unavailable("The search 'nsga2' needs the package optuna.", hint="pip install optuna, or leave it out.")
    simulated = simulators(objective.properties) if simulator else {}
    for name in objective.properties:
        if name not in models and name not in simulated:
            raise Unavailable(f"There is no model of {name}.", hint="Train it, or leave the property out.")
    steps = _Steps(progress, 3 + len(_WIDTHS) + (_GENERATIONS if search == "nsga2" else 0))
    observations = learn_all(
        space, objective, models=models, simulators=simulated, measurements=measurements, failures=(), seed=seed
    )
    steps.advance()
    searched = _judged(observations, space.sample(pool, seed))
    steps.advance()
    searched = _refined(observations, searched, seed, steps)
    if search == "nsga2":
        searched = _joined(searched, _nsga2(observations, seed, steps))
    answer = _answer(observations, searched, recipes, seed)
    steps.advance()
    return answer


class _Steps:
    """Counts the steps of a search and tells them."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total
        progress(0, total)

    def advance(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def forecast(observations: Observations, pool: Pool, quantity: str) -> tuple[Array, Array]:
    """Mean and calibrated standard deviation on the scale, (n,): of the model, corrected by what the lab measured."""
    if quantity in FROM_PROPERTY:
        slope = observations.derived(pool)[quantity]
        mean, std = forecast(observations, pool, FROM_PROPERTY[quantity])
        return mean * slope, std * slope
    if quantity not in observations.posteriors:
        return observations.derived(pool)[quantity], np.full(pool.n, 1e-9)
    posterior = observations.posteriors[quantity]
    if posterior.n or quantity not in observations.models:
        points = observations.of_pool(pool).points[quantity]
        return posterior.mean(points), posterior.std(points)
    views: dict[int, Candidate] = {}
    keys = []
    for candidate in pool.candidates:
        part = view(candidate, quantity)
        keys.append(id(part.subject))
        views.setdefault(id(part.subject), part)
    literature = observations.models[quantity].posterior(list(views.values()))
    place = {key: i for i, key in enumerate(views)}
    rows = [place[key] for key in keys]
    return literature.mean[rows], literature.std[rows]


def _judged(observations: Observations, pool: Pool) -> _Searched:
    utilities, chances = [], []
    moments = {t.quantity: forecast(observations, pool, t.quantity) for t in observations.objective.targets}
    for target in observations.objective.targets:
        mean, std = moments[target.quantity]
        utilities.append(utility_moments(target, mean, std)[0])
        if target.is_threshold and target.quantity in FROM_PROPERTY:
            slope = np.maximum(observations.derived(pool)[target.quantity], 1e-12)
            chances.append(observations.log_met(target, mean / slope, std / slope, slope))
        elif target.is_threshold:
            chances.append(observations.log_met(target, mean, std))
    log_chances = np.column_stack(chances) if chances else np.zeros((pool.n, 0))
    means = np.column_stack([moments[t.quantity][0] for t in observations.objective.targets])
    return _Searched(
        pool=pool, objective=observations.objective, means=means, utilities=np.column_stack(utilities),
        log_chances=log_chances, log_all=observations.log_all_met(chances, pool.n),
    )  # fmt: skip


def _joined(first: _Searched, second: _Searched) -> _Searched:
    return _Searched(
        pool=Pool.joined([first.pool, second.pool]),
        objective=first.objective,
        means=np.vstack([first.means, second.means]),
        utilities=np.vstack([first.utilities, second.utilities]),
        log_chances=np.vstack([first.log_chances, second.log_chances]),
        log_all=np.concatenate([first.log_all, second.log_all]),
    )


def _rank(searched: _Searched) -> Rows:
    """Best first: the chance of all thresholds, or how near they come where none has a chance; then the sum of the
    utilities in units of their spread.
    """
    if searched.hopeless:
        return np.lexsort((-searched.worth, np.round(searched.gaps.sum(axis=1), 9)))
    capped = np.minimum(
        searched.log_all, searched.log_chances.shape[1] * np.log(0.99)
    )  # 99 % each is as good as certain
    return np.lexsort((-searched.worth, -np.round(capped, 3)))


def _refined(observations: Observations, searched: _Searched, seed: int, steps: _Steps) -> _Searched:
    """Move the best recipes of the pool in their coordinates, three times and ever closer."""
    rng, space = np.random.default_rng(seed), observations.space
    for width in _WIDTHS:
        parents = np.concatenate([_rank(searched)[:_PARENTS], _front(searched)[:_PARENTS]])
        around = [
            space.near(searched.pool, int(p), width * rng.standard_normal((_AROUND, space.dimensions)))
            for p in dict.fromkeys(parents.tolist())
        ]
        around = [pool for pool in around if pool.n]
        if around:
            searched = _joined(searched, _judged(observations, Pool.joined(around).distinct()))
        steps.advance()
    return searched


def _front(searched: _Searched, least: int = 1) -> Rows:
    """Rows of the Pareto front among those that meet every threshold (all, when none does), most likely first.

    Where wishes do not conflict a front is a single recipe; the next fronts behind it follow until there are ``least``.
    Where weights count, those of the highest weighted sum take their place, best first.
    """
    left = np.flatnonzero(searched.meets) if searched.meets.any() else np.arange(searched.pool.n)
    if searched.objective.weighted:
        return left[np.argsort(-searched.worth[left], kind="stable")][: max(least, _PARENTS)]
    rows: Rows = np.zeros(0, dtype=np.int64)
    while len(rows) < least and len(left):
        best = non_dominated(searched.utilities[left])
        front = left[best]
        rows = np.concatenate([rows, front[np.argsort(-searched.log_all[front], kind="stable")]])
        left = left[~best]
    return rows


def _nsga2(observations: Observations, seed: int, steps: _Steps) -> _Searched:
    """Optuna's NSGA-II over the unit cube of the space; infeasible recipes are told as violations."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space, width = observations.space, len(observations.objective.targets)
    sampler = optuna.samplers.NSGAIISampler(population_size=_POPULATION, seed=seed)
    study = optuna.create_study(directions=["maximize"] * width, sampler=sampler)
    places: dict[str, optuna.distributions.BaseDistribution] = {
        f"u{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(space.dimensions)
    }
    generations: list[_Searched] = []
    for _ in range(_GENERATIONS):
        trials = [study.ask(places) for _ in range(_POPULATION)]
        unit = np.array([[trial.params[name] for name in places] for trial in trials])
        pool = space.decode(np.minimum(unit, 1.0 - 1e-12))
        good = np.flatnonzero(pool.feasible)
        judged = _judged(observations, pool.take(good)) if len(good) else None
        for row, trial in enumerate(trials):
            place = int(np.searchsorted(good, row))
            if judged is None or place >= len(good) or good[place] != row:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, [float(v) for v in judged.utilities[place]])
        if judged is not None:
            generations.append(judged)
        steps.advance()
    result = generations[0]
    for more in generations[1:]:
        result = _joined(result, more)
    return result


def _diverse(searched: _Searched, rows: Rows, count: int) -> list[int]:
    """``count`` rows: the most likely first, then ever the one farthest from those taken."""
    x = searched.pool.encoded
    taken = [int(rows[0])]
    while len(taken) < min(count, len(rows)):
        gap = np.min([((x[rows] - x[t]) ** 2).sum(axis=1) for t in taken], axis=0)
        if gap.max() <= 1e-9:
            break
        taken.append(int(rows[int(np.argmax(gap))]))
    return taken


def _answer(observations: Observations, searched: _Searched, count: int, seed: int) -> DesignAnswer:
    met = bool(searched.meets.any())
    rows = _front(searched, _FRONT * count) if met else _rank(searched)[: max(count, _PARENTS)]
    chosen = _diverse(searched, rows, count)
    if met:
        key = _order(searched)
        chosen = sorted(chosen, key=lambda row: -key[row])
    recipes = tuple(_recipe(observations, searched, row, number) for number, row in enumerate(chosen, 1))
    obstacle = None if met else _obstacle(searched, chosen[0])
    sentence = _met_sentence(searched, recipes) if obstacle is None else _unmet_sentence(searched, recipes[0], obstacle)
    return DesignAnswer(
        met=met, recipes=recipes, sentence=" ".join([sentence, *_unreached(searched, chosen)]),
        space=observations.space.name, objective=str(observations.objective), searched=searched.pool.n, seed=seed,
        standing_in_the_way=None if obstacle is None else str(obstacle), warnings=observations.warnings,
    )  # fmt: skip


def _order(searched: _Searched) -> Array:
    """What recipes that meet the wishes are listed by: the weighted sum, the one goal, or else the chance of all."""
    targets = searched.objective.targets
    goals = [column for column, target in enumerate(targets) if not target.is_threshold]
    if searched.objective.weighted:
        return searched.worth
    return searched.utilities[:, goals[0]] if len(goals) == 1 else searched.log_all


def _recipe(observations: Observations, searched: _Searched, row: int, number: int) -> DesignedCandidate:
    pool = searched.pool.take(np.array([row]))
    candidate = pool.candidates[0]
    thresholds = observations.objective.thresholds
    chances = {str(t): float(np.exp(searched.log_chances[row, i])) for i, t in enumerate(thresholds)}
    encoded = observations.of_pool(pool)
    predictions = {
        name: predicted(candidate, encoded, observations, name) for name in observations.objective.properties
    }
    likely = float(np.exp(searched.log_all[row]))
    derived = {name: float(forecast(observations, pool, name)[0][0]) for name in observations.objective.derived}
    parts = [f"{get_property(name).label} {in_words(name, p)}" for name, p in predictions.items()]
    parts += [describe_setting(name, value) for name, value in derived.items()]
    return DesignedCandidate(
        number=number, candidate=candidate, settings=pool.settings(0), weigh_in_g=pool.weigh_in_g(0),
        predictions=predictions, derived=derived,
        chances=chances, chance_of_all=likely, meets=bool(searched.meets[row]), binding=pool.binding(0),
        reason="; ".join(parts)
        + (f". The chance that all wishes come true is {in_percent(likely)}." if chances else "."),
    )  # fmt: skip


def _obstacle(searched: _Searched, nearest: int) -> Target:
    """The threshold that the nearest recipe is least likely to meet, or where none has a chance falls shortest of."""
    worst = np.argmax(searched.gaps[nearest]) if searched.hopeless else np.argmin(searched.log_chances[nearest])
    return searched.objective.thresholds[int(worst)]


def _met_sentence(searched: _Searched, recipes: Sequence[DesignedCandidate]) -> str:
    objective, many = searched.objective, len(recipes)
    best = max(recipe.chance_of_all for recipe in recipes)
    these = counted(many, "recipe")
    thresholds = " and ".join(target.shown for target in objective.thresholds)
    goals = ", ".join(target.shown for target in objective.goals)
    if not thresholds and len(objective.goals) == 1:
        return f"{these} predicted to be among the best of {searched.pool.n} searched to {goals}."
    if not thresholds and objective.weighted:
        return f"{these} predicted to be among those of the highest weighted sum: {objective.shown}."
    if not thresholds:
        return f"{these} that nearly none is predicted to beat in every goal at once: {objective.shown}."
    aim = f", chosen to {goals}" if goals else ""
    are, best_is = ("are", "the likeliest has a chance of") if many > 1 else ("is", "its chance is")
    if best >= EVEN:
        return f"{these} {are} expected to meet {thresholds}{aim}; {best_is} {in_percent(best)}."
    whose = "the likeliest" if many > 1 else "it"
    return (
        f"{these} {are} expected to meet each of {thresholds} by itself{aim}; the chance that {whose} meets all at "
        f"once is {in_percent(best)}."
    )


def _unmet_sentence(searched: _Searched, best: DesignedCandidate, obstacle: Target) -> str:
    prediction = best.predictions.get(obstacle.quantity)
    reach = best.derived[obstacle.quantity] if prediction is None else prediction.median
    wishes = " and ".join(target.shown for target in searched.objective.thresholds)
    which = "nearest" if searched.hopeless else "likeliest"
    held = f" It is held by: {'; '.join(best.binding)}." if best.binding else ""
    chance = f"below {100 * HOPELESS:g} %" if searched.hopeless else in_percent(best.chance_of_all)
    all_wishes = "all" if len(searched.objective.thresholds) > 1 else "this"
    return (
        f"No recipe of the space is expected to meet {wishes}. The {which} is expected to come to "
        f"{obstacle.shown_value(reach)} of {obstacle.quantity}; the chance that it meets {all_wishes} "
        f"is {chance}.{held}"
    )


def _unreached(searched: _Searched, chosen: Sequence[int]) -> list[str]:
    """A sentence for every value to reach that lies outside what the recipes in question are expected to come to."""
    sentences = []
    among = searched.means[searched.meets] if searched.meets.any() else searched.means
    for column, target in enumerate(searched.objective.targets):
        if target.goal is not Goal.REACH:
            continue
        low, high, wish = among[:, column].min(), among[:, column].max(), target.scale_value
        tolerance = target.worthwhile or 0.01 * float(high - low)
        if not low - tolerance <= wish <= high + tolerance:
            values = searched.means[chosen, column]
            nearest = float(values[int(np.argmin(np.abs(values - wish)))])
            sentences.append(
                f"None is expected to come to {target.shown_value(target.value or 0.0)} of {target.quantity}: the "
                f"nearest of these comes to {target.shown_value(target.from_scale(nearest))}."
            )
    return sentences
