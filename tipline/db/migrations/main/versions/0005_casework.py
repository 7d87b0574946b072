"""Casework"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "case_files",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_case_files")),
    )
    op.create_table(
        "thread_grants",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "holder", name=op.f("pk_thread_grants")),
    )
    op.create_index(op.f("ix_thread_grants_holder"), "thread_grants", ["holder"])
    op.create_table(
        "canned_replies",
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_canned_replies")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("canned_replies")
    op.drop_index(op.f("ix_thread_grants_holder"), table_name="thread_grants")
    op.drop_table("thread_grants")
    op.drop_table("case_files")
