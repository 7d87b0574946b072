"""The tables of alerts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import SmallInteger, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, MainBase, RowId


class EscalationRule(MainBase):
    """After how many minutes an urgent tip of a line escalates; 0 is never. No row: the default."""

    __tablename__ = "escalation_rules"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    minutes: Mapped[int] = mapped_column(SmallInteger)


class Escalation(MainBase):
    """An urgent thread whose newest message nobody has read.

    `due` is a whole minute; `escalated`: it came.
    """

    __tablename__ = "escalations"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(32), index=True)
    due: Mapped[datetime] = mapped_column(index=True)
    escalated: Mapped[bool] = mapped_column(server_default=false())


class AlertRow(MainBase):
    """An alert to one receiver: a member, one browser of a member, or the webhook ("").

    `is_repetition`: it may have arrived before, and says so.
    """

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("thread_id", "channel", "recipient"), AUTOINCREMENT)

    id: Mapped[RowId]
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    line_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    is_repetition: Mapped[bool] = mapped_column(server_default=false())
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    give_up_at: Mapped[datetime]


class AlertChoice(MainBase):
    """A member wants alerts of a line through a channel. Without a row they get none."""

    __tablename__ = "alert_choices"

    member_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)


class PushSubscription(MainBase):
    """A browser of a member that takes pushes (RFC 8291: its public key and shared secret)."""

    __tablename__ = "push_subscriptions"

    uid: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(32), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    public: Mapped[bytes] = mapped_column(Bytes(65))
    secret: Mapped[bytes] = mapped_column(Bytes(16))
    day: Mapped[date]


class AlertChannel(MainBase):
    """A channel that the delivery worker has, with the public key it needs, signed by it."""

    __tablename__ = "alert_channels"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    public: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
