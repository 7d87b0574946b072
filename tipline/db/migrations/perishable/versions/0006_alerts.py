"""Alerts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "receipt_salts",
        sa.Column("generation", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_receipt_salts")),
    )
    op.create_table(
        "mailboxes",
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_mailboxes_thread_id")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    for name in ("mailboxes", "receipt_salts"):
        op.drop_table(name)
