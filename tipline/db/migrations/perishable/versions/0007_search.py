"""Search"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "search_lines",
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_search_lines")),
    )
    op.create_table(
        "search_segments",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_segments")),
        sa.UniqueConstraint("id", name=op.f("uq_search_segments_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_search_segments_line_id"), "search_segments", ["line_id"])
    op.create_table(
        "search_pages",
        sa.Column("segment_id", sa.String(length=32), nullable=False),
        sa.Column("page", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("segment_id", "page", name=op.f("pk_search_pages")),
    )
    op.create_table(
        "search_places",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("segment_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "segment_id", name=op.f("pk_search_places")),
    )
    op.create_index(op.f("ix_search_places_segment_id"), "search_places", ["segment_id"])
    op.create_table(
        "search_state",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("indexed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_search_state")),
    )
    op.create_index("ix_search_state_line_id_indexed", "search_state", ["line_id", "indexed"])
    op.create_table(
        "search_queries",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_search_queries")),
    )
    for column in ("member_id", "day"):
        op.create_index(op.f(f"ix_search_queries_{column}"), "search_queries", [column])


def downgrade() -> None:
    """Go back to the one before."""
    for table in (
        "search_queries",
        "search_state",
        "search_places",
        "search_pages",
        "search_segments",
        "search_lines",
    ):
        op.drop_table(table)
