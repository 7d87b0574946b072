"""Search: an index that holds all by which threads are filtered, because their rows are large."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "ix_threads_line_id_activity_filters"
RESTRICTED = "ix_threads_line_id_is_restricted"
COLUMNS = [
    "line_id", "activity", "id", "alias", "created_hour", "last_hour", "is_closed", "is_opened",
    "urgency", "is_restricted",
]  # fmt: skip


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(INDEX, "threads", COLUMNS)
    op.create_index(RESTRICTED, "threads", ["line_id", "is_restricted", "activity", "id"])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(RESTRICTED, "threads")
    op.drop_index(INDEX, "threads")
