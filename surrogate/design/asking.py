"""What every door asks with when nothing else is said, and the numbers that no ask can have.

Python, the command line, campaigns and HTTP take their defaults from here, so the same question has the same answer.
Only ``surrogate suggest`` differs, in :data:`APART`: it shows one batch to a person who wants to see different recipes.
"""

from __future__ import annotations

import math
from numbers import Integral

from surrogate.errors import InvalidInput, SpaceError

PLANNERS = ("botorch", "analytic", "tpe", "gp")
BATCH, POOL = 4, 4096
#: Distance between the recipes of a batch in the encoded space: any recipe that is not the same.
MIN_DISTANCE = 0.0
#: The distance that ``surrogate suggest`` asks for.
APART = 0.2


def check_seed(seed: int) -> None:
    """Refuse what no generator of random numbers starts from."""
    if not _whole(seed) or not 0 <= seed < 2**63:
        raise InvalidInput(
            f"The seed is {seed}; it must be a whole number from 0 to 2^63 - 1.", hint="The default is 0."
        )


def check_counts(batch: int, pool: int) -> None:
    """Refuse a batch that is empty, not whole, or larger than the pool it comes from."""
    for what, count in (("batch", batch), ("pool", pool)):
        if not _whole(count):
            raise SpaceError(
                f"A {what} of {count} was asked for; it must be a whole number.", hint="Ask for 1 or more."
            )
    if batch < 1:
        raise SpaceError(f"A batch of {batch} was asked for; it must hold at least one.", hint="Ask for one or more.")
    if batch > pool:
        raise SpaceError(f"A batch of {batch} is larger than the pool of {pool}.", hint="Enlarge the pool.")


def check_distance(min_distance: float) -> None:
    """Refuse a distance that no two recipes can have."""
    if not (min_distance >= 0.0 and math.isfinite(min_distance)):
        raise SpaceError(f"A minimum distance of {min_distance:g} is impossible.", hint="Give 0 or more.")


def _whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
