"""The tables of lines, their keys, and who has which role on them."""

from __future__ import annotations

from sqlalchemy import Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, MainBase, RowId


class Line(MainBase):
    """A tip line. Its name, address and acknowledgement are public."""

    __tablename__ = "lines"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64), unique=True)
    acknowledgement: Mapped[str] = mapped_column(Text)


class LineKey(MainBase):
    """The public half of a generation of a line's key bundle, certified."""

    __tablename__ = "line_keys"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealing_public: Mapped[bytes] = mapped_column(Bytes)
    verifying_public: Mapped[bytes] = mapped_column(Bytes)
    certificate: Mapped[bytes] = mapped_column(Bytes)


class Membership(MainBase):
    """A member's role on a line."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("member_id", "line_id", "role"), AUTOINCREMENT)

    id: Mapped[RowId]
    member_id: Mapped[str] = mapped_column(String(32), index=True)
    line_id: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))


class KeyGrant(MainBase):
    """A generation of a line's key bundle, sealed to one holder.

    The holder is a member, or "recovery" for the offline recovery key.
    """

    __tablename__ = "key_grants"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)


class CannedReplyList(MainBase):
    """A line's ready-made replies, in clear, and signed: they are sent in the line's name."""

    __tablename__ = "canned_replies"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(Bytes)
