"""What every door asks with when nothing else is said, and the batches and distances that no ask can have.

Python, the command line, campaigns and HTTP take their defaults from here, so the same question has the same answer.
Only ``surrogate suggest`` differs, in :data:`APART`: it shows one batch to a person who wants to see different recipes.
"""

from __future__ import annotations

import math

from surrogate.errors import SpaceError
from surrogate.execution.asked import check_count

PLANNERS = ("botorch", "analytic", "tpe", "gp")
BATCH, POOL = 4, 4096
#: Distance between the recipes of a batch in the encoded space: any recipe that is not the same.
MIN_DISTANCE = 0.0
#: The distance that ``surrogate suggest`` asks for.
APART = 0.2


def check_counts(batch: int, pool: int) -> None:
    """Refuse a batch that is empty, not whole, or larger than the pool it comes from."""
    check_count("batch", batch, error=SpaceError)
    check_count("pool", pool, error=SpaceError)
    if batch > pool:
        raise SpaceError(f"A batch of {batch} is larger than the pool of {pool}.", hint="Enlarge the pool.")


def check_distance(min_distance: float) -> None:
    """Refuse a distance that no two recipes can have."""
    if not (min_distance >= 0.0 and math.isfinite(min_distance)):
        raise SpaceError(f"A minimum distance of {min_distance:g} is impossible.", hint="Give 0 or more.")
