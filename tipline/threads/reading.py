"""Reading threads: what is known of one from outside, and opening it with its line's keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.languages import LANGUAGES
from tipline.language.marking import marked
from tipline.lines.keyrings import LineKeyring
from tipline.threads.contents import MessageKind, MessagePlace, SealedMessage
from tipline.threads.grants import MemberGrant, open_granted_key
from tipline.threads.keys import check_thread_key, open_thread_key
from tipline.threads.models import EraseKey, Message, Thread, ThreadGrant


class NoSuchThreadError(TiplineError):
    """There is no such thread on this line, or it was destroyed."""

    code = "no_such_thread"
    message = marked("There is no such thread on this line.")


@dataclass(frozen=True, slots=True)
class InboxPosition:
    """A place in the inbox, from which the next page goes on whatever has come in meanwhile."""

    urgency: int
    activity: int
    thread_id: str


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A row of the inbox. Times are rounded to the hour; `is_waiting`: the resident wrote last."""

    id: str
    line_id: str
    alias: str
    messages: int
    is_opened: bool
    is_waiting: bool
    last_hour: datetime
    activity: int
    urgency: int = 0
    assignee: str | None = None
    is_closed: bool = False
    is_restricted: bool = False

    @property
    def position(self) -> InboxPosition:
        """Return where this row stands."""
        return InboxPosition(self.urgency, self.activity, self.id)


@dataclass(frozen=True, slots=True, repr=False)
class OpenThread:
    """A thread whose private key a member has opened.

    `language`: in which its resident is answered; empty until a message has told it.
    """

    summary: ThreadSummary
    key: OpeningKey
    public: SealingKey
    language: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class StoredMessage:
    """A message as it stands in the store."""

    place: MessagePlace
    message: SealedMessage


SUMMARY = (
    Thread.id,
    Thread.line_id,
    Thread.alias,
    Thread.messages,
    Thread.is_opened,
    Thread.is_waiting,
    Thread.last_hour,
    Thread.activity,
    Thread.urgency,
    Thread.assignee,
    Thread.is_closed,
    Thread.is_restricted,
)


def visible_to(member_id: str) -> ColumnElement[bool]:
    """Return the condition that leaves out restricted threads which are not sealed to a member.

    It only spares the eye what would not open: keys decide who reads, see `open_thread`.
    """
    granted = select(ThreadGrant.thread_id).where(ThreadGrant.holder == member_id)
    return or_(Thread.is_restricted.is_(False), Thread.id.in_(granted))


def summaries(
    connection: Connection, *conditions: ColumnElement[bool], most: int | None = None
) -> list[ThreadSummary]:
    """Return the threads that fulfil some conditions, the one with the newest message first."""
    query = select(*SUMMARY).where(*conditions).order_by(Thread.activity.desc(), Thread.id)
    return [summary_of(row) for row in connection.execute(query.limit(most))]


def open_thread(
    stores: Stores,
    line_id: str,
    alias: str,
    line: LineKeyring,
    intake_pin: VerifyingKey,
    member: tuple[str, OpeningKey] | None = None,
) -> OpenThread:
    """Open a thread for a member who holds its line's keys.

    The key of a restricted thread is not sealed to the line: only the own key of a named member
    (their id and key are `member`) opens it.

    Raises:
        NoSuchThreadError: there is none, or its erase key was destroyed, or it is restricted to
            others.
        NotAuthenticError: its public key was not made by the intake worker.
        CannotOpenError: it does not open with this line's keys.
    """
    query = select(
        *SUMMARY, Thread.public, Thread.signature, Thread.wrapped_private, Thread.line_generation
    ).where(Thread.line_id == line_id, Thread.alias == alias)
    with reading(stores.main) as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NoSuchThreadError
        # Before anything is checked that could fail otherwise: for others there is no such thread.
        grant = None if row.wrapped_private else _grant(connection, row.id, member)
    erase_key, language = _erase_key_and_language(stores, row.id)
    public = check_thread_key(intake_pin, line_id, row.id, row.alias, row.public, row.signature)
    if grant is None:
        opening = line.opening(row.line_generation)
        key = open_thread_key(
            row.wrapped_private, erase_key, opening, line_id, row.id, row.line_generation
        )
    else:
        line.check(*grant.signed(line_id, row.id))
        key = open_granted_key(grant, erase_key, line_id, row.id, public)
    return OpenThread(summary_of(row), key, public, language)


def erase_key_of(stores: Stores, thread_id: str) -> bytes:
    """Return a thread's erase key.

    Raises:
        NoSuchThreadError: it was destroyed, and the thread with it.
    """
    return _erase_key_and_language(stores, thread_id)[0]


def _erase_key_and_language(stores: Stores, thread_id: str) -> tuple[bytes, str]:
    query = select(EraseKey.key, EraseKey.language).where(EraseKey.thread_id == thread_id)
    with reading(stores.perishable) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchThreadError
    # Somebody else may have written anything there.
    return row.key, row.language if row.language in LANGUAGES else ""


def _grant(
    connection: Connection, thread_id: str, member: tuple[str, OpeningKey] | None
) -> MemberGrant:
    """Return what of a restricted thread is sealed to a member.

    Raises:
        NoSuchThreadError: nothing is.
    """
    if member is None:
        raise NoSuchThreadError
    query = select(ThreadGrant.sealed, ThreadGrant.signature).where(
        ThreadGrant.thread_id == thread_id, ThreadGrant.holder == member[0]
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchThreadError
    return MemberGrant(member[0], member[1], row.sealed, row.signature)


def stored_messages(
    stores: Stores, thread: ThreadSummary, first: int = 1, last: int | None = None
) -> list[StoredMessage]:
    """Return a thread's messages from one sequence to another (or its end), sealed, in order."""
    query = (
        select(Message.sequence, Message.kind, Message.sealed, Message.signature)
        .where(Message.thread_id == thread.id, Message.sequence >= first)
        .order_by(Message.sequence)
    )
    if last is not None:
        query = query.where(Message.sequence <= last)
    with reading(stores.main) as connection:
        return [
            StoredMessage(
                MessagePlace(thread.line_id, thread.id, row.sequence, _kind(row.kind)),
                SealedMessage(row.sealed, row.signature),
            )
            for row in connection.execute(query)
        ]


def _kind(stored: str) -> MessageKind:
    """Return a message's kind; one that is none is taken for a resident's."""
    try:
        return MessageKind(stored)
    except ValueError:
        # Somebody else wrote it. It must not hide the rest of the thread, and as its signature is
        # bound to the kind, it is not shown either.
        return MessageKind.RESIDENT


def summary_of(row: Any) -> ThreadSummary:
    """Return a row of the columns `SUMMARY` as a summary."""
    return ThreadSummary(
        row.id,
        row.line_id,
        row.alias,
        row.messages,
        row.is_opened,
        row.is_waiting,
        row.last_hour,
        row.activity,
        row.urgency,
        row.assignee,
        row.is_closed,
        row.is_restricted,
    )
