"""What an answer to "can it be made?" is worth: a success opens what is like it, a failure closes that.

Expected gains look one experiment ahead, and a recipe that fails gains nothing. So a region in which recipes failed is
never asked of again, however much it may hold, while next to nothing is left to gain elsewhere. Here the next
experiment but one counts too: with the outcome of the first known, it may go where more is to be gained.
"""

from __future__ import annotations

import numpy as np

from surrogate.beliefs.feasibility import Feasibility
from surrogate.space.variables import Array

#: Chances nearer to 0 or 1 than this leave nothing to be learnt.
_SURE = 0.02


def value_of_outcome(feasibility: Feasibility, x: Array, prospects: Array, gains: Array) -> Array:
    """By how much the best gain to be expected of a later recipe rises once it is known whether the first can be made,
    on average over both outcomes, (n,); never below 0.

    Args:
        feasibility: what failures teach.
        x: the recipes that may be made first, encoded, (n, d).
        prospects: the recipes that may be made later, encoded, (p, d).
        gains: what each of these gains if it can be made, (p,).
    """
    heaviest = feasibility.heaviest
    value = np.zeros(len(x))
    chance_first = heaviest.chance(x)
    unsure = np.flatnonzero((chance_first > _SURE) & (chance_first < 1.0 - _SURE))
    if not len(unsure):
        return value
    chance = heaviest.chance(prospects)
    both = heaviest.chance_of_both(x[unsure], prospects)
    after_success, after_failure = both * gains, np.maximum(chance - both, 0.0) * gains
    best = after_success.max(axis=1) + after_failure.max(axis=1)
    value[unsure] = np.maximum(best - float((chance * gains).max()), 0.0)
    return value
