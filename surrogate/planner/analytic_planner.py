"""The planner of the product: the recipe of the pool with the highest acquisition in closed form, then refined.

With one goal that is the expected improvement (or optimism), with several the expected gain in hypervolume; BoTorch's
qLogNEHVI, which is the same quantity from draws, finds no better ones (decision 17).
"""

from __future__ import annotations

import numpy as np

from surrogate.planner.acquisition import Acquisition, score
from surrogate.planner.open_pool import OpenPool, free_of
from surrogate.planner.reasons import Chosen
from surrogate.space.design_space import Pool
from surrogate.space.variables import Mask, Rows

_SHORTLIST = 1024
_REFINED = 96
_REFINEMENTS = (0.08, 0.02)


def choose(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The best free recipe, and what is better still around it."""
    rows = shortlist(open_pool, acquisition)
    best = int(rows[int(np.argmax(score(acquisition, open_pool.encoded.take(rows))))])
    return refine(Chosen.of(open_pool.pool, open_pool.encoded, best, acquisition), open_pool, acquisition, seed)


def shortlist(open_pool: OpenPool, acquisition: Acquisition) -> Rows:
    """The free recipes that a few draws rank highest."""
    free = open_pool.free_or_refuse()
    worth = acquisition.worth_asking(open_pool.encoded.take(free))
    free = free[worth] if worth.any() else free
    if len(free) <= _SHORTLIST:
        return free
    rough = score(acquisition, open_pool.encoded, rough=True)[free]
    return np.sort(free[np.argsort(-rough, kind="stable")[:_SHORTLIST]])


def refine(best: Chosen, open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The best of many recipes around the winner, moved in its coordinates, twice and closer the second time."""
    rng = np.random.default_rng(seed)
    space = best.pool.space
    for width in _REFINEMENTS:
        around = space.near(best.pool, best.position, width * rng.standard_normal((_REFINED, space.dimensions)))
        if around.n:
            around = around.take(_same_shared(around, best.pool, best.position, open_pool))
            around = around.take(free_of(around.encoded, open_pool.taken, open_pool.min_distance))
            around = around.take(open_pool.told_apart(around))
        if not around.n:
            continue
        encoded = acquisition.observations.of_pool(around)
        values = np.where(acquisition.worth_asking(encoded), score(acquisition, encoded), -np.inf)
        if float(values.max()) > best.score:
            best = Chosen.of(around, encoded, int(np.argmax(values)), acquisition)
    return best


def _same_shared(around: Pool, pool: Pool, position: int, open_pool: OpenPool) -> Mask:
    """Keep what the batch shares once it is set; where a setting does not apply there is nothing to keep."""
    keep = np.ones(around.n, dtype=bool)
    for name in open_pool.shared:
        if name in around.table.numbers:
            column = around.table.numbers[name]
            keep &= np.isnan(column) | (column == pool.table.numbers[name][position])
    return keep
