"""A thread as a conversation: every message checked, opened and put into words, in order.

Only what a page shows is opened: a conversation of thousands of entries is as quick as a short one.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from tipline.console.incidents import note_incident
from tipline.console.services import console
from tipline.console.staff import OpenLine
from tipline.console.thread.event_words import event_words, members_of
from tipline.console.wording import DeliveryWords, delivery_words, notice_words
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.reading import Progress, progress_of
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.text.placeholders import looks_redacted
from tipline.threads.contents import (
    STAFF_KINDS,
    MessageContent,
    MessageKind,
    open_message,
)
from tipline.threads.events import Event
from tipline.threads.reading import OpenThread, StoredMessage, stored_messages

FORMER_MEMBER = marked("a former member")
PAGE_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Window:
    """Which sequences are shown. `last` is None for a page that goes on to whatever is newest."""

    first: int
    last: int | None = None

    @classmethod
    def newest(cls, thread: OpenThread) -> Window:
        """Return the window of the newest entries."""
        return cls(max(1, thread.summary.messages - PAGE_ENTRIES + 1))

    @classmethod
    def before(cls, sequence: int) -> Window:
        """Return the window of the entries before one."""
        return cls(max(1, sequence - PAGE_ENTRIES), sequence - 1)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A message as the page shows it. `content` is None when it is missing or not authentic.

    `words`: what a notice says, or in an event, who did what. `reopens`: staff had closed the
    thread before it.
    """

    sequence: int
    kind: MessageKind
    content: MessageContent | None
    words: str = ""
    author: str = ""
    delivery: DeliveryWords | None = None
    may_be_sent_again: bool = False
    is_missing: bool = False
    reopens: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Conversation:
    """A thread's entries, and how far the line's automatic answer has come, if there was one.

    `earlier`: the sequence before which there is more, or 0.
    """

    entries: list[Entry]
    automatic_answer: DeliveryWords | None
    earlier: int = 0

    def text_of(self, sequence: int, kind: MessageKind) -> str | None:
        """Return the text of an entry of a kind, or None."""
        for entry in self.entries:
            if entry.sequence == sequence and entry.kind is kind and entry.content:
                return entry.content.text
        return None

    @property
    def looks_redacted(self) -> bool:
        """Tell whether a resident's message looks as if details had been taken out."""
        return any(
            entry.kind is MessageKind.RESIDENT
            and entry.content is not None
            and looks_redacted(entry.content.text)
            for entry in self.entries
        )

    def has(self, kind: MessageKind, text: str) -> bool:
        """Tell whether an entry of a kind says this."""
        plain = text.replace("\r\n", "\n").strip()
        return any(
            entry.kind is kind and entry.content is not None and entry.content.text == plain
            for entry in self.entries
        )


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    stored: StoredMessage
    content: MessageContent | None
    reopens: bool


def read_conversation(
    line: OpenLine, thread: OpenThread, window: Window | None = None
) -> Conversation:
    """Open a window of a thread. What is missing or not authentic is reported and said so."""
    services = console()
    window = window or Window.newest(thread)
    stored = stored_messages(services.stores, thread.summary, window.first, window.last)
    opened = _with_reopening(
        [(one, _content(line, thread, one)) for one in stored],
        _is_closed_before(line, thread, window),
    )
    progress = progress_of(
        services.stores,
        thread,
        services.keys.delivery_pin,
        window.first if window.first > 1 else 0,
        window.last,
    )
    ids = {one for item in opened if item.content for one in members_of(item.content)}
    names = services.accounts.names(ids)
    entries = [_entry(item, progress, names) for item in opened]
    entries = sorted(entries + _missing(thread, entries, window), key=lambda entry: entry.sequence)
    automatic = delivery_words(progress[0]) if 0 in progress else None
    return Conversation(entries, automatic, window.first if window.first > 1 else 0)


def _missing(thread: OpenThread, entries: list[Entry], window: Window) -> list[Entry]:
    """Return an entry for each message that the thread counts and the store no longer has."""
    last = thread.summary.messages
    if window.last is not None:
        last = min(last, window.last)
    gone = set(range(window.first, last + 1)) - {entry.sequence for entry in entries}
    if gone:
        note_incident(IncidentKind.MISSING_MESSAGE)
    return [Entry(sequence, MessageKind.NOTICE, None, is_missing=True) for sequence in gone]


def _is_closed_before(line: OpenLine, thread: OpenThread, window: Window) -> bool:
    """Tell whether staff had closed the thread just before a window begins.

    Looks at a few entries only: whoever closes a thread seldom does much in it afterwards.
    """
    if window.first == 1:
        return False
    stored = stored_messages(
        console().stores, thread.summary, max(1, window.first - 10), window.first - 1
    )
    for one in reversed(stored):
        if one.place.kind is MessageKind.RESIDENT:
            return False
        if one.place.kind is MessageKind.EVENT:
            content = _content(line, thread, one)
            if content is not None and content.notice in (Event.CLOSED, Event.REOPENED):
                return content.notice == Event.CLOSED
    return False


def _with_reopening(
    messages: list[tuple[StoredMessage, MessageContent | None]], is_closed: bool
) -> list[_Opened]:
    """Mark residents' messages that opened a closed thread again.

    Intake only sets the mark on the thread; that the message did it follows from the order.
    """
    found = []
    for stored, content in messages:
        reopens = False
        if content is not None and stored.place.kind is MessageKind.EVENT:
            is_closed = content.notice == Event.CLOSED or (
                is_closed and content.notice != Event.REOPENED
            )
        elif content is not None and stored.place.kind is MessageKind.RESIDENT:
            reopens, is_closed = is_closed, False
        found.append(_Opened(stored, content, reopens))
    return found


def _content(line: OpenLine, thread: OpenThread, stored: StoredMessage) -> MessageContent | None:
    try:
        return open_message(stored.message, stored.place, thread.key, _signer(line, stored))
    except (NotAuthenticError, CannotOpenError):
        note_incident(IncidentKind.FORGED_MESSAGE)
        return None


def _signer(line: OpenLine, stored: StoredMessage) -> VerifyingKey:
    """Return the one key whose signature this kind of message must bear.

    Raises:
        NotAuthenticError: the line never had the key that a staff message names.
    """
    services = console()
    if stored.place.kind in STAFF_KINDS:
        return services.lines.verifying_key(line.id, stored.message.signature[1:HEADER_LENGTH])
    return services.keys.intake_pin


def _entry(item: _Opened, progress: dict[int, Progress], names: dict[str, str]) -> Entry:
    place, content = item.stored.place, item.content
    sequence, kind = place.sequence, place.kind
    if content is None:
        return Entry(sequence, kind, None)
    if kind is MessageKind.NOTICE:
        return Entry(sequence, kind, content, words=notice_words(content.notice))
    if kind is MessageKind.RESIDENT:
        return Entry(sequence, kind, content, reopens=item.reopens)
    somebody = gettext(FORMER_MEMBER)
    author = names.get(content.author, somebody)
    if kind is MessageKind.EVENT:
        return Entry(sequence, kind, content, event_words(content, names, somebody), author)
    if kind is MessageKind.NOTE:
        return Entry(sequence, kind, content, author=author)
    known = progress.get(sequence)
    return Entry(
        sequence,
        kind,
        content,
        author=author,
        delivery=delivery_words(known),
        may_be_sent_again=known is not None and known.state is OutgoingState.UNCERTAIN,
    )
