"""The scale a property is learnt on, which may depend on the candidate.

Conductivities are learnt as log10. A capacity is learnt as *utilisation*, its share of the theoretical capacity, so that
sulfur and layered oxides live on one scale and an active material never seen still gets a sane answer. Retention is
learnt as the logarithm of capacity lost per decade-compressed cycle, see :func:`fade`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surrogate.cell import Cell
from surrogate.measurement import Candidate
from surrogate.properties import Property, Scale

Array = NDArray[np.float64]

#: Where no reaction is defined, capacities are referred to this round number so that they stay of order one, mAh/g.
UNDEFINED_CAPACITY_MAH_PER_G = 400.0
CAPACITIES = ("first_discharge_capacity", "first_charge_capacity")


def reference(prop: Property, candidates: Sequence[Candidate]) -> Array:
    """What values of ``prop`` are divided by before they are learnt, (n,): the theoretical capacity, or 1."""
    if prop.name not in CAPACITIES:
        return np.ones(len(candidates))
    return np.array([_theoretical(candidate) for candidate in candidates])


def to_model(prop: Property, values: Array, reference: Array) -> Array:
    """Values in the unit (n,) → targets (n,)."""
    if prop.scale is Scale.LOG10:
        return np.asarray(np.log10(values))
    return values / reference


def from_model(prop: Property, targets: Array, reference: Array) -> Array:
    """Targets (n,) → values in the unit (n,), inside the physical bounds of the property."""
    values = np.power(10.0, targets) if prop.scale is Scale.LOG10 else targets * reference
    return np.clip(values, prop.lower, prop.upper)


def _theoretical(candidate: Candidate) -> float:
    subject = candidate.subject
    if isinstance(subject, Cell):
        capacity = subject.electrode.active_material.theoretical_capacity_mah_per_g
        if capacity is not None:
            return capacity
    return UNDEFINED_CAPACITY_MAH_PER_G
