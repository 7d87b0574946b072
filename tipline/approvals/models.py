"""The table of what was asked of a second person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, PerishableBase


class ApprovalRow(PerishableBase):
    """A request, what came of it, and who decided. It is in no backup that is kept.

    `member_id`, `line_id` and `thread_id` are what it is about, where that exists already.
    `details`: what a form said, as JSON: an email and roles, or what the public is told of a line.
    `words`: reason and reference, which somebody typed, under a key of the console.
    `outcome` is empty while it waits, and while what was agreed to was not carried out yet.
    """

    __tablename__ = "approvals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    member_id: Mapped[str | None] = mapped_column(String(32))
    line_id: Mapped[str | None] = mapped_column(String(32))
    thread_id: Mapped[str | None] = mapped_column(String(32))
    details: Mapped[str] = mapped_column(Text)
    words: Mapped[bytes | None] = mapped_column(Bytes)
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    agreed_by: Mapped[str | None] = mapped_column(String(32))
    agreed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    ended_by: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None]
