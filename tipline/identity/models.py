"""The perishable tables that lead to a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, PerishableBase, Tag


class AddressTag(PerishableBase):
    """From a keyed tag of a line and an address to that person's thread on that line.

    `proof` is a keyed tag of both: nobody else can lead a person's messages to another thread.
    """

    __tablename__ = "address_tags"

    tag: Mapped[Tag] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger)
    thread_id: Mapped[str] = mapped_column(String(32), index=True)
    proof: Mapped[Tag]


class Contact(PerishableBase):
    """An address, encrypted under a key of which thread and delivery worker have a half each."""

    __tablename__ = "contacts"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    encrypted: Mapped[bytes] = mapped_column(Bytes)
    half_for_thread: Mapped[bytes] = mapped_column(Bytes)
    half_for_delivery: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
    day: Mapped[date]


class Suppression(PerishableBase):
    """A keyed tag of a line and an address that opted out. Leads to no alias."""

    __tablename__ = "suppressions"

    tag: Mapped[Tag] = mapped_column(primary_key=True)
    expires: Mapped[date] = mapped_column(index=True)
