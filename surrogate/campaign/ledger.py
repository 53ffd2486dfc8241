"""One write to one campaign: its row locked, leases that ran out closed, history and version kept.

Everything that changes a campaign goes through :func:`ledger`, so two changes of one campaign never overlap: on SQLite
there is one writer at a time, on PostgreSQL the row of the campaign is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from surrogate.campaign import tables
from surrogate.campaign.database import Database
from surrogate.campaign.lifecycle import OPEN
from surrogate.campaign.records import ID
from surrogate.errors import Conflict, KeyReused, NotFound
from surrogate.wire.states import State

Clock = Callable[[], datetime]
_COUNTERS = ("asks", "n_suggestions", "n_measurements", "n_events")


def now_utc() -> datetime:
    """The clock of the machine, in UTC."""
    return datetime.now(UTC)


@dataclass
class Ledger:
    """An open transaction on one campaign; counters live here until the end."""

    connection: sa.Connection
    row: sa.RowMapping
    now: datetime
    counters: dict[str, int] = field(default_factory=dict)
    changed: bool = False

    @property
    def campaign_id(self) -> str:
        """Whose ledger it is."""
        return str(self.row["id"])

    @property
    def version(self) -> int:
        """The version after this write."""
        return int(self.row["version"]) + int(self.changed)

    def count(self, counter: str) -> int:
        """The next number of a counter of the campaign."""
        self.counters[counter] += 1
        self.changed = True
        return self.counters[counter]

    def event(self, kind: str, *, suggestion: str | None = None, measurement: str | None = None, **detail: Any) -> None:
        """Add a line to the history."""
        values = {
            "campaign_id": self.campaign_id,
            "number": self.count("n_events"),
            "at": self.now,
            "kind": kind,
            "suggestion_id": suggestion,
            "measurement_id": measurement,
            "detail": detail,
        }
        self.connection.execute(tables.event.insert().values(values))

    def check_version(self, expected: int | None) -> None:
        """Refuse a write that was meant for another version of the campaign."""
        if expected is not None and expected != self.row["version"]:
            raise Conflict(
                f"The campaign is at version {self.row['version']}, the request was made for version {expected}.",
                hint="Read it again and decide anew.",
            )

    def expire(self) -> None:
        """Close the leases that ran out: their recipes are free again."""
        table = tables.suggestion
        open_now = table.c.state.in_([str(state) for state in OPEN])
        condition = sa.and_(table.c.campaign_id == self.campaign_id, open_now, table.c.lease_until <= self.now)
        due = self.connection.execute(
            sa.select(table.c.id, table.c.state).where(condition).order_by(table.c.number)
        ).all()
        for suggestion_id, state in due:
            self.move(suggestion_id, State.EXPIRED, reason="the lease ran out", before=state)

    def move(self, suggestion_id: str, state: State, *, reason: str = "", before: str, **values: Any) -> None:
        """Put a suggestion into a state, with an event."""
        table = tables.suggestion
        condition = sa.and_(table.c.campaign_id == self.campaign_id, table.c.id == suggestion_id)
        values = {"state": str(state), "reason": reason, "updated": self.now, **values}
        self.connection.execute(table.update().where(condition).values(values))
        self.event(str(state), suggestion=suggestion_id, before=before, reason=reason)

    def close(self) -> None:
        """Write the counters, the version and the time."""
        if self.changed:
            values = {**self.counters, "version": self.version, "updated": self.now}
            self.connection.execute(
                tables.campaign.update().where(tables.campaign.c.id == self.campaign_id).values(values)
            )

    def answered(self, key: str | None, request_sha256: str) -> Any:
        """The stored answer to this key, ``None`` for a new one. Raises :class:`KeyReused` for another request."""
        return stored_answer(self.connection, self.campaign_id, key, request_sha256)

    def answer(self, key: str | None, request_sha256: str, answer: Mapping[str, Any]) -> None:
        """Keep the answer to this key."""
        store_answer(self.connection, self.campaign_id, key, request_sha256, answer, self.now)


@contextmanager
def ledger(database: Database, campaign_id: str, clock: Clock) -> Iterator[Ledger]:
    """A transaction on one campaign: written as a whole at the end, or not at all. Raises :class:`NotFound`."""
    with database.write() as connection:
        row = campaign_row(connection, campaign_id, lock=True)
        book = Ledger(connection, row, clock(), {name: int(row[name]) for name in _COUNTERS})
        book.expire()
        yield book
        book.close()


def campaign_row(connection: sa.Connection, campaign_id: str, *, lock: bool = False) -> sa.RowMapping:
    """The row of a campaign, locked for a write where that is asked; :class:`NotFound` when there is none.

    What can be no id is not looked up: PostgreSQL takes no NUL in what it is asked.
    """
    query = sa.select(tables.campaign).where(tables.campaign.c.id == campaign_id)
    if ID.fullmatch(campaign_id):
        row = connection.execute(query.with_for_update() if lock else query).mappings().first()
        if row is not None:
            return row
        called = sa.select(tables.campaign.c.id).where(tables.campaign.c.name == campaign_id)
        raise no_campaign(campaign_id, connection.scalars(called.order_by(tables.campaign.c.id)).first())
    raise no_campaign(campaign_id)


def no_campaign(campaign_id: str, named: str | None = None) -> NotFound:
    """The error for an id that no campaign has; ``named`` is the id of one that has it as its name."""
    hint = "List the campaigns, or create it." if named is None else f"One of this name has the id {named}: write that."
    return NotFound(f"There is no campaign '{campaign_id[:70]}' in this store.", hint=hint)


def stored_answer(connection: sa.Connection, campaign_id: str, key: str | None, request_sha256: str) -> Any:
    """See :meth:`Ledger.answered`; ``campaign_id`` "" is for requests to the store as a whole."""
    if key is None:
        return None
    table = tables.reply
    query = sa.select(table).where(table.c.campaign_id == campaign_id, table.c.key == key)
    reply = connection.execute(query).mappings().first()
    if reply is None:
        return None
    if reply["request_sha256"] != request_sha256:
        raise KeyReused(
            f"The idempotency key '{key[:70]}' was used before for another request.",
            hint="Use a new key for a new request, and the same key only to repeat one.",
        )
    return reply["answer"]


def store_answer(
    connection: sa.Connection, campaign_id: str, key: str | None, request_sha256: str, answer: Any, now: datetime
) -> None:
    """See :meth:`Ledger.answer`."""
    if key is not None:
        values = {
            "campaign_id": campaign_id,
            "key": key,
            "request_sha256": request_sha256,
            "answer": answer,
            "created": now,
        }
        connection.execute(tables.reply.insert().values(values))
