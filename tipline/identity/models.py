"""The perishable tables that lead to a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import Bytes, KeyId, PerishableBase, Tag


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


class DetailTag(PerishableBase):
    """A detail of a resident that was taken out of a thread, so that it is known again there.

    `tag`: a keyed tag of thread, kind and value. `kind` and `number` are those of the placeholder
    that stands for it: [phone 1]. `proof` is a keyed tag of all of these: nobody else can say that
    two details are the same.
    """

    __tablename__ = "detail_tags"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tag: Mapped[Tag] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column(Integer)
    proof: Mapped[Tag]


class OpenEnd(PerishableBase):
    """How a resident's message ended, if the next may go on with it; sealed to intake's daily key.

    `sequence`: of that message. `key_id`: of the key that opens it, and with which it ends.
    """

    __tablename__ = "open_ends"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key_id: Mapped[KeyId]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    proof: Mapped[Tag]
