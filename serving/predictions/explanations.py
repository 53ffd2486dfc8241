"""Explaining a few predictions: what moved each from usual members of its family, and the papers behind it."""

from __future__ import annotations

from serving.http.errors import fault_of
from serving.http.registry import Snapshot
from serving.http.state import Library
from serving.predictions.items import note_what_is_missing, read, refuse_if_none, select_items, select_served
from surrogate.errors import InvalidInput
from surrogate.report.explanations import write_explanation
from surrogate.wire.explanations import ExplainRequest, ExplainResponse


def explain(request: ExplainRequest, snapshot: Snapshot, library: Library) -> ExplainResponse:
    """Explain every item; 422 when none could be, 503 when a model or the data it learnt from are not there."""
    models = select_served(request.properties, snapshot)
    items = read(request.items)
    for name, served in models.items():
        for item, candidate in select_items(items, served):
            try:
                learnt = library.learnt(name)
                item.properties[name] = write_explanation(
                    served.surrogate,
                    candidate,
                    learnt.measurements,
                    sha256=learnt.sha256,
                    alias=served.alias,
                    papers=request.papers,
                )
            except InvalidInput as error:
                item.errors.append(fault_of(error, f"/items/{item.index}"))
    note_what_is_missing(items, models)
    refuse_if_none(items, "explained")
    return ExplainResponse.model_validate({"items": [item.answer() for item in items]})
