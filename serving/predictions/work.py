"""Predicting for many items at once: one call per model, every item with its own outcome, the order kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel

from serving.http.errors import fault_of
from serving.http.metrics import metrics
from serving.http.registry import Served, Snapshot
from serving.http.state import Library
from serving.predictions.items import Item, having, note_what_is_missing, read, refuse_if_none, wanted_models
from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput
from surrogate.models.base import Prediction
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
    """Answer every item; 422 when none could be answered, 503 when a model that was asked for is not in service."""
    return PredictResponse.model_validate(_predict(request, snapshot, library))


def predict_json(request: PredictRequest, snapshot: Snapshot, library: Library) -> bytes:
    """:func:`predict`, written out without a check against the schema, which takes as long as writing."""
    return orjson.dumps(_predict(request, snapshot, library), default=BaseModel.model_dump)


def _predict(request: PredictRequest, snapshot: Snapshot, library: Library) -> dict[str, Any]:
    """The fields of a :class:`PredictResponse`."""
    models = wanted_models(request.properties, snapshot)
    items = read(request.items)
    for name, served in models.items():
        _predict_property(name, served, items, request, library)
    note_what_is_missing(items, models)
    _count(items)
    refuse_if_none(items, "predicted")
    return {"items": [_answer(item) for item in items]}


def _answer(item: Item) -> dict[str, Any]:
    """The fields of a :class:`PredictedItem`."""
    return {**item.answer(), "derived": item.derived, "domain": worst_domain(item.domains)}


def _predict_property(
    name: str, served: Served, items: Sequence[Item], request: PredictRequest, library: Library
) -> None:
    chosen = having(items, served)
    candidates = [candidate for _, candidate in chosen]
    if not candidates:
        return
    prop, identity = served.surrogate.property, served.surrogate.identity
    answered = write_model(identity, alias=served.alias).model_dump()
    verdicts: Counter[str] = Counter()
    stated: dict[int, dict[str, Any]] = {}  # most items are measured alike, and then share their protocol
    for (item, candidate), made in zip(chosen, _predictions(served, candidates, request), strict=True):
        if isinstance(made, InvalidInput):
            item.errors.append(fault_of(made, f"/items/{item.index}"))
            continue
        protocol = candidate.protocol
        if id(protocol) not in stated:
            stated[id(protocol)] = list_conditions(protocol)
        material = library.measured.find(candidate, name)
        item.properties[name] = prediction_fields(
            made,
            prop,
            stated[id(protocol)],
            answered,
            measured=measured_fields(material, candidate, request.neighbours, citations=request.citations)
            if material is not None
            else None,
            citations=request.citations,
        )
        item.domains[name] = made.domain
        item.derived |= derived_fields(candidate, made)
        verdicts[made.domain.status.value] += 1
    for verdict, count in verdicts.items():
        metrics().predictions.labels(property=name, version=identity.version, domain=verdict).inc(count)


def _predictions(
    served: Served, candidates: Sequence[Candidate], request: PredictRequest
) -> Sequence[Prediction | InvalidInput]:
    """All at once; where one is refused, one by one, so that the others are not lost with it."""
    try:
        return served.surrogate.predict(candidates, level=request.level, neighbours=request.neighbours)
    except InvalidInput as error:
        if len(candidates) == 1:
            return [error]
    return [made for candidate in candidates for made in _predictions(served, [candidate], request)]


def _count(items: Sequence[Item]) -> None:
    failed = sum(bool(item.errors) for item in items)
    metrics().items.labels(outcome="ok").inc(len(items) - failed)
    metrics().items.labels(outcome="error").inc(failed)
