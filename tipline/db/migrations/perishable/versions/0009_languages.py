"""Languages: in which one each thread's resident is answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. Of threads that are there, the next message tells."""
    with op.batch_alter_table("erase_keys", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("language", sa.String(length=2), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("erase_keys", schema=None) as batch_op:
        batch_op.drop_column("language")
