"""What is remembered of the details that were taken out of a thread."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. Of threads that are there nothing is known."""
    op.create_table(
        "detail_tags",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proof", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "tag", name=op.f("pk_detail_tags")),
    )
    op.create_table(
        "open_ends",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "sequence", name=op.f("pk_open_ends")),
    )


def downgrade() -> None:
    """Go back to the one before. Numbers of details then begin anew in each thread."""
    op.drop_table("open_ends")
    op.drop_table("detail_tags")
