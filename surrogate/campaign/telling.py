"""Results come in: each once, on the right suggestion, and the suggestion moves on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.ledger import Ledger
from surrogate.campaign.lifecycle import OPEN
from surrogate.campaign.reading import (
    Candidates,
    content_sha256,
    measurement_record,
    measurement_row,
    result_row,
    suggestion_row,
)
from surrogate.campaign.records import SAME, Result
from surrogate.errors import Conflict, MeasurementError, NotFound
from surrogate.wire.states import State


@dataclass(frozen=True, kw_only=True)
class Written:
    """What one telling did: ids in order, those known before, and the suggestions it touched."""

    ids: tuple[str, ...]
    repeated: tuple[str, ...]
    suggestions: tuple[str, ...]


def write_results(
    book: Ledger, results: Sequence[Result], *, required: frozenset[str], complete: bool, key: str | None
) -> Written:
    """Write the results that are new; where one cannot be, nothing is kept.

    Args:
        book: The ledger of the campaign.
        results: What was told.
        required: The properties that make a suggestion measured.
        complete: Whether no more results will come.
        key: Names results without an id of their own.

    Raises:
        Conflict: An id was told before with another content.
        NotFound: A result is of a suggestion that the campaign does not have.
        MeasurementError: A value cannot be right.
    """
    ids, repeated, touched = [], [], dict.fromkeys(r.suggestion for r in results if r.suggestion is not None)
    for position, result in enumerate(results):
        measurement_id = result.id or (f"{key}-{position + 1}" if key else f"m-{token_hex(8)}")
        ids.append(measurement_id)
        try:
            if not _write(book, result, measurement_id):
                repeated.append(measurement_id)
        except MeasurementError as error:
            if len(results) == 1:
                raise
            raise MeasurementError(
                f"Result {position + 1} of {len(results)}: {error.message}", hint=error.hint
            ) from None
    by_id = dict(zip(ids, results, strict=True))
    fresh = {by_id[fresh_id].suggestion for fresh_id in ids if fresh_id not in repeated}
    for suggestion_id in touched:
        _move_on(book, suggestion_id, required, complete=complete, fresh=suggestion_id in fresh)
    return Written(ids=tuple(ids), repeated=tuple(repeated), suggestions=tuple(touched))


def _write(book: Ledger, result: Result, measurement_id: str) -> bool:
    """Whether the result was new."""
    reported = result_row(result)
    content = content_sha256(reported)
    stored = measurement_row(book.connection, book.campaign_id, measurement_id)
    if stored is not None:
        if stored["content_sha256"] != content and not _differs_by_noise(stored, reported):
            before = stored["reason"] if stored["value"] is None else f"{stored['property']} = {stored['value']:.12g}"
            raise Conflict(
                f"The measurement {measurement_id} was told before with another content ({before}).",
                hint="To correct it, tell the new value under a new id and name the old one in 'replaces'.",
            )
        return False
    planned = None
    if result.suggestion is not None:
        planned = suggestion_row(book.connection, book.campaign_id, result.suggestion)["candidate"]
    row: dict[str, Any] = {
        **reported,
        "campaign_id": book.campaign_id,
        "id": measurement_id,
        "number": book.count("n_measurements"),
        "planned": planned,
        "superseded_by": None,
        "content_sha256": content,
        "created": book.now,
    }
    measurement_record(row, Candidates()).measurement()  # refuses a property that the candidate cannot have
    if result.replaces is not None:
        _supersede(book, result.replaces, measurement_id)
    book.connection.execute(tables.measurement.insert().values(row))
    kind = "measurement" if result.status.has_value else "failure"
    book.event(
        kind,
        suggestion=result.suggestion,
        measurement=measurement_id,
        property=result.property,
        value=reported["value"],
    )
    return True


def _differs_by_noise(stored: sa.RowMapping, reported: Mapping[str, Any]) -> bool:
    """Whether two tellings of one value differ only by what computing leaves in its last digits."""
    close = {
        name: stored[name]
        for name in ("value", "uncertainty")
        if stored[name] is not None
        and reported[name] is not None
        and math.isclose(stored[name], reported[name], rel_tol=SAME)
    }
    return content_sha256({**reported, **close}) == str(stored["content_sha256"])


def _supersede(book: Ledger, old_id: str, new_id: str) -> None:
    old = measurement_row(book.connection, book.campaign_id, old_id)
    if old is None:
        raise NotFound(
            f"There is no measurement '{old_id[:70]}' to replace.", hint="List the measurements of the campaign."
        )
    if old["superseded_by"] is not None:
        raise Conflict(
            f"The measurement {old_id} was already replaced by {old['superseded_by']}.",
            hint=f"Replace {old['superseded_by']} instead.",
        )
    table = tables.measurement
    condition = sa.and_(table.c.campaign_id == book.campaign_id, table.c.id == old_id)
    book.connection.execute(table.update().where(condition).values(superseded_by=new_id))
    book.event("correction", suggestion=old["suggestion_id"], measurement=old_id, superseded_by=new_id)


def _move_on(book: Ledger, suggestion_id: str, required: frozenset[str], *, complete: bool, fresh: bool) -> None:
    """The state that all results of a suggestion together give it; a partial result keeps its lease alive."""
    row = suggestion_row(book.connection, book.campaign_id, suggestion_id)
    old = State(row["state"])
    new, reason = _state_after(book, suggestion_id, old, required, complete=complete)
    if new in OPEN:
        lease_until = book.now + timedelta(seconds=row["lease_s"])
        if fresh:  # repeating what is known renews nothing
            book.move(suggestion_id, new, reason=reason, before=str(old), lease_until=lease_until)
    elif new is not old:
        book.move(suggestion_id, new, reason=reason, before=str(old))


def _state_after(
    book: Ledger, suggestion_id: str, old: State, required: frozenset[str], *, complete: bool
) -> tuple[State, str]:
    table = tables.measurement
    query = sa.select(table.c.property, table.c.reason).where(
        table.c.campaign_id == book.campaign_id, table.c.suggestion_id == suggestion_id, table.c.superseded_by.is_(None)
    )
    rows = book.connection.execute(query.order_by(table.c.number)).all()
    values = {property for property, _ in rows if property is not None}
    failures = [reason for property, reason in rows if property is None]
    if values and (complete or required <= values):
        return State.MEASURED, ""
    if failures:
        return (State.FAILED, failures[-1]) if old is not State.MEASURED else (old, "")
    return (State.RUNNING, "") if old in OPEN else (old, "")
