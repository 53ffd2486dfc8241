"""The first tables: campaigns, suggestions, measurements, history, replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OPEN = "state IN ('proposed', 'accepted', 'running')"


def upgrade() -> None:
    """Make the tables, the index that keeps one open suggestion per recipe, and the lock on the history."""
    _campaigns()
    _suggestions()
    _measurements()
    _history()


def downgrade() -> None:
    """Remove everything."""
    for table in ("reply", "event", "measurement", "suggestion", "campaign"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_is_history")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("space", sa.Text, nullable=False),
        sa.Column("objective", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("lease_s", sa.Double, nullable=False),
        *(sa.Column(n, sa.Integer, nullable=False) for n in ("version", "asks")),
        *(sa.Column(f"n_{n}", sa.Integer, nullable=False) for n in ("suggestions", "measurements", "events")),
        _moment("created"),
        _moment("updated"),
        sa.Column("planning_token", sa.String(64)),
        _moment("planning_until", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )


def _suggestions() -> None:
    op.create_table(
        "suggestion",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("candidate", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("weigh_in_g", sa.Text, nullable=False),
        sa.Column("is_replicate", sa.Boolean, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("assignee", sa.String(200)),
        sa.Column("lease_s", sa.Double, nullable=False),
        _moment("lease_until"),
        _moment("created"),
        _moment("updated"),
        sa.PrimaryKeyConstraint("campaign_id", "id", name="pk_suggestion"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_suggestion_campaign"),
        sa.UniqueConstraint("campaign_id", "number", name="uq_suggestion_campaign_id_number"),
    )
    op.create_index(
        "uq_suggestion_open_recipe",
        "suggestion",
        ["campaign_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text(f"{_OPEN} AND is_replicate = 0"),
        postgresql_where=sa.text(f"{_OPEN} AND NOT is_replicate"),
    )


def _measurements() -> None:
    op.create_table(
        "measurement",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("suggestion_id", sa.String(64)),
        sa.Column("property", sa.String(64)),
        sa.Column("value", sa.Double),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("censoring", sa.String(16), nullable=False),
        sa.Column("uncertainty", sa.Double),
        sa.Column("replicate", sa.Integer),
        sa.Column("actual", sa.Text, nullable=False),
        sa.Column("planned", sa.Text, nullable=False),
        sa.Column("source_file", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("replaces", sa.String(200)),
        sa.Column("superseded_by", sa.String(200)),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        _moment("created"),
        sa.PrimaryKeyConstraint("campaign_id", "id", name="pk_measurement"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_measurement_campaign"),
        sa.ForeignKeyConstraint(
            ["campaign_id", "suggestion_id"],
            ["suggestion.campaign_id", "suggestion.id"],
            name="fk_measurement_suggestion",
        ),
        sa.UniqueConstraint("campaign_id", "number", name="uq_measurement_campaign_id_number"),
    )
    op.create_index("ix_measurement_suggestion_id", "measurement", ["suggestion_id"])


def _history() -> None:
    op.create_table(
        "event",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        _moment("at"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("suggestion_id", sa.String(64)),
        sa.Column("measurement_id", sa.String(200)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_event"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_event_campaign"),
    )
    op.create_table(
        "reply",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        _moment("created"),
        sa.PrimaryKeyConstraint("campaign_id", "key", name="pk_reply"),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_SAYS = "the history of a campaign only grows"
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER event_only_grows_{verb} BEFORE {verb} ON event BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION event_is_history() RETURNS trigger AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE ON event "
        "FOR EACH ROW EXECUTE FUNCTION event_is_history()",
    ],
}
