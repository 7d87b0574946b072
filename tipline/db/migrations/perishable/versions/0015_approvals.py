"""Approvals, in the place of what two admins decided on alone."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

LIFETIME = timedelta(days=7)
KINDS = {"invite": "invite_admin", "give": "make_admin", "reset": "reset_admin"}

REQUESTS = sa.table(
    "admin_requests",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("member_id", sa.String),
    sa.column("email", sa.String),
    sa.column("name", sa.String),
    sa.column("roles", sa.Text),
    sa.column("asked_by", sa.String),
    sa.column("agreed_by", sa.String),
    sa.column("expires_at", sa.DateTime),
)
APPROVALS = sa.table(
    "approvals",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("member_id", sa.String),
    sa.column("details", sa.Text),
    sa.column("asked_by", sa.String),
    sa.column("asked_at", sa.DateTime),
    sa.column("expires_at", sa.DateTime),
    sa.column("agreed_by", sa.String),
    sa.column("agreed_at", sa.DateTime),
    sa.column("outcome", sa.String),
)


def upgrade() -> None:
    """Go to this revision. What waits for a second admin goes on waiting, without a reason."""
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("line_id", sa.String(length=32), nullable=True),
        sa.Column("thread_id", sa.String(length=32), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("agreed_by", sa.String(length=32), nullable=True),
        sa.Column("agreed_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_expires_at"), ["expires_at"], unique=False)
    connection = op.get_bind()
    for row in connection.execute(sa.select(REQUESTS)).all():
        details = {"email": row.email, "name": row.name, "roles": json.loads(row.roles)}
        asked_at = row.expires_at - LIFETIME
        kept = {
            "id": row.id,
            "kind": KINDS[row.kind],
            "member_id": row.member_id,
            "details": json.dumps(details),
            "asked_by": row.asked_by,
            "asked_at": asked_at,
            "expires_at": row.expires_at,
            "agreed_by": row.agreed_by,
            # When that was is not known any more; it was not before it was asked.
            "agreed_at": asked_at if row.agreed_by else None,
        }
        connection.execute(sa.insert(APPROVALS), kept)
    op.drop_table("admin_requests")


def downgrade() -> None:
    """Go back to the one before. What was decided goes, and so do reasons and lines asked for."""
    op.create_table(
        "admin_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("agreed_by", sa.String(length=32), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_requests")),
    )
    connection = op.get_bind()
    former = {new: old for old, new in KINDS.items()}
    waiting = sa.select(APPROVALS).where(
        APPROVALS.c.kind.in_(former), APPROVALS.c.outcome.is_(None)
    )
    for row in connection.execute(waiting).all():
        details = json.loads(row.details)
        kept = {
            "id": row.id,
            "kind": former[row.kind],
            "member_id": row.member_id,
            "email": details["email"],
            "name": details["name"],
            "roles": json.dumps(details["roles"]),
            "asked_by": row.asked_by,
            "agreed_by": row.agreed_by,
            "expires_at": row.expires_at,
        }
        connection.execute(sa.insert(REQUESTS), kept)
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_expires_at"))
    op.drop_table("approvals")
