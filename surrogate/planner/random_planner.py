"""Choosing blindly: the next free recipe of the pool, which is drawn evenly from the space."""

from __future__ import annotations

from surrogate.planner.acquisition import Acquisition
from surrogate.planner.open_pool import OpenPool
from surrogate.planner.reasons import Chosen


def choose(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The first free recipe; the pool itself is drawn from the seed of the ask."""
    return Chosen.of(open_pool.pool, open_pool.encoded, int(open_pool.free_or_refuse()[0]), acquisition)
