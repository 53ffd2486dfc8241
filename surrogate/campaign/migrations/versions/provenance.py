"""Where measurements come from as a part of their own, and the files of instruments that users asked to keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there already has no provenance but its note."""
    op.add_column("measurement", sa.Column("provenance", sa.Text))
    op.create_table(
        "kept_file",
        sa.Column("campaign_id", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "sha256", name="pk_kept_file"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_kept_file_campaign"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("kept_file")
    op.drop_column("measurement", "provenance")
