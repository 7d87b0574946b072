"""Lines"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False)
        )
    with op.batch_alter_table("line_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recovery_public", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("made_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("succession", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("key_grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("admission", sa.LargeBinary(), nullable=True))
    op.create_table(
        "pending_line_keys",
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recovery_public", sa.LargeBinary(), nullable=False),
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "member_id", name=op.f("pk_pending_line_keys")),
    )
    columns = ["line_id", "line_generation", "id"]
    op.create_index("ix_threads_line_generation", "threads", columns, unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_threads_line_generation", table_name="threads")
    op.drop_table("pending_line_keys")
    with op.batch_alter_table("key_grants", schema=None) as batch_op:
        batch_op.drop_column("admission")
    with op.batch_alter_table("line_keys", schema=None) as batch_op:
        batch_op.drop_column("succession")
        batch_op.drop_column("made_at")
        batch_op.drop_column("recovery_public")
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.drop_column("time_zone")
