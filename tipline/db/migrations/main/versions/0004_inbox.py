"""Inbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("urgency", sa.SmallInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("assignee", sa.String(length=32), nullable=True))
        for name in ("is_closed", "is_restricted"):
            batch_op.add_column(
                sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
            )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("threads", schema=None) as batch_op:
        for name in ("is_restricted", "is_closed", "assignee", "urgency"):
            batch_op.drop_column(name)
