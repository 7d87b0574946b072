"""The log of what staff do: entries, tiles, checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "audit_pending",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_pending")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit_logs",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("vkey", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_logs")),
        sa.UniqueConstraint("origin", name=op.f("uq_audit_logs_origin")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("log", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("line_id", sa.String(32), nullable=False),
        sa.Column("thread_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("log", "sequence", name=op.f("pk_audit_entries")),
    )
    for name, column in (("actor", "actor"), ("thread", "thread_id"), ("act", "act")):
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", ["log", column, "sequence"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["log", "at"])
    op.create_table(
        "audit_tiles",
        sa.Column("log", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "level", "number", name=op.f("pk_audit_tiles")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("log", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("is_daily", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", name=op.f("pk_audit_checkpoints")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    for table in ("checkpoints", "tiles", "entries", "logs", "pending"):
        op.drop_table(f"audit_{table}")
