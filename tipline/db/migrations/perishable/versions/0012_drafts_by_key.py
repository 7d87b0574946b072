"""A draft names the key that opens it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = "pk_drafts"


def upgrade() -> None:
    """Go to this revision.

    A sealed value starts with a byte of version and eight of key id: `tipline.crypto.sealing`.
    """
    with op.batch_alter_table("drafts") as table:
        table.add_column(sa.Column("key_id", sa.LargeBinary(length=8), nullable=True))
    op.execute(sa.text("UPDATE drafts SET key_id = substr(sealed, 2, 8)"))
    with op.batch_alter_table("drafts") as table:
        table.alter_column("key_id", existing_type=sa.LargeBinary(length=8), nullable=False)
        table.drop_constraint(KEY, type_="primary")
        table.create_primary_key(KEY, ["thread_id", "member_id", "key_id"])


def downgrade() -> None:
    """Go back to the one before. Of two drafts one is left: that was a crash between two keys."""
    op.execute(
        sa.text(
            "DELETE FROM drafts WHERE EXISTS (SELECT 1 FROM drafts AS other WHERE"
            " other.thread_id = drafts.thread_id AND other.member_id = drafts.member_id"
            " AND other.key_id > drafts.key_id)"
        )
    )
    with op.batch_alter_table("drafts") as table:
        table.drop_constraint(KEY, type_="primary")
        table.drop_column("key_id")
        table.create_primary_key(KEY, ["thread_id", "member_id"])
