"""Inbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

INBOX_COLUMNS = [
    "line_id",
    "is_closed",
    "urgency",
    "activity",
    "id",
    "is_opened",
    "is_waiting",
    "is_restricted",
    "assignee",
    "resident_sequence",
]
NEWEST_OF_RESIDENT = """
    UPDATE threads SET resident_sequence = coalesce(
        (
            SELECT max(messages.sequence) FROM messages
            WHERE messages.thread_id = threads.id AND messages.kind = 'resident'
        ),
        0
    )
"""

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
        batch_op.add_column(
            sa.Column("resident_sequence", sa.Integer(), server_default="0", nullable=False)
        )
    op.execute(NEWEST_OF_RESIDENT)
    op.create_index("ix_threads_inbox", "threads", INBOX_COLUMNS, unique=False)
    op.create_table(
        "seen_marks",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "thread_id", name=op.f("pk_seen_marks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_filters",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_saved_filters")),
    )
    op.create_table(
        "word_lists",
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "name", name=op.f("pk_word_lists")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    for table in ("word_lists", "saved_filters", "seen_marks"):
        op.drop_table(table)
    op.drop_index("ix_threads_inbox", "threads")
    with op.batch_alter_table("threads", schema=None) as batch_op:
        for name in ("resident_sequence", "is_restricted", "is_closed", "assignee", "urgency"):
            batch_op.drop_column(name)
