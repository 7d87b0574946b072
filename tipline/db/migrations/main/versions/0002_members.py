"""Members"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = ("name", "last_passkey_ms", "made_by", "enabled_on", "last_signed_in", "banner_accepted_on")


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("name", sa.String(length=80), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("last_passkey_ms", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("made_by", sa.String(length=32), nullable=True))
        for name in ("enabled_on", "last_signed_in", "banner_accepted_on"):
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
    # Nobody knows when they last signed in: their ninety days begin now.
    members = sa.table("members", sa.column("enabled_on", sa.Date()))
    op.execute(members.update().values(enabled_on=datetime.now(UTC).date()))


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("members", schema=None) as batch_op:
        for name in reversed(NEW):
            batch_op.drop_column(name)
