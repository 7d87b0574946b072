"""Search: an index that holds all by which threads are filtered, because their rows are large."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "ix_threads_line_id_activity_filters"
COLUMNS = [
    "line_id", "activity", "id", "alias", "created_hour", "last_hour", "is_closed", "is_opened",
    "urgency", "is_restricted",
]  # fmt: skip


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(INDEX, "threads", COLUMNS)


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(INDEX, "threads")
