"""Capacities per gram of electrode: per gram of active material the lowest share of it always wins."""

from __future__ import annotations

from dataclasses import replace

from surrogate.planner.objective import Goal, Objective, Target
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace
from surrogate.space.energy import PER_ACTIVE, PER_ELECTRODE

_SHARE = "active_weight_fraction"


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
