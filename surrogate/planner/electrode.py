"""Capacities per gram: of active material the lowest share of it always wins, and the thinnest electrode of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from surrogate.planner.objective import Goal, Objective, Target
from surrogate.properties import get_property
from surrogate.space.design_space import NEAR, DesignSpace
from surrogate.space.energy import ENERGY_DENSITY, PER_ACTIVE, PER_ELECTRODE
from surrogate.space.variables import Number, Value

_SHARE, _LOADING = "active_weight_fraction", "active_loading_mg_per_cm2"


def per_electrode(space: DesignSpace, objective: Objective) -> Objective:
    """The objective with capacities that are maximised counted per gram of electrode, where ``space`` varies the share
    of active material; its notes say so.
    """
    varies = space.rest == _SHARE or any(v.name == _SHARE and not v.is_fixed for v in space.variables)
    targets = tuple(_of_electrode(target, objective) if varies else target for target in objective.targets)
    notes = [
        f"{get_property(target.quantity).label} is maximised per gram of electrode, for the share of active material "
        f"varies; write 'maximise {PER_ACTIVE[target.quantity]}' to count per gram of active material."
        for target, changed in zip(objective.targets, targets, strict=True)
        if changed != target
    ]
    return replace(objective, targets=targets, notes=(*objective.notes, *notes)) if notes else objective


def _of_electrode(target: Target, objective: Objective) -> Target:
    quantity = PER_ELECTRODE.get(target.quantity)
    if target.goal is not Goal.MAXIMISE or quantity is None or any(t.quantity == quantity for t in objective.goals):
        return target
    return replace(target, quantity=quantity, smallest_worthwhile=None)


def warn_of_thin_electrodes(
    space: DesignSpace, objective: Objective, batch: Sequence[Mapping[str, Value]]
) -> Sequence[str]:
    """A sentence where a capacity per gram is maximised and most of a ``batch`` has the least loading of the space."""
    loading = next((v for v in space.variables if v.name == _LOADING and isinstance(v, Number)), None)
    capacities = [t for t in objective.goals if t.goal is Goal.MAXIMISE and t.base in PER_ACTIVE]
    if loading is None or not capacities or any(t.quantity == ENERGY_DENSITY for t in capacities):
        return []
    loadings = np.array([float(settings.get(_LOADING, np.nan)) for settings in batch])
    thin = int((loading.to_unit(loadings) <= NEAR).sum())
    if len(batch) < 2 or 2 * thin < len(batch):
        return []
    return [
        f"{thin} of {len(batch)} recipes have the least loading, {loading.low:g} mg/cm²: capacity per gram favours "
        f"thin electrodes. Fix {_LOADING} at yours, or maximise {ENERGY_DENSITY}."
    ]
