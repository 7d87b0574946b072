"""Marks of who has read a thread are found by the thread"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_index("ix_seen_marks_thread_id", "seen_marks", ["thread_id"])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_seen_marks_thread_id", table_name="seen_marks")
