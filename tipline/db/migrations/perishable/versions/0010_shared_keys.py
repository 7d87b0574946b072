"""Shared keys"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "shared_keys",
        sa.Column("process", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("process", "name", name=op.f("pk_shared_keys")),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("shared_keys")
