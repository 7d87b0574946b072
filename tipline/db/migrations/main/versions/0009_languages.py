"""Languages: which one a line answers in by default, and its Spanish answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. Certificates stay as they are: they are those of English lines."""
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("language", sa.String(length=2), server_default="en", nullable=False)
        )
        for name in ("acknowledgement_es", "after_hours_es"):
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Go back to the one before. A line that had one of these must be edited to be certified."""
    with op.batch_alter_table("lines", schema=None) as batch_op:
        for name in ("after_hours_es", "acknowledgement_es", "language"):
            batch_op.drop_column(name)
