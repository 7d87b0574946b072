"""First tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "address_tags",
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("proof", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_address_tags")),
    )
    with op.batch_alter_table("address_tags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_tags_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("half_for_thread", sa.LargeBinary(), nullable=False),
        sa.Column("half_for_delivery", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "erase_keys",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_erase_keys")),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("encrypted_key", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_member_id"), ["member_id"], unique=False)

    op.create_table(
        "suppressions",
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_suppressions")),
    )
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suppressions_expires"), ["expires"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suppressions_expires"))

    op.drop_table("suppressions")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_member_id"))

    op.drop_table("sessions")
    op.drop_table("erase_keys")
    op.drop_table("contacts")
    with op.batch_alter_table("address_tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_tags_thread_id"))

    op.drop_table("address_tags")
