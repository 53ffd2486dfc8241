"""Choosing blindly: the next free recipe of the pool, which is drawn evenly from the space."""

from __future__ import annotations

from surrogate.design.acquisition import Acquisition
from surrogate.design.open_pool import OpenPool
from surrogate.design.reasons import Chosen


def choose(open_pool: OpenPool, acquisition: Acquisition, seed: int) -> Chosen:
    """The first free recipe; the pool itself is drawn from the seed of the ask."""
    return Chosen.of(open_pool.pool, open_pool.encoded, int(open_pool.free_or_refuse()[0]), acquisition)
