"""Inverse design: from the wishes of a request to recipes, with the models in service."""

from __future__ import annotations

from serving.http import conversion
from serving.http.errors import blaming, not_ready
from serving.http.registry import Snapshot
from serving.suggestions.work import aliases, space_of
from surrogate.planner.inverse import design as search
from surrogate.planner.objective import Objective
from surrogate.wire.answers import write_design
from surrogate.wire.design import DesignRequest, DesignResponse


def design(request: DesignRequest, snapshot: Snapshot) -> DesignResponse:
    """Recipes for ``request``; 422 with the place of what contradicts itself, 503 when a model is not in service."""
    if snapshot.reason_not_ready is not None:
        raise not_ready(f"No model is in service: {snapshot.reason_not_ready}")
    with blaming("/space"):
        space = space_of(request.space)
    with blaming("/targets"):
        targets = Objective.parse(request.targets)
    names = [name for name in targets.properties if name in snapshot.models or not request.simulator]
    models = {name: snapshot.get(name).surrogate for name in names}
    measured = conversion.measurements_of(request.measured, "measured")
    with blaming(""):
        answer = search(
            space,
            targets,
            models=models,
            simulator=request.simulator,
            measurements=measured,
            seed=request.seed,
            pool=request.pool,
            recipes=request.recipes,
            search=request.search,
        )
    return write_design(answer, aliases(snapshot))
