"""Rotation: a day may have several published keys, one after the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = "pk_published_keys"


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("published_keys") as table:
        table.add_column(sa.Column("serial", sa.SmallInteger(), server_default="0", nullable=False))
        table.drop_constraint(KEY, type_="primary")
        table.create_primary_key(KEY, ["kind", "day", "serial"])


def downgrade() -> None:
    """Go back to the one before. A day keeps its first key; its worker publishes it again."""
    op.execute(sa.text("DELETE FROM published_keys WHERE serial > 0"))
    with op.batch_alter_table("published_keys") as table:
        table.drop_constraint(KEY, type_="primary")
        table.drop_column("serial")
        table.create_primary_key(KEY, ["kind", "day"])
