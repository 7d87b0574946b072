"""The tables of published keys, and of daily keys on their way between machines."""

from __future__ import annotations

from datetime import date

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, MainBase, PerishableBase


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


class SharedKey(PerishableBase):
    """A process's key of a day for its other machines, as it stands in the key folder's file.

    In the store of which no old copy is kept: a key that was destroyed must not come back.
    """

    __tablename__ = "shared_keys"

    process: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(Bytes)
