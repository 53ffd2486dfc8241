"""The next recipes to make: a feasible pool, an expected gain, a greedy batch, and a reason for each.

:func:`suggest` is the one function that command line, HTTP and notebook call. It is a pure function of its arguments:
the same history, space and seed give the same batch, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from surrogate.design.asking import BATCH, MIN_DISTANCE, PLANNERS, POOL, check_counts, check_distance
from surrogate.design.derived import STATED_BY
from surrogate.design.gain import Gain, gain_of, score
from surrogate.design.knowledge import Knowledge, Outlook, check_subjects, learn_all
from surrogate.design.objective import Objective, objective_of
from surrogate.design.reasons import Chosen, batch_of
from surrogate.design.space import DesignSpace, Pool
from surrogate.design.suggestion import SuggestionBatch
from surrogate.design.variables import Array, Mask, Rows, Table, Value
from surrogate.errors import SpaceError, UnknownName
from surrogate.execution.asked import check_seed
from surrogate.execution.process import in_one_thread
from surrogate.execution.progress import Progress, silent
from surrogate.measurement import Candidate, Measurement
from surrogate.models.base import FittedSurrogate

#: Recipes closer than this in every encoded column are one recipe.
SAME = 2e-3
#: Steps before the first recipe is chosen: learn, then draw and judge the pool.
PREPARATIONS = 2
_SHORTLIST = 1024
#: Recipes of the pool that stay in play after the first choice of a batch.
_SECOND_POOL = 2048
#: Values of the shared settings that are tried for a batch, and the recipes that each is tried on.
_SHARED_TRIED = 8
_SHARED_POOL = 256
_REFINED = 96
_REFINEMENTS = (0.08, 0.02)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A pool with its outlook, the recipes that must not be repeated, and how far apart a batch must be.

    ``shared`` are the values that the whole batch has, once they are set.
    """

    pool: Pool
    outlook: Outlook
    taken: Array
    min_distance: float
    shared: Mapping[str, Value] = field(default_factory=dict)

    def free(self) -> Mask:
        """Where a recipe is neither a repeat nor too close to a taken one."""
        return free_of(self.outlook.x, self.taken, self.min_distance)

    def and_taken(self, x: Array) -> Choice:
        """The same without what was just chosen."""
        return replace(self, taken=np.vstack([self.taken, x]))


def free_of(x: Array, taken: Array, min_distance: float) -> Mask:
    """Rows of ``x`` (n, d) that repeat no row of ``taken`` (t, d) and keep their distance from all."""
    free = np.ones(len(x), dtype=bool)
    for row in taken:
        gap = np.abs(x - row)
        free &= gap.max(axis=1) > SAME
        if min_distance > 0:
            free &= np.sqrt((gap**2).sum(axis=1)) >= min_distance
    return free


@in_one_thread
def suggest(
    space: DesignSpace,
    objective: Objective | str | Sequence[str],
    *,
    models: Mapping[str, FittedSurrogate],
    measurements: Sequence[Measurement] = (),
    pending: Sequence[Candidate] = (),
    failures: Sequence[Candidate] = (),
    batch: int = BATCH,
    seed: int = 0,
    planner: str = "botorch",
    pool: int = POOL,
    simulators: Mapping[str, FittedSurrogate] | None = None,
    min_distance: float = MIN_DISTANCE,
    replicate: bool = False,
    first_number: int = 1,
    progress: Progress = silent,
) -> SuggestionBatch:
    """``batch`` recipes to make next.

    ``models`` (the literature surrogates) and ``simulators`` are priors by property; ``measurements`` are the
    campaign's own, used wherever they lie; ``pending`` are open suggestions, ``failures`` recipes that did not work.
    With one goal the expected improvement wins, or without any prior the most optimistic value
    (:func:`~surrogate.design.acquisition.log_worth`, in closed form). With several the expected gain does: ``planner``
    is "botorch" (BoTorch's qLogNEHVI on a shortlist), "analytic" (the same gain in closed form, no PyTorch), or
    Optuna's "tpe" or "gp". ``replicate`` keeps one place of the batch for repeating the best measured recipe.
    In a space with shared settings the batch then takes the values of the repeated recipe. ``progress`` is called with
    the steps done and all steps.

    Raises :class:`SpaceError` for what contradicts itself and :class:`UnknownName` for what does not exist.
    """
    wish = objective_of(objective)
    if planner not in PLANNERS:
        raise UnknownName("planner", planner, PLANNERS)
    check_counts(batch, pool)
    check_seed(seed)
    check_distance(min_distance)
    check_subjects(space, pending, "pending")
    steps = PREPARATIONS + batch - int(replicate)
    progress(0, steps)
    knowledge = learn_all(
        space, wish, models=models, simulators=simulators or {}, measurements=measurements, failures=failures, seed=seed
    )
    progress(1, steps)
    recipes = space.sample(pool, seed)
    taken = np.vstack([knowledge.made_x, knowledge.failed_x, space.encode(pending)])
    recipes = recipes.take(free_of(recipes.encoded, taken, 0.0))
    if recipes.n < batch:
        raise SpaceError(
            f"A batch of {batch} was asked for, but the space offers {recipes.n} recipes not yet made or open.",
            hint="Ask for fewer, widen the space, or make the steps finer.",
        )
    outlook = knowledge.of_pool(recipes)
    gain = _first_gain(knowledge, pending, outlook, seed)
    choice = Choice(pool=recipes, outlook=outlook, taken=taken, min_distance=min_distance)
    progress(PREPARATIONS, steps)
    repeated = [_replicate(knowledge, gain)] if replicate else []
    chosen = _greedy(choice, gain, batch - len(repeated), planner, seed, repeated, progress)
    answer = batch_of(
        [*chosen, *repeated], knowledge, gain, outlook, planner=planner, seed=seed, first_number=first_number
    )
    return replace(answer, shared=_shared_of(answer, space.shared))


def _shared_of(batch: SuggestionBatch, names: Sequence[str]) -> dict[str, Value]:
    """The shared settings, each from the first recipe that it applies to."""
    found: dict[str, Value] = {}
    for suggestion in batch.suggestions:
        for name, value in suggestion.settings.items():
            if name in names:
                found.setdefault(name, value)
    return found


def _first_gain(knowledge: Knowledge, pending: Sequence[Candidate], outlook: Outlook, seed: int) -> Gain:
    """The gain beside everything measured and pending."""
    space = knowledge.space

    def known(candidates: Sequence[Candidate]) -> Outlook:
        derived = _derived(knowledge, candidates)
        seen = knowledge.outlook(candidates, space.encode(candidates), derived)
        # A recipe whose time or temperature nobody states cannot be compared on it: it teaches the models, no more.
        comparable = np.all([np.isfinite(values) for values in derived.values()], axis=0) if derived else None
        return seen if comparable is None else seen.take(np.flatnonzero(comparable))

    return gain_of(knowledge, known(knowledge.measured), known(pending), outlook, seed)


def _derived(knowledge: Knowledge, candidates: Sequence[Candidate]) -> dict[str, Array]:
    """Derived quantities of recipes that were not drawn here."""
    if not knowledge.objective.derived:
        return {}
    if not candidates:
        return {name: np.zeros(0) for name in knowledge.objective.derived}
    pool = knowledge.space.described(candidates)
    found = dict(knowledge.derived(pool))
    for name, settings in STATED_BY.items():
        if name in found:
            varied = [v.name for v in knowledge.space.variables if v.name in settings and not v.when]
            silent = np.any([np.isnan(pool.table.numbers[v]) for v in varied], axis=0) if varied else False
            found[name] = np.where(silent, np.nan, found[name])
    return found


def _greedy(
    choice: Choice, gain: Gain, batch: int, planner: str, seed: int, repeated: Sequence[Chosen], progress: Progress
) -> list[Chosen]:
    """One recipe after the other; each is pending for the next. What is ``repeated`` beside them shares with them."""
    chosen: list[Chosen] = []
    if choice.pool.space.shared and batch and batch + len(repeated) > 1:
        choice = _sharing(choice, gain, batch, repeated)
    for place in range(batch):
        found = _best(choice, gain, planner, seed + place)
        chosen.append(found)
        gain = gain.with_pending(found.outlook)
        choice = choice.and_taken(found.outlook.x)
        if place == 0 and batch > 1:
            choice = _promising(choice, gain)
        progress(PREPARATIONS + place + 1, PREPARATIONS + batch)
    return chosen


def _best(choice: Choice, gain: Gain, planner: str, seed: int) -> Chosen:
    free = np.flatnonzero(choice.free())
    if not len(free):
        raise _too_close(choice)
    if planner in ("tpe", "gp"):
        from surrogate.design.optuna_planner import propose

        position = int(free[propose(planner, choice.outlook.take(free), gain, seed=seed)])
        return _chosen(choice.pool, choice.outlook, position, gain)
    shortlist = _shortlist(choice.outlook, gain, free)
    position = _pick(choice.outlook, shortlist, gain, planner, seed)
    return _refined(_chosen(choice.pool, choice.outlook, position, gain), choice, gain, seed)


def _too_close(choice: Choice) -> SpaceError:
    return SpaceError(
        f"No recipe of the pool keeps the minimum distance of {choice.min_distance:g} from what is measured, pending "
        "or chosen; the bounds of a setting are 1 apart.",
        hint="Lower it or enlarge the pool.",
    )


def _shortlist(outlook: Outlook, gain: Gain, free: Rows) -> Rows:
    """The free recipes that a few draws rank highest."""
    if len(free) <= _SHORTLIST:
        return free
    rough = score(gain, outlook, rough=True)[free]
    return np.sort(free[np.argsort(-rough, kind="stable")[:_SHORTLIST]])


def _pick(outlook: Outlook, shortlist: Rows, gain: Gain, planner: str, seed: int) -> int:
    values = score(gain, outlook.take(shortlist))
    if planner == "botorch" and not gain.one_goal:
        from surrogate.design.botorch_planner import pick

        return int(shortlist[pick(outlook.take(shortlist), values, gain, seed=seed)])
    return int(shortlist[int(np.argmax(values))])


def _refined(best: Chosen, choice: Choice, gain: Gain, seed: int) -> Chosen:
    """The best of many recipes around the winner, moved in its coordinates, twice and closer the second time."""
    rng = np.random.default_rng(seed)
    space = best.pool.space
    for width in _REFINEMENTS:
        around = space.near(best.pool, best.position, width * rng.standard_normal((_REFINED, space.dimensions)))
        if around.n:
            around = around.take(_same_shared(around, best.pool, best.position, choice))
            around = around.take(free_of(around.encoded, choice.taken, choice.min_distance))
        if not around.n:
            continue
        outlook = gain.knowledge.of_pool(around)
        values = score(gain, outlook)
        if float(values.max()) > best.score:
            best = _chosen(around, outlook, int(np.argmax(values)), gain)
    return best


def _same_shared(around: Pool, pool: Pool, position: int, choice: Choice) -> Mask:
    """Keep what the batch shares once it is set; where a setting does not apply there is nothing to keep."""
    keep = np.ones(around.n, dtype=bool)
    for name in choice.shared:
        if name in around.table.numbers:
            column = around.table.numbers[name]
            keep &= np.isnan(column) | (column == pool.table.numbers[name][position])
    return keep


def _chosen(pool: Pool, outlook: Outlook, position: int, gain: Gain) -> Chosen:
    one = outlook.take(np.array([position]))
    return Chosen(pool=pool, position=position, outlook=one, gain=gain, score=float(score(gain, one)[0]))


def _promising(choice: Choice, gain: Gain) -> Choice:
    """The recipes that a few draws rank highest once the first is pending; the others would not be chosen next."""
    if choice.pool.n <= _SECOND_POOL or choice.min_distance > 0:
        return choice
    rough = score(gain, choice.outlook, rough=True)
    rows = np.sort(np.argsort(-rough, kind="stable")[:_SECOND_POOL])
    return replace(choice, pool=choice.pool.take(rows), outlook=choice.outlook.take(rows))


def _sharing(choice: Choice, gain: Gain, batch: int, repeated: Sequence[Chosen] = ()) -> Choice:
    """The pool with those shared settings in every row that promise the most for the whole batch.

    The settings of the recipes that rank highest alone are tried on the same recipes: what a batch is worth is the sum
    of its greedy choices, each beside those before it. A recipe that is repeated decides.
    """
    free = np.flatnonzero(choice.free())
    if not len(free):
        raise _too_close(choice)
    order = free[np.argsort(-score(gain, choice.outlook, rough=True)[free], kind="stable")]
    rows = _shared_rows(choice, order, repeated)
    tried = [(_joint_value(_moved(choice, _first_of(choice, order, row), row, gain), gain, batch), row) for row in rows]
    best = max(tried, key=lambda value_and_row: value_and_row[0])[1]
    moved = _moved(choice, choice.pool, best, gain)
    if moved.pool.n < batch:
        raise SpaceError(
            f"With {', '.join(choice.pool.space.shared)} shared{', as in the repeated recipe' if repeated else ''}, "
            f"only {moved.pool.n} recipes are left for a batch of {batch}{' beside it' if repeated else ''}.",
            hint="Ask for a smaller batch or share less." + (" Or leave out the replicate." if repeated else ""),
        )
    return moved


def _shared_rows(choice: Choice, order: Rows, repeated: Sequence[Chosen] = ()) -> list[dict[str, Value]]:
    """The first different shared settings in this order of the pool's recipes.

    A setting that does not apply to a recipe has the value of the next one that it applies to: others of the batch may
    need it.
    """
    names = choice.pool.space.shared
    elsewhere = first_shared(choice.pool, order)
    if repeated:
        row = repeated[0].pool.table.row(repeated[0].position)
        return [{**elsewhere, **{name: row[name] for name in names if name in row}}]
    found: list[dict[str, Value]] = []
    for position in order:
        row = {**elsewhere, **choice.pool.table.row(int(position))}
        shared = {name: row[name] for name in names if name in row}
        if shared not in found:
            found.append(shared)
        if len(found) == _SHARED_TRIED:
            break
    return found


def first_shared(pool: Pool, order: Rows) -> dict[str, Value]:
    """The shared settings of the first recipe in this order, each from the first that it applies to."""
    names, table = pool.space.shared, pool.table
    return {name: value for name in names if (value := _first_stated(table, order, name)) is not None}


def _first_stated(table: Table, order: Rows, name: str) -> Value | None:
    """The value of a setting in the first recipe of ``order`` that it applies to."""
    if name in table.choices:
        return str(table.choices[name][order[0]])
    stated = order[~np.isnan(table.numbers[name][order])]
    return float(table.numbers[name][stated[0]]) if len(stated) else None


def _first_of(choice: Choice, order: Rows, shared: Mapping[str, Value]) -> Pool:
    """The recipes that shared settings are tried on: the first in ``order`` that can have them."""
    return choice.pool.take(np.sort(order[_can_have(choice.pool, shared)[order]][:_SHARED_POOL]))


def _can_have(pool: Pool, shared: Mapping[str, Value]) -> Mask:
    """Where the shared choices on which other settings or the composition depend are those of the recipe.

    Such a choice cannot be put into a recipe that was drawn with another: what belongs to it is missing there.
    """
    mask = np.ones(pool.n, dtype=bool)
    for name in set(shared) & pool.space.deciding:
        mask &= pool.table.choices[name] == shared[name]
    return mask


def _moved(choice: Choice, pool: Pool, shared: Mapping[str, Value], gain: Gain) -> Choice:
    """The feasible recipes of ``pool`` with these shared settings in every row."""
    moved = with_shared(pool, shared)
    moved = moved.take(free_of(moved.encoded, choice.taken, choice.min_distance))
    return replace(choice, pool=moved, outlook=gain.knowledge.of_pool(moved), shared=shared)


def with_shared(pool: Pool, shared: Mapping[str, Value]) -> Pool:
    """The feasible recipes that ``pool`` becomes with these shared settings in every row."""
    pool = pool.take(_can_have(pool, shared))
    given = {name: value for name, value in shared.items() if name not in pool.space.deciding}
    moved = pool.space.weighed(pool.table.replaced(given))
    return moved.take(moved.feasible).distinct()


def _joint_value(choice: Choice, gain: Gain, batch: int) -> float:
    """What a greedy batch of these recipes is worth, in closed form; −∞ when there are too few."""
    total = 0.0
    for _ in range(batch):
        free = np.flatnonzero(choice.free())
        if not len(free):
            return -np.inf
        values = score(gain, choice.outlook.take(free), rough=True)
        best = choice.outlook.take(free[[int(np.argmax(values))]])
        total += float(np.exp(values.max()))
        gain, choice = gain.with_pending(best), choice.and_taken(best.x)
    return total


def _replicate(knowledge: Knowledge, gain: Gain) -> Chosen:
    """The best measured recipe of the space, to be made once more."""
    space = knowledge.space
    inside = [c for c in knowledge.measured if space.contains(c)]
    if not inside:
        raise SpaceError("A replicate was asked for, but no measured recipe lies in the space.", hint="Leave it out.")
    pool = space.described(inside)
    outlook = knowledge.outlook(inside, space.encode(inside), knowledge.derived(pool))
    return _chosen(pool, outlook, int(np.argmax(score(gain, outlook))), gain).as_replicate(inside)
