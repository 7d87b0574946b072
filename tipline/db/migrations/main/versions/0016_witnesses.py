"""Witnesses of the log, and what each has seen of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "audit_witnesses",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("called", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("public", sa.LargeBinary(32), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("log", sa.SmallInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("signature", sa.LargeBinary(72), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_witnesses")),
        sa.UniqueConstraint("name", name=op.f("uq_audit_witnesses_name")),
        sa.UniqueConstraint("public", name=op.f("uq_audit_witnesses_public")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("audit_witnesses")
