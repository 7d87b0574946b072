"""Alerts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "call_ins",
    "alert_channels",
    "push_subscriptions",
    "alert_choices",
    "alerts",
    "escalations",
    "escalation_rules",
)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "escalation_rules",
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_escalation_rules")),
    )
    _create_escalations()
    _create_alerts()
    op.create_table(
        "alert_choices",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "line_id", "channel", name=op.f("pk_alert_choices")),
    )
    _create_push_subscriptions()
    op.create_table(
        "alert_channels",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_alert_channels")),
    )
    _create_call_ins()
    with op.batch_alter_table("lines", schema=None) as batch_op:
        for name in ("office_hours", "after_hours"):
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))


def _create_escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("escalated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_escalations")),
    )
    for name in ("line_id", "due"):
        op.create_index(op.f(f"ix_escalations_{name}"), "escalations", [name])


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("is_repetition", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.Column("give_up_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("uid", name=op.f("uq_alerts_uid")),
        sa.UniqueConstraint("thread_id", "channel", "recipient", name=op.f("uq_alerts_thread_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"])


def _create_push_subscriptions() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("public", sa.LargeBinary(length=65), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_member_id"), "push_subscriptions", ["member_id"])


def _create_call_ins() -> None:
    op.create_table(
        "call_ins",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("uid", sa.LargeBinary(length=16), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_hour", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_ins")),
        sa.UniqueConstraint("uid", name=op.f("uq_call_ins_uid")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("lines", schema=None) as batch_op:
        for name in ("after_hours", "office_hours"):
            batch_op.drop_column(name)
    for name in TABLES:
        op.drop_table(name)
