"""Suggestions and designs, from what one request says and nothing else, with the models in service."""

from __future__ import annotations

from collections.abc import Sequence

from serving.http import conversion
from serving.http.errors import blaming
from serving.http.metrics import metrics
from serving.http.registry import Snapshot
from surrogate.candidate.measurement import Candidate
from surrogate.models.base import Prediction
from surrogate.planner.inverse import design as find
from surrogate.planner.objective import Objective
from surrogate.planner.observations import check_subjects
from surrogate.planner.suggest import suggest as plan
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import ready, space_from
from surrogate.wire.answers import Aliases, write_batch, write_design
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.design import DesignRequest, DesignResponse
from surrogate.wire.suggestions import SpaceInput, SuggestRequest, SuggestResponse

#: Alias of a model that was fitted to the measurements of the request.
REQUEST_ALIAS = "request"


def suggest(request: SuggestRequest, snapshot: Snapshot) -> SuggestResponse:
    """A batch for ``request``; 422 with the place of what contradicts itself, 503 when no model is in service."""
    if not request.without_prior:
        snapshot.check_ready()
    models = {} if request.without_prior else snapshot.surrogates
    with blaming("/space"):
        space = space_of(request.space)
    with blaming("/objective"):
        objective = Objective.parse(request.objective, weighted=request.weighted)
    measured = conversion.measurements_of(request.measured, "measured")
    pending = _candidates("pending", request.pending)
    failures = _candidates("failed", request.failed)
    for part, candidates in (("pending", pending), ("failed", failures)):
        with blaming(f"/{part}"):
            check_subjects(space, candidates, part)
    with blaming(""):
        batch = plan(
            space,
            objective,
            models=models,
            measurements=measured,
            pending=pending,
            failures=failures,
            batch=request.batch,
            seed=request.seed,
            planner=request.planner,
            simulator=request.simulator,
            pool=request.pool,
            min_distance=request.min_distance,
            replicate=request.replicate,
        )
    metrics().suggestions.inc(len(batch))
    return write_batch(batch, aliases(snapshot))


def design(request: DesignRequest, snapshot: Snapshot) -> DesignResponse:
    """Recipes for ``request``; 422 with the place of what contradicts itself, 503 when a model is not in service."""
    snapshot.check_ready()
    with blaming("/space"):
        space = space_of(request.space)
    with blaming("/targets"):
        targets = Objective.parse(request.targets)
    names = [name for name in targets.properties if name in snapshot.models or not request.simulator]
    models = {name: snapshot.get(name).surrogate for name in names}
    measured = conversion.measurements_of(request.measured, "measured")
    with blaming(""):
        answer = find(
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


def space_of(space: str | SpaceInput) -> DesignSpace:
    """A ready-made space by name, or the one that was described."""
    return ready(space) if isinstance(space, str) else space_from(space.model_dump(exclude_unset=True))


def _candidates(part: str, entries: Sequence[CandidateInput]) -> list[Candidate]:
    candidates: list[Candidate] = []
    for index, item in enumerate(entries):
        with blaming(f"/{part}/{index}"):
            candidates.append(conversion.build(item))
    return candidates


def aliases(snapshot: Snapshot) -> Aliases:
    """Tells the alias of the model that made a prediction; :data:`REQUEST_ALIAS` for one fitted to the request."""

    def alias_of(name: str, prediction: Prediction) -> str:
        served = snapshot.models.get(name)
        same = served is not None and served.surrogate.identity == prediction.model
        return served.alias if served is not None and same else REQUEST_ALIAS

    return alias_of
