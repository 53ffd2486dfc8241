"""The pool of one ask while its batch is chosen: what is still open, and what is too close to something taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from surrogate.errors import SpaceError
from surrogate.planner.observations import EncodedCandidates
from surrogate.space.design_space import Pool
from surrogate.space.variables import Array, Mask, Rows, Table, Value

#: Recipes closer than this in every encoded column are one recipe.
SAME = 2e-3


@dataclass(frozen=True, kw_only=True)
class OpenPool:
    """A pool that is open for choice, the recipes that must not be repeated, and how far apart a batch must be.

    ``shared`` are the values that the whole batch has, once they are set; ``batch`` its recipes so far, a row each.
    """

    pool: Pool
    encoded: EncodedCandidates
    taken: Array
    min_distance: float
    shared: Mapping[str, Value] = field(default_factory=dict)
    batch: tuple[Table, ...] = ()

    def free(self) -> Rows:
        """Rows of the recipes that are neither a repeat nor too close to a taken one; where some can be told apart
        from the others of the batch, these.
        """
        rows = np.flatnonzero(free_of(self.encoded.x, self.taken, self.min_distance))
        apart = rows[self.told_apart(self.pool.take(rows))]
        return apart if len(apart) else rows

    def told_apart(self, pool: Pool) -> Mask:
        """Recipes that a laboratory can tell from every one of the batch, (n,): where some have a composition of their
        own, these.
        """
        apart, own = np.ones(pool.n, dtype=bool), np.full(pool.n, bool(pool.space.coordinates))
        for recipe in self.batch:
            apart &= pool.space.told_apart(pool.table, recipe)
            own &= pool.space.told_apart(pool.table, recipe, weighed=True)
        return own if own.any() else apart

    def free_or_refuse(self) -> Rows:
        """The same; :class:`SpaceError` where there is none."""
        rows = self.free()
        if not len(rows):
            raise SpaceError(
                f"No recipe of the pool keeps the minimum distance of {self.min_distance:g} from what is measured, "
                "pending or chosen; the bounds of a setting are 1 apart.",
                hint="Lower it or enlarge the pool.",
            )
        return rows

    def take(self, rows: Rows) -> OpenPool:
        """The recipes at these positions."""
        return replace(self, pool=self.pool.take(rows), encoded=self.encoded.take(rows))

    def and_taken(self, x: Array, recipe: Table | None = None) -> OpenPool:
        """The same without what was just chosen, and without what nobody could tell from this ``recipe``."""
        batch = self.batch if recipe is None else (*self.batch, recipe)
        return replace(self, taken=np.vstack([self.taken, x]), batch=batch)


def free_of(x: Array, taken: Array, min_distance: float) -> Mask:
    """Rows of ``x`` (n, d) that repeat no row of ``taken`` (t, d) and keep their distance from all."""
    free = np.ones(len(x), dtype=bool)
    for row in taken:
        gap = np.abs(x - row)
        free &= gap.max(axis=1) > SAME
        if min_distance > 0:
            free &= np.sqrt((gap**2).sum(axis=1)) >= min_distance
    return free
