"""The tables of delivery."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, KeyId, MainBase, RowId


class Outgoing(MainBase):
    """A row of the outbox. `sealed` is wiped as soon as the provider was asked to send it."""

    __tablename__ = "outbox"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    line_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32), index=True)
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes | None] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
    ref_tag: Mapped[bytes | None] = mapped_column(Bytes(32), unique=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    detail: Mapped[bytes | None] = mapped_column(Bytes)
    detail_signature: Mapped[bytes | None] = mapped_column(Bytes)
    created_hour: Mapped[datetime]


class ProviderRecord(MainBase):
    """What the provider still holds of a message: its id and its media, sealed to delivery."""

    __tablename__ = "provider_records"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[bytes] = mapped_column(Bytes(16))
    thread_id: Mapped[str] = mapped_column(String(32), index=True)
    outbox_uid: Mapped[str | None] = mapped_column(String(32), index=True)
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    not_before: Mapped[datetime]
