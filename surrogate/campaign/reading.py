"""Rows of the store as records, and the questions that read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.codec import (
    candidate_from_plain,
    candidate_to_plain,
    provenance_from_plain,
    provenance_to_plain,
    sha256_of,
)
from surrogate.campaign.lifecycle import OPEN
from surrogate.campaign.records import ID, Event, MeasurementRecord, Page, Result, SuggestionRecord
from surrogate.candidate.measurement import Candidate, Censoring
from surrogate.errors import CampaignError, InvalidInput, NotFound, UnknownName
from surrogate.text import is_plain
from surrogate.wire.states import State, Status

Row = sa.RowMapping | Mapping[str, Any]
T = TypeVar("T")
#: The way out for what was stored once and is refused by now.
NOTHING_LOST = (
    "Nothing of it is lost: 'surrogate campaign export' writes the campaign to a file; put that right there, and "
    "import it under another id."
)
#: What says where a result was read, and makes it no other one.
_WHERE_READ = ("source_file", "location", "note", "provenance")
#: Most items of one page.
MAX_PAGE = 1000


class Candidates:
    """Candidates from plain data; equal data gives the same object: planners see which values belong together."""

    def __init__(self) -> None:
        self._made: dict[str, Candidate] = {}

    def of(self, plain: Mapping[str, Any], whose: str) -> Candidate:
        """The candidate of this plain data; :class:`CampaignError` that says ``whose`` it is when it is refused by now.

        The client that asked for it has done nothing wrong.
        """
        key = sha256_of(plain)
        if key not in self._made:
            try:
                self._made[key] = candidate_from_plain(plain)
            except InvalidInput as error:
                raise CampaignError(
                    f"The {whose} holds a recipe that is refused today: {error.message}", hint=NOTHING_LOST
                ) from None
        return self._made[key]


def suggestion_record(row: Row, now: datetime, candidates: Candidates) -> SuggestionRecord:
    """A row of the table of suggestions; one whose lease ran out reads as expired before anybody wrote it down."""
    state, reason = State(row["state"]), row["reason"]
    if state in OPEN and row["lease_until"] <= now:
        state, reason = State.EXPIRED, "the lease ran out"
    return SuggestionRecord(
        id=row["id"],
        campaign=row["campaign_id"],
        number=row["number"],
        state=state,
        reason=reason,
        candidate=candidates.of(row["candidate"], f"suggestion {row['id']}"),
        settings=row["settings"],
        weigh_in_g=row["weigh_in_g"],
        is_replicate=bool(row["is_replicate"]),
        stored_answer=row["answer"],
        asked=row["asked"],
        assignee=row["assignee"],
        created=row["created"],
        updated=row["updated"],
        lease_until=row["lease_until"],
    )


def measurement_record(row: Row, candidates: Candidates) -> MeasurementRecord:
    """A row of the table of measurements."""
    actual, planned = (
        None if row[part] is None else candidates.of(row[part], f"measurement {row['id']}")
        for part in ("actual", "planned")
    )
    candidate = actual if actual is not None else planned
    if candidate is None:
        raise InvalidInput(f"The measurement {row['id']} says nothing about what was made.", hint="Restore the store.")
    return MeasurementRecord(
        id=row["id"],
        campaign=row["campaign_id"],
        number=row["number"],
        result=_read_result(row, actual),
        planned=planned,
        candidate=candidate,
        created=row["created"],
        superseded_by=row["superseded_by"],
    )


def _read_result(row: Row, actual: Candidate | None) -> Result:
    return Result(
        property=row["property"],
        value=row["value"],
        suggestion=row["suggestion_id"],
        candidate=actual,
        id=row["id"],
        status=Status(row["status"]),
        reason=row["reason"],
        censoring=Censoring(row["censoring"]),
        uncertainty=row["uncertainty"],
        replicate=row["replicate"],
        source_file=row["source_file"],
        location=row["location"],
        note=row["note"],
        provenance=None if row["provenance"] is None else provenance_from_plain(row["provenance"]),
        replaces=row["replaces"],
    )


def result_row(result: Result) -> dict[str, Any]:
    """The part of a row of measurements that the client said."""
    return {
        "suggestion_id": result.suggestion,
        "property": result.property,
        "value": None if result.value is None else float(result.value),
        "status": str(result.status),
        "reason": result.reason,
        "censoring": str(result.censoring),
        "uncertainty": None if result.uncertainty is None else float(result.uncertainty),
        "replicate": result.replicate,
        "actual": None if result.candidate is None else candidate_to_plain(result.candidate),
        "source_file": result.source_file,
        "location": result.location,
        "note": result.note,
        "provenance": None if result.provenance is None else provenance_to_plain(result.provenance),
        "replaces": result.replaces,
    }


def content_sha256(row: Mapping[str, Any]) -> str:
    """Hash of what makes two tellings of one id the same: all but where it was read."""
    return sha256_of({name: value for name, value in row.items() if name not in _WHERE_READ})


def event_record(row: Row) -> Event:
    """A row of the history."""
    return Event(
        number=row["number"],
        at=row["at"],
        kind=row["kind"],
        suggestion=row["suggestion_id"],
        measurement=row["measurement_id"],
        detail=row["detail"],
    )


def rows_of(
    connection: sa.Connection, table: sa.Table, campaign_id: str, *conditions: sa.ColumnElement[bool]
) -> sa.MappingResult:
    """The rows that a campaign has in ``table``, by number: all, or those of the ``conditions``."""
    query = sa.select(table).where(table.c.campaign_id == campaign_id, *conditions)
    return connection.execute(query.order_by(table.c.number)).mappings()


def suggestion_row(connection: sa.Connection, campaign_id: str, suggestion_id: str) -> sa.RowMapping:
    """One suggestion; :class:`NotFound` when the campaign has none of this id."""
    table = tables.suggestion
    query = sa.select(table).where(table.c.campaign_id == campaign_id, table.c.id == suggestion_id)
    row = connection.execute(query).mappings().first() if ID.fullmatch(suggestion_id) else None
    if row is None:
        raise NotFound(
            f"There is no suggestion '{suggestion_id[:70]}' in the campaign '{campaign_id}'.",
            hint="List the suggestions of the campaign; they are called s1, s2, ….",
        )
    return row


def measurement_row(connection: sa.Connection, campaign_id: str, measurement_id: str) -> sa.RowMapping | None:
    """One measurement, or ``None``."""
    if not is_plain(measurement_id):
        return None
    table = tables.measurement
    query = sa.select(table).where(table.c.campaign_id == campaign_id, table.c.id == measurement_id)
    return connection.execute(query).mappings().first()


def state_filter(state: str, now: datetime) -> sa.ColumnElement[bool]:
    """The suggestions that are in ``state`` now; "open" is every state with a lease."""
    table = tables.suggestion
    alive = table.c.lease_until > now
    is_open = table.c.state.in_([str(open_state) for open_state in OPEN])
    if state == "open":
        return sa.and_(is_open, alive)
    if state not in tuple(State):
        raise UnknownName("state", state, ["open", *State])
    selected = State(state)
    if selected in OPEN:
        return sa.and_(table.c.state == str(selected), alive)
    if selected is State.EXPIRED:
        return sa.or_(table.c.state == str(selected), sa.and_(is_open, ~alive))
    return table.c.state == str(selected)


def page_of(
    connection: sa.Connection,
    query: sa.Select[Any],
    by: sa.Column[Any],
    make: Callable[[sa.RowMapping], T],
    *,
    limit: int,
    after: str | None,
) -> Page[T]:
    """Read one page of a query.

    Args:
        connection: To the store.
        query: All rows of the list.
        by: The column that orders them, and that cursors hold.
        make: Makes an item of a row.
        limit: The most items, 1 to 1000.
        after: What the page before called next.

    Raises:
        InvalidInput: The limit or the cursor cannot be.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(
            f"A page of {limit} was asked for; 1 to {MAX_PAGE} are possible.", hint="The default is 100."
        )
    if after is not None:
        query = query.where(by > _read_cursor(after, by))
    rows = connection.execute(query.order_by(by).limit(limit + 1)).mappings().all()
    more = str(rows[limit - 1][by.name]) if len(rows) > limit else None
    return Page(items=tuple(make(row) for row in rows[:limit]), next=more)


def _read_cursor(after: str, by: sa.Column[Any]) -> int | str:
    numbered = isinstance(by.type, sa.Integer)
    if not (after.isascii() and after.isdigit() and len(after) <= 9 if numbered else is_plain(after)):
        raise InvalidInput(f"'{after[:40]}' is no place in this list.", hint="Give what the page before called next.")
    return int(after) if numbered else after
