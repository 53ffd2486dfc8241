"""What a batch shares, as in one furnace run: the shared settings that promise most for the whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from surrogate.errors import SpaceError
from surrogate.planner.acquisition import Acquisition, score
from surrogate.planner.open_pool import OpenPool, free_of
from surrogate.planner.reasons import Chosen
from surrogate.space.design_space import Pool
from surrogate.space.variables import Mask, Rows, Table, Value

#: Values of the shared settings that are tried for a batch, and the recipes that each is tried on.
_SHARED_TRIED = 8
_SHARED_POOL = 256


def share_settings(
    open_pool: OpenPool, acquisition: Acquisition, batch: int, repeated: Sequence[Chosen] = (), *, ranked: bool = True
) -> OpenPool:
    """The pool with those shared settings in every row that promise the most for the whole batch.

    The settings of the recipes that rank highest alone are tried on the same recipes: what a batch is worth is the sum
    of its greedy choices, each beside those before it. A recipe that is repeated decides. Where recipes are not
    ``ranked`` the first free one does.
    """
    free = open_pool.free_or_refuse()
    order = free
    if ranked:
        order = free[np.argsort(-score(acquisition, open_pool.encoded, rough=True)[free], kind="stable")]
    rows = _shared_rows(open_pool, order, repeated)[: None if ranked else 1]

    def value(row: Mapping[str, Value]) -> float:
        return _joint_value(_moved(open_pool, _first_of(open_pool, order, row), row, acquisition), acquisition, batch)

    best = rows[0] if len(rows) == 1 else max(rows, key=value)
    moved = _moved(open_pool, open_pool.pool, best, acquisition)
    if moved.pool.n < batch:
        raise SpaceError(
            f"With {', '.join(open_pool.pool.space.shared)} shared{', as in the repeated recipe' if repeated else ''}, "
            f"only {moved.pool.n} recipes are left for a batch of {batch}{' beside it' if repeated else ''}.",
            hint="Ask for a smaller batch or share less." + (" Or leave out the replicate." if repeated else ""),
        )
    return moved


def _shared_rows(open_pool: OpenPool, order: Rows, repeated: Sequence[Chosen] = ()) -> list[dict[str, Value]]:
    """The first different shared settings in this order of the pool's recipes.

    A setting that does not apply to a recipe has the value of the next one that it applies to: others of the batch may
    need it.
    """
    names = open_pool.pool.space.shared
    elsewhere = first_shared(open_pool.pool, order)
    if repeated:
        row = repeated[0].pool.table.row(repeated[0].position)
        return [{**elsewhere, **{name: row[name] for name in names if name in row}}]
    different: list[dict[str, Value]] = []
    for position in order:
        row = {**elsewhere, **open_pool.pool.table.row(int(position))}
        shared = {name: row[name] for name in names if name in row}
        if shared not in different:
            different.append(shared)
        if len(different) == _SHARED_TRIED:
            break
    return different


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


def _first_of(open_pool: OpenPool, order: Rows, shared: Mapping[str, Value]) -> Pool:
    """The recipes that shared settings are tried on: the first in ``order`` that can have them."""
    return open_pool.pool.take(np.sort(order[_can_have(open_pool.pool, shared)[order]][:_SHARED_POOL]))


def _can_have(pool: Pool, shared: Mapping[str, Value]) -> Mask:
    """Where the shared choices on which other settings or the composition depend are those of the recipe.

    Such a choice cannot be put into a recipe that was drawn with another: what belongs to it is missing there.
    """
    mask = np.ones(pool.n, dtype=bool)
    for name in set(shared) & pool.space.deciding:
        mask &= pool.table.choices[name] == shared[name]
    return mask


def _moved(open_pool: OpenPool, pool: Pool, shared: Mapping[str, Value], acquisition: Acquisition) -> OpenPool:
    """The feasible recipes of ``pool`` with these shared settings in every row."""
    moved = with_shared(pool, shared)
    moved = moved.take(free_of(moved.encoded, open_pool.taken, open_pool.min_distance))
    return replace(open_pool, pool=moved, encoded=acquisition.observations.of_pool(moved), shared=shared)


def with_shared(pool: Pool, shared: Mapping[str, Value]) -> Pool:
    """The feasible recipes that ``pool`` becomes with these shared settings in every row."""
    pool = pool.take(_can_have(pool, shared))
    settings = {name: value for name, value in shared.items() if name not in pool.space.deciding}
    moved = pool.space.weighed(pool.table.replaced(settings))
    return moved.take(moved.feasible).distinct()


def _joint_value(open_pool: OpenPool, acquisition: Acquisition, batch: int) -> float:
    """What a greedy batch of these recipes is worth, in closed form; −∞ when there are too few."""
    total = 0.0
    for _ in range(batch):
        free = open_pool.free()
        if not len(free):
            return -np.inf
        values = score(acquisition, open_pool.encoded.take(free), rough=True)
        best = open_pool.encoded.take(free[[int(np.argmax(values))]])
        total += float(np.exp(values.max()))
        acquisition, open_pool = acquisition.with_pending(best), open_pool.and_taken(best.x)
    return total
