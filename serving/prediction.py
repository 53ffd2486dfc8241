"""Predicting for many items at once: one call per model, every item with its own outcome, the order kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from serving import conversion
from serving.errors import Fault, ProblemError, Refused, fault_of, faults_of, not_ready
from serving.metrics import metrics
from serving.registry import Served, Snapshot
from serving.schemas.candidates import CandidateInput
from serving.schemas.fields import INPUT_FIELDS
from serving.schemas.predictions import InvalidItem, PredictRequest, PredictResponse
from surrogate.errors import InvalidInput
from surrogate.measurement import Candidate
from surrogate.models.base import Domain, Prediction


@dataclass(kw_only=True)
class _Item:
    """One item on its way from what was sent to what is answered."""

    index: int
    id: str | None
    candidate: Candidate | None = None
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    errors: list[Fault] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """The fields of a :class:`PredictedItem`; no property without an error, no error beside a complete answer."""
        worst = conversion.worst_domain(self.domains)
        return {
            "index": self.index,
            "id": self.id,
            "status": "error" if self.errors else "ok",
            "properties": self.properties,
            "derived": self.derived,
            "domain": None if worst is None else conversion.domain(worst),
            "warnings": self.warnings,
            "errors": self.errors,
        }


def predict(request: PredictRequest, snapshot: Snapshot) -> PredictResponse:
    """Answer every item; 422 when none could be answered, 503 when a model that was asked for is not in service."""
    models = _models(request, snapshot)
    items = [_read(index, given) for index, given in enumerate(request.items)]
    for name, served in models.items():
        _predict_property(name, served, items, request)
    for item in items:
        _note_what_is_missing(item, models)
    _count(items)
    if all(item.errors for item in items):
        raise _nothing_predicted(items)
    return PredictResponse.model_validate({"items": [item.answer() for item in items]})


def _models(request: PredictRequest, snapshot: Snapshot) -> Mapping[str, Served]:
    if snapshot.reason_not_ready is not None:
        raise not_ready(f"No model is in service: {snapshot.reason_not_ready}")
    if request.properties is None:
        return snapshot.models
    found: dict[str, Served] = {}
    for index, name in enumerate(request.properties):
        try:
            found[name] = snapshot.get(name)
        except InvalidInput as error:
            fault = fault_of(error, f"/properties/{index}")
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, errors=[fault]) from None
    return found


def _read(index: int, given: object) -> _Item:
    if isinstance(given, InvalidItem):
        faults = faults_of(given.errors, at=f"/items/{index}", known_fields=INPUT_FIELDS)
        return _Item(index=index, id=given.name, errors=faults)
    assert isinstance(given, CandidateInput)
    try:
        made = conversion.candidate(given)
    except Refused as refused:
        fault = refused.fault.model_copy(update={"pointer": f"/items/{index}{refused.fault.pointer}"})
        return _Item(index=index, id=given.id, errors=[fault])
    return _Item(index=index, id=given.id, candidate=made, warnings=conversion.reading_warnings(made))


def _predict_property(name: str, served: Served, items: Sequence[_Item], request: PredictRequest) -> None:
    chosen = [(item, item.candidate) for item in items if item.candidate and _has(item.candidate, served)]
    candidates = [candidate for _, candidate in chosen]
    if not candidates:
        return
    answered = conversion.model(served.surrogate.identity, alias=served.alias)
    verdicts: Counter[str] = Counter()
    for (item, candidate), made in zip(chosen, _predictions(served, candidates, request), strict=True):
        if isinstance(made, InvalidInput):
            item.errors.append(fault_of(made, f"/items/{item.index}"))
            continue
        item.properties[name] = conversion.predicted(made, conversion.conditions(candidate.protocol), answered)
        item.domains[name] = made.domain
        item.derived |= conversion.derived(candidate, made)
        verdicts[made.domain.status.value] += 1
    for verdict, count in verdicts.items():
        metrics().predictions.labels(property=name, version=answered.version, domain=verdict).inc(count)


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


def _has(candidate: Candidate, served: Served) -> bool:
    return candidate.kind is served.surrogate.property.subject


def _note_what_is_missing(item: _Item, models: Mapping[str, Served]) -> None:
    """An item that has none of the properties is an error."""
    if item.candidate is None or item.properties or item.errors:
        return
    kind = item.candidate.kind
    other = "a cell" if kind == "electrolyte" else "an electrolyte"
    item.errors.append(
        Fault(
            pointer=f"/items/{item.index}",
            code="no_such_property",
            message=f"The item describes {'an' if kind == 'electrolyte' else 'a'} {kind}, which has none of: "
            f"{', '.join(models)}.",
            hint=f"Describe {other}, or ask for another property; GET /v1/schema says which belongs to what.",
        )
    )


def _count(items: Sequence[_Item]) -> None:
    failed = sum(bool(item.errors) for item in items)
    metrics().items.labels(outcome="ok").inc(len(items) - failed)
    metrics().items.labels(outcome="error").inc(failed)


def _nothing_predicted(items: Sequence[_Item]) -> ProblemError:
    faults = [fault for item in items for fault in item.errors]
    detail = faults[0].message if len(items) == 1 else f"None of the {len(items)} items can be predicted."
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=faults)
