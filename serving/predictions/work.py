"""Predicting for many items at once: one call per model, every item with its own outcome, the order kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel

from serving.http import conversion
from serving.http.errors import blaming, fault_of
from serving.http.metrics import metrics
from serving.http.registry import Served, Snapshot
from serving.http.state import Library
from serving.predictions.items import Item, note_what_is_missing, read, refuse_if_none, select_items, select_served
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput
from surrogate.models.base import Prediction
from surrogate.models.own_rows import check_own_rows, with_own_rows
from surrogate.wire.answers import (
    derived_fields,
    list_conditions,
    measured_fields,
    prediction_fields,
    worst_domain,
    write_model,
)
from surrogate.wire.predictions import PredictRequest, PredictResponse


def predict(request: PredictRequest, snapshot: Snapshot, library: Library) -> PredictResponse:
    """Predict every item; 422 when none can be predicted, 503 when a requested model is not in service."""
    return PredictResponse.model_validate(_predict(request, snapshot, library))


def predict_json(request: PredictRequest, snapshot: Snapshot, library: Library) -> bytes:
    """:func:`predict`, written out without a check against the schema, which takes as long as writing."""
    return orjson.dumps(_predict(request, snapshot, library), default=BaseModel.model_dump)


def _predict(request: PredictRequest, snapshot: Snapshot, library: Library) -> dict[str, Any]:
    """The fields of a :class:`PredictResponse`."""
    models = select_served(request.properties, snapshot)
    own = conversion.measurements_of(request.given, "given")
    items = read(request.items)
    for name, served in models.items():
        with blaming("/given"):
            rows = [row for row in own if row.property == name]
            check_own_rows(served.surrogate, rows)
        _predict_property(name, served, items, request, library, rows)
    note_what_is_missing(items, models)
    failed = sum(bool(item.errors) for item in items)
    metrics().items.labels(outcome="ok").inc(len(items) - failed)
    metrics().items.labels(outcome="error").inc(failed)
    refuse_if_none(items, "predicted")
    answers = [{**i.answer(), "derived": i.derived, "domain": worst_domain(i.domains)} for i in items]
    return {"items": answers}


def _predict_property(
    name: str,
    served: Served,
    items: Sequence[Item],
    request: PredictRequest,
    library: Library,
    own: Sequence[Measurement],
) -> None:
    chosen = select_items(items, served)
    candidates = [candidate for _, candidate in chosen]
    if not candidates:
        return
    prop, identity = served.surrogate.property, served.surrogate.identity
    answered = write_model(identity, alias=served.alias).model_dump()
    verdicts: Counter[str] = Counter()
    conditions: dict[int, dict[str, Any]] = {}  # most items are measured alike, and then share their protocol
    for (item, candidate), answer in zip(chosen, _predictions(served, candidates, request, own), strict=True):
        if isinstance(answer, InvalidInput):
            item.errors.append(fault_of(answer, f"/items/{item.index}"))
            continue
        protocol = candidate.protocol
        if id(protocol) not in conditions:
            conditions[id(protocol)] = list_conditions(protocol)
        material = library.measured.find(candidate, name)
        item.properties[name] = prediction_fields(
            answer,
            prop,
            conditions[id(protocol)],
            answered,
            measured=measured_fields(material, candidate, request.neighbours, citations=request.citations)
            if material is not None
            else None,
            citations=request.citations,
        )
        item.domains[name] = answer.domain
        item.derived |= derived_fields(candidate, answer)
        verdicts[answer.domain.status.value] += 1
    for verdict, count in verdicts.items():
        metrics().predictions.labels(property=name, version=identity.version, domain=verdict).inc(count)


def _predictions(
    served: Served, candidates: Sequence[Candidate], request: PredictRequest, own: Sequence[Measurement]
) -> Sequence[Prediction | InvalidInput]:
    """All at once; where one is refused, one by one, so that the others are not lost with it."""
    try:
        predictions = served.surrogate.predict(candidates, level=request.level, neighbours=request.neighbours)
        return with_own_rows(served.surrogate, candidates, predictions, own) if own else predictions
    except InvalidInput as error:
        if len(candidates) == 1:
            return [error]
    return [answer for candidate in candidates for answer in _predictions(served, [candidate], request, own)]
