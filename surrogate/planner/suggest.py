"""The next recipes to make: a feasible pool, an expected gain, a greedy batch, and a reason for each.

:func:`suggest` is the one function that command line, HTTP and notebook call. It is a pure function of its arguments:
the same history, space and seed give the same batch, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import SpaceError
from surrogate.execution.checks import check_seed
from surrogate.execution.process import in_one_thread
from surrogate.execution.progress import Progress, silent
from surrogate.models.base import FittedSurrogate
from surrogate.planner.acquisition import Acquisition, score, start_acquisition
from surrogate.planner.objective import Objective, objective_of
from surrogate.planner.observations import EncodedCandidates, Observations, check_subjects, learn_all
from surrogate.planner.open_pool import OpenPool, free_of
from surrogate.planner.planners import (
    BATCH,
    DEFAULT_PLANNER,
    MIN_DISTANCE,
    PLANNERS,
    POOL,
    PlannerKind,
    check_counts,
    check_distance,
    get_planner,
)
from surrogate.planner.reasons import Chosen, batch_of
from surrogate.planner.sharing import share_settings
from surrogate.planner.suggestion import SuggestionBatch
from surrogate.space.derived import STATED_BY
from surrogate.space.design_space import DesignSpace
from surrogate.space.variables import Array, Value

#: Steps before the first recipe is chosen: learn, then draw and judge the pool.
PREPARATIONS = 2
#: Recipes of the pool that stay in play after the first choice of a batch.
_SECOND_POOL = 2048


@in_one_thread
def suggest(
    space: DesignSpace,
    objective: Objective | str | Sequence[str],
    *,
    models: Mapping[str, FittedSurrogate],
    simulator: bool = False,
    measurements: Sequence[Measurement] = (),
    pending: Sequence[Candidate] = (),
    failures: Sequence[Candidate] = (),
    batch: int = BATCH,
    seed: int = 0,
    planner: str | PlannerKind = DEFAULT_PLANNER,
    pool: int = POOL,
    min_distance: float = MIN_DISTANCE,
    replicate: bool = False,
    first_number: int = 1,
    progress: Progress = silent,
) -> SuggestionBatch:
    """``batch`` recipes to make next.

    Args:
        space: what can be made.
        objective: what is wanted, as text or parsed.
        models: the literature surrogates, priors by property.
        simulator: whether the physics simulator is a prior too, where it computes a property of the objective.
        measurements: the campaign's own, used wherever they lie.
        pending: open suggestions.
        failures: recipes that did not work.
        batch: how many recipes.
        seed: of the pool and of everything else that is drawn.
        planner: a name of :data:`~surrogate.planner.planners.PLANNERS`, an old name, or a planner of your own.
        pool: how many feasible recipes are compared.
        min_distance: how far apart the recipes of a batch must be, in the encoding of the space.
        replicate: whether one place of the batch repeats the best measured recipe; in a space with shared settings the
            batch then takes its values.
        first_number: number of the first suggestion.
        progress: called with the steps done and all steps.

    Returns:
        The batch, whose ``planner`` names what chose: the default where the planner does not apply yet.

    Raises:
        SpaceError: for what contradicts itself.
        UnknownName: for what does not exist.
        Unavailable: for a planner whose packages are missing.
    """
    wish = objective_of(objective)
    kind = planner if isinstance(planner, PlannerKind) else get_planner(planner)
    kind.load()  # a missing package is reported before any work
    check_counts(batch, pool)
    check_seed(seed)
    check_distance(min_distance)
    check_subjects(space, pending, "pending")
    steps = PREPARATIONS + batch - int(replicate)
    progress(0, steps)
    observations = learn_all(
        space,
        wish,
        models=models,
        simulators=simulators(wish.properties) if simulator else {},
        measurements=measurements,
        failures=failures,
        seed=seed,
    )
    progress(1, steps)
    recipes = space.sample(pool, seed)
    taken = np.vstack([observations.made_x, observations.failed_x, space.encode(pending)])
    recipes = recipes.take(free_of(recipes.encoded, taken, 0.0))
    if recipes.n < batch:
        raise SpaceError(
            f"A batch of {batch} was asked for, but the space offers {recipes.n} recipes not yet made or open.",
            hint="Ask for fewer, widen the space, or make the steps finer.",
        )
    encoded = observations.of_pool(recipes)
    acquisition = _first_acquisition(observations, pending, encoded, seed)
    if kind.least_measured and len(acquisition.complete_rows()[0]) < kind.least_measured:
        kind = PLANNERS[DEFAULT_PLANNER]
    open_pool = OpenPool(pool=recipes, encoded=encoded, taken=taken, min_distance=min_distance)
    progress(PREPARATIONS, steps)
    repeated = [_replicate(observations, acquisition)] if replicate else []
    chosen = _greedy(open_pool, acquisition, batch - len(repeated), kind, seed, repeated, progress)
    answer = batch_of(
        [*chosen, *repeated],
        observations,
        acquisition,
        encoded,
        planner=kind.name,
        seed=seed,
        first_number=first_number,
    )
    return replace(answer, shared=_shared_of(answer, space.shared))


def _shared_of(batch: SuggestionBatch, names: Sequence[str]) -> dict[str, Value]:
    """The shared settings, each from the first recipe that it applies to."""
    shared: dict[str, Value] = {}
    for suggestion in batch.suggestions:
        for name, value in suggestion.settings.items():
            if name in names:
                shared.setdefault(name, value)
    return shared


def _first_acquisition(
    observations: Observations, pending: Sequence[Candidate], pool: EncodedCandidates, seed: int
) -> Acquisition:
    """The acquisition beside everything measured and pending."""
    space = observations.space

    def encode(candidates: Sequence[Candidate]) -> EncodedCandidates:
        derived = _derived(observations, candidates)
        seen = observations.encode(candidates, space.encode(candidates), derived)
        # A recipe whose time or temperature nobody states cannot be compared on it: it teaches the models, no more.
        comparable = np.all([np.isfinite(values) for values in derived.values()], axis=0) if derived else None
        return seen if comparable is None else seen.take(np.flatnonzero(comparable))

    return start_acquisition(observations, encode(observations.measured), encode(pending), pool, seed)


def _derived(observations: Observations, candidates: Sequence[Candidate]) -> dict[str, Array]:
    """Derived quantities of recipes that were not drawn here."""
    if not observations.objective.derived:
        return {}
    if not candidates:
        return {name: np.zeros(0) for name in observations.objective.derived}
    pool = observations.space.described(candidates)
    derived = dict(observations.derived(pool))
    for name, settings in STATED_BY.items():
        if name in derived:
            varied = [v.name for v in observations.space.variables if v.name in settings and not v.when]
            unstated = np.any([np.isnan(pool.table.numbers[v]) for v in varied], axis=0) if varied else False
            derived[name] = np.where(unstated, np.nan, derived[name])
    return derived


def _greedy(
    open_pool: OpenPool,
    acquisition: Acquisition,
    batch: int,
    kind: PlannerKind,
    seed: int,
    repeated: Sequence[Chosen],
    progress: Progress,
) -> list[Chosen]:
    """One recipe after the other; each is pending for the next. What is ``repeated`` beside them shares with them.

    The first of several is the best bet: what gains most if every prediction is right.
    """
    choose, chosen = kind.load(), []
    if open_pool.pool.space.shared and batch and batch + len(repeated) > 1:
        open_pool = share_settings(open_pool, acquisition, batch, repeated, ranked=kind.ranks)
    for place in range(batch):
        if place == 0 and batch > 1 and kind.ranks:
            best = choose(open_pool, replace(acquisition, certain=True), seed).beside(acquisition)
            best = replace(best, best_bet=True)
        else:
            best = choose(open_pool, acquisition, seed + place)
        chosen.append(best)
        acquisition = acquisition.with_pending(best.encoded)
        open_pool = open_pool.and_taken(best.encoded.x, best.pool.table.take(np.array([best.position])))
        if place == 0 and batch > 1 and kind.ranks:
            open_pool = _promising(open_pool, acquisition)
        progress(PREPARATIONS + place + 1, PREPARATIONS + batch)
    return chosen


def _promising(open_pool: OpenPool, acquisition: Acquisition) -> OpenPool:
    """The recipes that a few draws rank highest once the first is pending; the others would not be chosen next."""
    if open_pool.pool.n <= _SECOND_POOL or open_pool.min_distance > 0:
        return open_pool
    rough = score(acquisition, open_pool.encoded, rough=True)
    rough = rough - np.where(acquisition.worth_asking(open_pool.encoded), 0.0, np.ptp(rough) + 1.0)
    return open_pool.take(np.sort(np.argsort(-rough, kind="stable")[:_SECOND_POOL]))


def _replicate(observations: Observations, acquisition: Acquisition) -> Chosen:
    """The best measured recipe of the space, to be made once more."""
    space = observations.space
    inside = [c for c in observations.measured if space.contains(c)]
    if not inside:
        raise SpaceError("A replicate was asked for, but no measured recipe lies in the space.", hint="Leave it out.")
    pool = space.described(inside)
    encoded = observations.encode(inside, space.encode(inside), observations.derived(pool))
    best = int(np.argmax(score(acquisition, encoded)))
    return Chosen.of(pool, encoded, best, acquisition).as_replicate(inside)
