"""The tables between gateway and workers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, KeyId, MainBase, RowId, Tag

# A captured webhook replays for ever, so its tag is kept much longer than the envelope.
DEDUPE_LIFETIME = timedelta(days=400)


class Envelope(MainBase):
    """An inbound message, sealed to the intake worker's key of the day."""

    __tablename__ = "envelopes"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[bytes] = mapped_column(Bytes(16))
    lane: Mapped[int] = mapped_column(SmallInteger, index=True)
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    gateway_tag: Mapped[Tag]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    received_hour: Mapped[datetime]


class StatusReport(MainBase):
    """What the provider said about a sent message, sealed to the delivery worker's key."""

    __tablename__ = "status_reports"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[bytes] = mapped_column(Bytes(16))
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    gateway_tag: Mapped[Tag]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    received_hour: Mapped[datetime]


class DedupeTag(MainBase):
    """A keyed tag of the provider's message id, which outlives the envelope."""

    __tablename__ = "dedupe_tags"

    tag: Mapped[Tag] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(index=True)


class LaneLease(MainBase):
    """Who works on a lane just now. There are always 64 rows."""

    __tablename__ = "lane_leases"

    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    holder: Mapped[str | None] = mapped_column(String(32))
    until: Mapped[datetime | None]


class SetAside(MainBase):
    """A message that could not be handled after a few tries. Never lost, never in the way.

    `sealed_for_line`, signed by intake, opens for the line's members and holds no sender;
    `kept_for_intake` is the whole message under the intake worker's long-lived set-aside key, or
    the envelope as it came when it could not be opened at all.
    """

    __tablename__ = "set_aside"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[bytes] = mapped_column(Bytes(16))
    line_id: Mapped[str | None] = mapped_column(String(32), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    sealed_for_line: Mapped[bytes | None] = mapped_column(Bytes)
    signature: Mapped[bytes | None] = mapped_column(Bytes)
    kept_for_intake: Mapped[bytes] = mapped_column(Bytes)
    created_hour: Mapped[datetime]


class CallIn(MainBase):
    """A tip that a member typed in from a call: sealed to intake, signed with the line's key."""

    __tablename__ = "call_ins"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[bytes] = mapped_column(Bytes(16), unique=True)
    line_id: Mapped[str] = mapped_column(String(32))
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    created_hour: Mapped[datetime]
