"""The perishable tables of mailboxes."""

from __future__ import annotations

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, PerishableBase, RowId, Tag


class ReceiptSalt(PerishableBase):
    """What turns a receipt's words into tag and key. Once it is gone, no words lead anywhere."""

    __tablename__ = "receipt_salts"

    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(Bytes(32))


class Mailbox(PerishableBase):
    """Where replies wait for somebody without a number: found by a tag of their receipt's words.

    `public`: the key to which replies are sealed; its private half is in the words alone. Intake
    signs all of it, so that nobody puts a key of their own, or another thread, in its place.
    """

    __tablename__ = "mailboxes"

    tag: Mapped[Tag] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(String(32))
    thread_id: Mapped[str] = mapped_column(String(32), unique=True)
    public: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)


class Letter(PerishableBase):
    """A reply that waits in a mailbox: sealed to its key, signed with the line's.

    `sequence`: that of the reply in its thread. There is no time, and no mark of having been read.
    """

    __tablename__ = "letters"
    __table_args__ = AUTOINCREMENT

    id: Mapped[RowId]
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    mailbox_tag: Mapped[Tag] = mapped_column(index=True)
    thread_id: Mapped[str] = mapped_column(String(32), index=True)
    sequence: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
