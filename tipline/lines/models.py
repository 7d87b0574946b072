"""The tables of lines, their keys, and who has which role on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import AUTOINCREMENT, Bytes, MainBase, RowId


class Line(MainBase):
    """A tip line. Its name, address and acknowledgement are public.

    `time_zone`: a name of the IANA database, in which its staff read times. `language`: of those
    residents whose messages do not tell theirs.
    """

    __tablename__ = "lines"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64), unique=True)
    acknowledgement: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(String(64), server_default="UTC")
    office_hours: Mapped[str] = mapped_column(Text, server_default="")
    after_hours: Mapped[str] = mapped_column(Text, server_default="")
    language: Mapped[str] = mapped_column(String(2), server_default="en")
    acknowledgement_es: Mapped[str] = mapped_column(Text, server_default="")
    after_hours_es: Mapped[str] = mapped_column(Text, server_default="")


class LineKey(MainBase):
    """The public half of a generation of a line's key bundle, certified.

    `succession`: the signature of the generation before, which the first one lacks. Recovery key
    and time are part of every certificate, so a row without them is refused.
    """

    __tablename__ = "line_keys"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealing_public: Mapped[bytes] = mapped_column(Bytes)
    verifying_public: Mapped[bytes] = mapped_column(Bytes)
    certificate: Mapped[bytes] = mapped_column(Bytes)
    recovery_public: Mapped[bytes | None] = mapped_column(Bytes)
    made_at: Mapped[datetime | None]
    succession: Mapped[bytes | None] = mapped_column(Bytes)


class PendingLineKeys(MainBase):
    """A line's first bundle between its making and the proof that the recovery key was noted.

    The bundle is sealed to the supervisor who made it. The tag is keyed with the recovery key, so
    that only what was made in that session can be committed.
    """

    __tablename__ = "pending_line_keys"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    recovery_public: Mapped[bytes] = mapped_column(Bytes)
    tag: Mapped[bytes] = mapped_column(Bytes(32))


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

    The holder is a member, or "recovery" for the offline recovery key. `admission`: the signature
    of that generation over the holder's public key, see `tipline.lines.vouching`; rows that are
    older than the column lack it.
    Generation 0 holds nothing: it says that the holder had keys, see `tipline.lines.leaving`.
    """

    __tablename__ = "key_grants"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    admission: Mapped[bytes | None] = mapped_column(Bytes)


class WordList(MainBase):
    """A list of words that a line's members keep, signed with its key; in clear, for intake."""

    __tablename__ = "word_lists"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(Bytes)


class CannedReplyList(MainBase):
    """A line's ready-made replies, in clear, and signed: they are sent in the line's name."""

    __tablename__ = "canned_replies"

    line_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(Bytes)
