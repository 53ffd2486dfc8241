"""The tables of the store, the same for SQLite and PostgreSQL.

Times are text in UTC with microseconds, which sorts as it reads; plain data is JSON text, which keeps every double as
it is. The migrations in ``migrations/`` make these tables; a test compares the two.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from surrogate.campaign.lifecycle import OPEN

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC as text of fixed width."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        """To text."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """From text."""
        return None if value is None else datetime.fromisoformat(value)


class Plain(sa.types.TypeDecorator[Any]):
    """Plain data as JSON text without NaN."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: sa.Dialect) -> str:
        """To text."""
        return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Any:
        """From text."""
        return None if value is None else json.loads(value)


campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("space", Plain, nullable=False),
    sa.Column("objective", Plain, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("lease_s", sa.Double, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("n_suggestions", sa.Integer, nullable=False),
    sa.Column("n_measurements", sa.Integer, nullable=False),
    sa.Column("n_events", sa.Integer, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("updated", Moment, nullable=False),
    # The planning lock: who is planning, and until when the others believe it (see locking.py).
    sa.Column("planning_token", sa.String(64)),
    sa.Column("planning_until", Moment),
)

suggestion = sa.Table(
    "suggestion",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("candidate", Plain, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("settings", Plain, nullable=False),
    sa.Column("weigh_in_g", Plain, nullable=False),
    sa.Column("is_replicate", sa.Boolean, nullable=False),
    sa.Column("answer", Plain, nullable=False),
    sa.Column("asked", sa.Integer, nullable=False),
    sa.Column("assignee", sa.String(200)),
    sa.Column("lease_s", sa.Double, nullable=False),
    sa.Column("lease_until", Moment, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("updated", Moment, nullable=False),
    sa.UniqueConstraint("campaign_id", "number"),
)

_IS_OPEN = sa.and_(suggestion.c.state.in_([str(state) for state in OPEN]), ~suggestion.c.is_replicate)
#: The database itself refuses a recipe that is already open (a replicate repeats one on purpose).
one_open_recipe = sa.Index(
    "uq_suggestion_open_recipe",
    suggestion.c.campaign_id,
    suggestion.c.fingerprint,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)

measurement = sa.Table(
    "measurement",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("suggestion_id", sa.String(64), index=True),
    sa.Column("property", sa.String(64)),
    sa.Column("value", sa.Double),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("censoring", sa.String(16), nullable=False),
    sa.Column("uncertainty", sa.Double),
    sa.Column("replicate", sa.Integer),
    sa.Column("actual", Plain, nullable=False),  # the candidate as made where it was stated, else JSON null
    sa.Column("planned", Plain, nullable=False),
    sa.Column("source_file", sa.Text),
    sa.Column("location", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("replaces", sa.String(200)),
    sa.Column("superseded_by", sa.String(200)),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("provenance", Plain),
    sa.UniqueConstraint("campaign_id", "number"),
    sa.ForeignKeyConstraint(["campaign_id", "suggestion_id"], ["suggestion.campaign_id", "suggestion.id"]),
)

#: Files of instruments that users asked to keep, each once in a campaign.
kept_file = sa.Table(
    "kept_file",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created", Moment, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("suggestion_id", sa.String(64)),
    sa.Column("measurement_id", sa.String(200)),
    sa.Column("detail", Plain, nullable=False),
)

#: Answers to requests that came with an idempotency key; written in the transaction of what they answer.
reply = sa.Table(
    "reply",
    metadata,
    sa.Column("campaign_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request_sha256", sa.String(64), nullable=False),
    sa.Column("answer", Plain, nullable=False),
    sa.Column("created", Moment, nullable=False),
)
