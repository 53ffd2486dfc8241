"""The items of a request on their way to an answer: read one by one, each with its own outcome, the order kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from serving.http import conversion
from serving.http.errors import ProblemError, Refused, fault_of, faults_of
from serving.http.registry import Served, Snapshot
from surrogate.candidate.measurement import Candidate
from surrogate.errors import InvalidInput
from surrogate.models.base import Domain
from surrogate.wire.answers import reading_fields
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.fields import INPUT_FIELDS
from surrogate.wire.predictions import InvalidItem
from surrogate.wire.problems import Fault

#: How an item was read that could not be.
_UNREAD: Mapping[str, Any] = {"description": None, "reading": None, "warnings": [], "notes": []}


@dataclass(kw_only=True)
class Item:
    """One item on its way from what was sent to what is answered."""

    index: int
    id: str | None
    candidate: Candidate | None = None
    properties: dict[str, Any] = field(default_factory=dict)  # as they are sent
    domains: dict[str, Domain] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)
    errors: list[Fault] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """The fields that every answer about an item has; a property that is missing has an error."""
        return {
            "index": self.index,
            "id": self.id,
            "status": "error" if self.errors else "ok",
            **(_UNREAD if self.candidate is None else reading_fields(self.candidate)),
            "properties": self.properties,
            "errors": self.errors,
        }


def select_served(properties: Sequence[str] | None, snapshot: Snapshot) -> Mapping[str, Served]:
    """The models of ``properties``, or all; 422 for an unknown name, 503 without a model."""
    snapshot.check_ready()
    if properties is None:
        return snapshot.models
    models: dict[str, Served] = {}
    for index, name in enumerate(properties):
        try:
            models[name] = snapshot.get(name)
        except InvalidInput as error:
            fault = fault_of(error, f"/properties/{index}")
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, errors=[fault]) from None
    return models


def read(entries: Iterable[object]) -> list[Item]:
    """Every item that was sent, with its candidate or with what is wrong with it."""
    return [_read(index, item) for index, item in enumerate(entries)]


def _read(index: int, entry: object) -> Item:
    if isinstance(entry, InvalidItem):
        faults = faults_of(entry.errors, at=f"/items/{index}", known_fields=INPUT_FIELDS)
        return Item(index=index, id=entry.name, errors=faults)
    assert isinstance(entry, CandidateInput)
    try:
        candidate = conversion.build_question(entry)
    except Refused as refused:
        fault = refused.fault.model_copy(update={"pointer": f"/items/{index}{refused.fault.pointer}"})
        return Item(index=index, id=entry.id, errors=[fault])
    return Item(index=index, id=entry.id, candidate=candidate)


def select_items(items: Iterable[Item], served: Served) -> list[tuple[Item, Candidate]]:
    """The items that can have the property of a model, with their candidates."""
    subject = served.surrogate.property.subject
    return [(item, item.candidate) for item in items if item.candidate is not None and item.candidate.kind is subject]


def note_what_is_missing(items: Iterable[Item], models: Mapping[str, Served]) -> None:
    """An item that has none of the properties is an error."""
    for item in items:
        if item.candidate is not None and not item.properties and not item.errors:
            item.errors.append(_no_such_property(item.index, item.candidate, models))


def _no_such_property(index: int, candidate: Candidate, models: Mapping[str, Served]) -> Fault:
    kind = candidate.kind
    other = "a cell" if kind == "electrolyte" else "an electrolyte"
    return Fault(
        pointer=f"/items/{index}",
        code="no_such_property",
        message=f"The item describes {'an' if kind == 'electrolyte' else 'a'} {kind}, which has none of: "
        f"{', '.join(models)}.",
        hint=f"Describe {other}, or ask for another property; GET /v1/schema says which belongs to what.",
    )


def refuse_if_none(items: Sequence[Item], participle: str) -> None:
    """422 when not one of the ``items`` could be ``participle`` (predicted, explained)."""
    if not all(item.errors for item in items):
        return
    faults = [fault for item in items for fault in item.errors]
    detail = faults[0].message if len(items) == 1 else f"None of the {len(items)} items can be {participle}."
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=faults)
