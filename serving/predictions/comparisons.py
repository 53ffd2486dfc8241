"""Comparing a few candidates: which has more of each property, if one laboratory makes them all."""

from __future__ import annotations

from serving.http import conversion
from serving.http.errors import blaming
from serving.http.registry import Snapshot
from serving.predictions.items import select_served
from surrogate.candidate.measurement import Candidate
from surrogate.models.comparing import compare as compare_candidates
from surrogate.models.surrogate import Surrogate
from surrogate.wire.comparisons import CompareRequest, CompareResponse, write_comparisons


def compare(request: CompareRequest, snapshot: Snapshot) -> CompareResponse:
    """Compare every pair of items; 422 with the place of one that cannot be, 503 when a model is not in service."""
    models = select_served(request.properties, snapshot)
    candidates: list[Candidate] = []
    for index, item in enumerate(request.items):
        with blaming(f"/items/{index}"):
            candidates.append(conversion.build_question(item))
    own_rows = conversion.measurements_of(request.given, "given")
    with blaming("/items"):
        answer = compare_candidates(
            candidates,
            models={n: s.surrogate for n, s in models.items() if isinstance(s.surrogate, Surrogate)},
            properties=request.properties or (),
            level=request.level,
            given=own_rows,
        )
    return write_comparisons(candidates, answer, {name: served.alias for name, served in models.items()})
