"""Letters"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "letters",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("mailbox_tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("uid", name=op.f("uq_letters_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_mailbox_tag"), ["mailbox_tag"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_thread_id"), ["thread_id"], unique=False)
    # Mailboxes from before have no signature: nothing is sealed to a key that nobody vouches for.
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("line_id", sa.String(length=32), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("signature", sa.LargeBinary(), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        for name in ("signature", "line_id"):
            batch_op.drop_column(name)
    op.drop_table("letters")
