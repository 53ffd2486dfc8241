"""A whole campaign as plain data, and back: for copies, for other machines, for the record.

The copy asks the same questions as the original: the next suggestion of both is equal to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.codec import objective_from_plain, space_from_plain
from surrogate.campaign.keeping import put_files
from surrogate.campaign.ledger import campaign_row
from surrogate.campaign.reading import Candidates, measurement_record, suggestion_record
from surrogate.campaign.records import checked_id
from surrogate.errors import Conflict, InvalidInput, SurrogateError
from surrogate.instruments.source import InstrumentFile
from surrogate.wire.states import State

FORMAT, FORMAT_VERSION = "sulfide-surrogate campaign", 1
_PARTS = {
    "suggestions": tables.suggestion,
    "measurements": tables.measurement,
    "history": tables.event,
    "replies": tables.reply,
}
_ORDER = {"suggestions": "number", "measurements": "number", "history": "number", "replies": "key"}
_NOT_EXPORTED = ("campaign_id", "planning_token", "planning_until")
#: Columns that earlier versions did not have: what says nothing in them is left out.
_LATER = ("provenance",)


def exported(connection: sa.Connection, campaign_id: str) -> dict[str, Any]:
    """The campaign as plain data. Raises :class:`NotFound`."""
    row = _to_plain(campaign_row(connection, campaign_id))
    data: dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION, "campaign": row}
    for part, table in _PARTS.items():
        query = sa.select(table).where(table.c.campaign_id == campaign_id).order_by(table.c[_ORDER[part]])
        data[part] = [_to_plain(record) for record in connection.execute(query).mappings()]
    return data


def imported(
    connection: sa.Connection,
    data: Mapping[str, Any],
    new_id: str | None,
    now: datetime,
    files: Sequence[InstrumentFile] = (),
) -> str:
    """Write an exported campaign and the files that it keeps.

    Args:
        connection: To the store.
        data: The export.
        new_id: Of the copy; the original's when None.
        now: When.
        files: Those of instruments.

    Returns:
        The id of the campaign.

    Raises:
        InvalidInput: The data are no export that this version can read, or are damaged.
        Conflict: The id is taken.
    """
    if data.get("format") != FORMAT or data.get("format_version") != FORMAT_VERSION:
        raise InvalidInput("This is no exported campaign that this version can read.", hint="Export it anew.")
    try:
        campaign_id = new_id or checked_id(str(data["campaign"]["id"]), "campaign id")
        row = _to_row(tables.campaign, {**data["campaign"], "id": campaign_id})
        parts = {
            part: [_to_row(t, {**record, "campaign_id": campaign_id}) for record in data[part]]
            for part, t in _PARTS.items()
        }
        _check(row, parts, now)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"The exported campaign is incomplete or damaged ({type(error).__name__}: {error}).", hint="Export it anew."
        ) from None
    existing = connection.scalar(sa.select(tables.campaign.c.id).where(tables.campaign.c.id == campaign_id))
    if existing is not None:
        raise Conflict(f"There is a campaign '{campaign_id}' already.", hint="Import it under another id.")
    _write(connection, row, parts)
    put_files(connection, campaign_id, files, now)
    return campaign_id


def _write(connection: sa.Connection, row: Mapping[str, Any], parts: Mapping[str, list[dict[str, Any]]]) -> None:
    try:
        connection.execute(tables.campaign.insert().values(row))
        for part, table in _PARTS.items():
            if parts[part]:
                connection.execute(table.insert(), parts[part])
    except (sa.exc.IntegrityError, sa.exc.DataError) as error:
        complaint = str(error.orig).split("\n")[0]
        raise InvalidInput(f"The exported campaign contradicts itself ({complaint}).", hint="Export it anew.") from None


def _check(row: Mapping[str, Any], parts: Mapping[str, list[dict[str, Any]]], now: datetime) -> None:
    """Everything can be read back, and the counters go on from where the rows end."""
    space_from_plain(row["space"])
    objective_from_plain(row["objective"])
    candidates = Candidates()
    try:
        for record in parts["suggestions"]:
            State(record["state"])
            checked_id(record["id"], "suggestion id")
            suggestion_record(record, now, candidates)
        for record in parts["measurements"]:
            measurement_record(record, candidates).measurement()
    except SurrogateError as error:
        raise InvalidInput(f"The exported campaign holds what cannot be: {error.message}", hint=error.hint) from None
    for counter, part in (
        ("n_suggestions", "suggestions"),
        ("n_measurements", "measurements"),
        ("n_events", "history"),
    ):
        if [record["number"] for record in parts[part]] != list(range(1, row[counter] + 1)):
            raise InvalidInput(f"The exported campaign has gaps in its {part}.", hint="Export it anew.")


def _to_plain(row: sa.RowMapping) -> dict[str, Any]:
    """A row without what belongs to the store; times as text."""
    return {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in _NOT_EXPORTED and not (name in _LATER and value is None)
    }


def _to_row(table: sa.Table, plain: Mapping[str, Any]) -> dict[str, Any]:
    """A row for the table; a missing column is a :class:`KeyError`, one of another kind a :class:`ValueError`.

    SQLite would take any kind into any column, and find out when it is read.
    """
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name in _NOT_EXPORTED and column.name not in plain:
            continue
        value = plain.get(column.name) if column.name in _LATER else plain[column.name]
        if not (value is None and column.nullable) and not _fits(column, value):
            raise ValueError(f"{table.name}.{column.name} cannot be {str(value)[:40]!r}")
        moment = isinstance(column.type, tables.Moment) and value is not None
        row[column.name] = datetime.fromisoformat(str(value)) if moment else value
        if moment and row[column.name].tzinfo is None:
            raise ValueError(f"{column.name} has no time zone")
    return row


def _fits(column: sa.Column[Any], value: object) -> bool:
    """Whether plain data is what the column holds, in either database."""
    match column.type:
        case tables.Plain():
            return isinstance(value, dict) or (value is None and column.name in _MAY_BE_NULL)
        case sa.Boolean():
            return isinstance(value, bool)
        case sa.Integer():
            largest = 2**63 if isinstance(column.type, sa.BigInteger) else 2**31
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < largest
        case sa.Float():
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    longest = getattr(column.type, "length", None)
    return isinstance(value, str) and "\0" not in value and (longest is None or len(value) <= longest)


#: Plain data of these may be the JSON null.
_MAY_BE_NULL = ("actual", "planned")
