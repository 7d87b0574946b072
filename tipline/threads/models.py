"""The tables of threads, and the erase keys in the perishable store."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Integer, SmallInteger, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from tipline.db.base import (
    AUTOINCREMENT,
    Bytes,
    KeyId,
    MainBase,
    PerishableBase,
    RowId,
    RowIdType,
    Tag,
)

FILTERED_BY = (
    "id", "alias", "created_hour", "last_hour", "is_closed", "is_opened", "urgency",
    "is_restricted",
)  # fmt: skip


class ThreadState(StrEnum):
    """Whether anything more comes into a thread.

    `OPTED_OUT`: its resident closed the way back. Should they write again, they start a new one.
    """

    OPEN = "open"
    OPTED_OUT = "opted_out"


class Thread(MainBase):
    """A thread. Its private key is sealed to the line and wrapped under the erase key.

    `urgency`: 0, or 1 for what should be read first. `assignee`: the member who works on it.
    `resident_sequence`: that of the resident's newest message, or 0; whoever has seen less has not
    read it all.
    `is_closed`: staff are done with it; that is not whether the way back is open (`state`).
    `is_restricted`: sealed to named members instead of the whole line.
    """

    __tablename__ = "threads"
    __table_args__ = (
        UniqueConstraint("line_id", "alias"),
        Index("ix_threads_line_id_activity", "line_id", "activity"),
        # What is left to be re-sealed to the newest generation, in an order that stays.
        Index("ix_threads_line_generation", "line_id", "line_generation", "id"),
        # In the inbox's order, followed by all that its filters look at: a thread's row is several
        # pages of sealed key, which none of them then has to read.
        Index(
            "ix_threads_inbox",
            "line_id",
            "is_closed",
            "urgency",
            "activity",
            "id",
            "is_opened",
            "is_waiting",
            "is_restricted",
            "assignee",
            "resident_sequence",
        ),
        # Holds all by which search filters: the rows themselves are large.
        Index("ix_threads_line_id_activity_filters", "line_id", "activity", *FILTERED_BY),
        Index("ix_threads_line_id_is_restricted", "line_id", "is_restricted", "activity", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_id: Mapped[str] = mapped_column(String(32))
    alias: Mapped[str] = mapped_column(String(40))
    line_generation: Mapped[int] = mapped_column(SmallInteger)
    public: Mapped[bytes] = mapped_column(Bytes)
    wrapped_private: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
    state: Mapped[str] = mapped_column(String(16))
    messages: Mapped[int] = mapped_column(Integer)
    is_opened: Mapped[bool]
    is_waiting: Mapped[bool]
    created_hour: Mapped[datetime]
    last_hour: Mapped[datetime]
    activity: Mapped[int] = mapped_column(RowIdType)
    urgency: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    assignee: Mapped[str | None] = mapped_column(String(32))
    is_closed: Mapped[bool] = mapped_column(server_default=false())
    is_restricted: Mapped[bool] = mapped_column(server_default=false())
    resident_sequence: Mapped[int] = mapped_column(Integer, server_default="0")


class Message(MainBase):
    """A message of a thread, sealed to the thread and signed by whoever put it there."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("thread_id", "sequence"), AUTOINCREMENT)

    id: Mapped[RowId]
    thread_id: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
    source: Mapped[bytes] = mapped_column(Bytes(32), unique=True)
    hour: Mapped[datetime]


class SeenMark(MainBase):
    """How far a member has read a thread: up to which sequence."""

    __tablename__ = "seen_marks"
    # The index is for those who ask who has read a thread, and for what goes with a thread.
    __table_args__ = (
        Index("ix_seen_marks_thread_id", "thread_id"),
        {"sqlite_with_rowid": False},
    )

    member_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer)


class SavedFilters(MainBase):
    """A member's named filters, sealed to the member. The tag proves that the member wrote them."""

    __tablename__ = "saved_filters"

    member_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    proof: Mapped[Tag]


class EraseKey(PerishableBase):
    """The key whose deletion destroys a thread, in every backup of the main store too.

    `language`: in which the resident is answered, "en" or "es"; empty: no message has told it yet.
    It stands here because it goes when the key goes, and into no backup.
    """

    __tablename__ = "erase_keys"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[bytes] = mapped_column(Bytes(32))
    language: Mapped[str] = mapped_column(String(2), server_default="")


class CaseFileRow(MainBase):
    """A thread's case file, sealed to the thread and signed by the line; its newest version."""

    __tablename__ = "case_files"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)


class ThreadGrant(MainBase):
    """A restricted thread's private key, sealed to one holder and wrapped under the erase key.

    The holder is a named member, or "recovery" for the line's offline recovery key.
    """

    __tablename__ = "thread_grants"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)


class DraftRow(PerishableBase):
    """What a member has written in a thread and not sent, sealed to that member alone.

    `key_id`: of the key that opens it. While a member is given a new key there are two, so that a
    kill between the commits of the two stores leaves the one that opens.
    """

    __tablename__ = "drafts"

    thread_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[KeyId] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(Bytes)
    signature: Mapped[bytes] = mapped_column(Bytes)
