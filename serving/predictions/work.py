"""Predicting for many items at once: one call per model, every item with its own outcome, the order kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel

from serving.http import conversion
from serving.http.errors import ProblemError, blaming, fault_of
from serving.http.metrics import metrics
from serving.http.registry import Served, Snapshot
from serving.http.state import Library
from serving.predictions.items import Item, note_what_is_missing, read, refuse_if_none, select_items, select_served
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput, Unavailable
from surrogate.models.base import Prediction
from surrogate.models.own_rows import check_own_rows, with_own_rows
from surrogate.wire.answers import (
    derived_fields,
    list_conditions,
    measured_fields,
    prediction_fields,
    worst_domain,
)
from surrogate.wire.predictions import PredictRequest, PredictResponse

#: The most requests whose items are predicted as one, and the most items of a request that is one of them.
MOST_TOGETHER, FEW = 32, 4


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request with the models that were in service when it came."""

    request: PredictRequest
    snapshot: Snapshot
    library: Library


def predict(request: PredictRequest, snapshot: Snapshot, library: Library) -> PredictResponse:
    """Predict every item; 422 when none can be predicted, 503 when a requested model is not in service."""
    return PredictResponse.model_validate(_predict(Call(request=request, snapshot=snapshot, library=library)))


def predict_json(call: Call) -> bytes:
    """:func:`predict`, written out without a check against the schema, which takes as long as writing."""
    return _write(_predict(call))


def predict_together(calls: Sequence[Call]) -> list[bytes | Exception]:
    """:func:`predict_json` of several requests; one call of a model costs little more for thirty items than for one."""
    works: list[_Work | Exception] = [_begin(call) for call in calls]
    _predict_all([work for work in works if isinstance(work, _Work)])
    return [work if isinstance(work, Exception) else _end(work) for work in works]


@dataclass(kw_only=True)
class _Work:
    """A request on its way: its models, its items, and the laboratory's own rows by property."""

    request: PredictRequest
    library: Library
    models: Mapping[str, Served]
    items: list[Item]
    own: Mapping[str, Sequence[Measurement]]


@dataclass(frozen=True, kw_only=True)
class _Share:
    """What one request has for one model."""

    work: _Work
    served: Served
    entries: list[tuple[Item, Candidate]]


def _begin(call: Call) -> _Work | Exception:
    try:
        models = select_served(call.request.properties, call.snapshot)
        own = _own_rows(call.request, models)
    except (ProblemError, Unavailable) as error:
        return error
    items = read(call.request.items)
    return _Work(request=call.request, library=call.library, models=models, items=items, own=own)


def _own_rows(request: PredictRequest, models: Mapping[str, Served]) -> dict[str, list[Measurement]]:
    """The laboratory's own rows of each property that has any; 422 points at what a model cannot take."""
    rows: dict[str, list[Measurement]] = {}
    for row in conversion.measurements_of(request.given, "given"):
        rows.setdefault(row.property, []).append(row)
    with blaming("/given"):
        for name, own in rows.items():
            if name in models:
                check_own_rows(models[name].surrogate, own)
    return rows


def _end(work: _Work) -> bytes | Exception:
    try:
        return _write(_answer(work))
    except ProblemError as error:
        return error


def _write(fields: Mapping[str, Any]) -> bytes:
    return orjson.dumps(fields, default=BaseModel.model_dump)


def _predict(call: Call) -> dict[str, Any]:
    """The fields of a :class:`PredictResponse`."""
    work = _begin(call)
    if isinstance(work, Exception):
        raise work
    _predict_all([work])
    return _answer(work)


def _predict_all(works: Sequence[_Work]) -> None:
    """Put predictions into the items of all requests: one call for each model and what is asked of it."""
    shares: dict[tuple[str, int, float, int, int | None], list[_Share]] = {}
    for work in works:
        for name, served in work.models.items():
            entries = select_items(work.items, served)
            if entries:
                alone = id(work) if name in work.own else None  # own rows are for their own request
                key = (name, id(served), work.request.level, work.request.neighbours, alone)
                shares.setdefault(key, []).append(_Share(work=work, served=served, entries=entries))
    for (name, *_), parts in shares.items():
        candidates = [candidate for part in parts for _, candidate in part.entries]
        first = parts[0]
        own = first.work.own.get(name, ())
        predictions = iter(_predictions(first.served, candidates, first.work.request, own))
        for part in parts:
            _deal_out(name, part, [next(predictions) for _ in part.entries])


def _answer(work: _Work) -> dict[str, Any]:
    """The fields of the response to one request whose items have been predicted."""
    items = work.items
    note_what_is_missing(items, work.models)
    failed = sum(bool(item.errors) for item in items)
    metrics().items.labels(outcome="ok").inc(len(items) - failed)
    metrics().items.labels(outcome="error").inc(failed)
    refuse_if_none(items, "predicted")
    for item in items:  # in the order of the request, whichever models others asked for
        item.properties = {name: item.properties[name] for name in work.models if name in item.properties}
    answers = [{**i.answer(), "derived": i.derived, "domain": worst_domain(i.domains)} for i in items]
    return {"items": answers}


def _deal_out(name: str, share: _Share, predictions: Sequence[Prediction | InvalidInput]) -> None:
    """Put the ``predictions`` of one model into the items of one request."""
    served, request, library = share.served, share.work.request, share.work.library
    prop, identity = served.surrogate.property, served.surrogate.identity
    described = served.described
    verdicts: Counter[str] = Counter()
    conditions: dict[int, dict[str, Any]] = {}  # most items are measured alike, and then share their protocol
    for (item, candidate), answer in zip(share.entries, predictions, strict=True):
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
            described,
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
