"""The table of published keys."""

from __future__ import annotations

from datetime import date

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, MainBase


class PublishedKey(MainBase):
    """A public sealing key of a kind for a day, signed by the process that can open for it.

    `serial`: 0 for the day's first key; one more for each that replaced it on the same day.
    """

    __tablename__ = "published_keys"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, server_default="0"
    )
    public: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
