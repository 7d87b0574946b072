"""A thread as a conversation: every message checked, opened and put into words, in order."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.console.incidents import note_incident
from tipline.console.services import console
from tipline.console.staff import OpenLine
from tipline.console.wording import DeliveryWords, delivery_words, notice_words
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.reading import Progress, progress_of
from tipline.incidents.services import IncidentKind
from tipline.threads.contents import (
    STAFF_KINDS,
    MessageContent,
    MessageKind,
    open_message,
)
from tipline.threads.reading import OpenThread, StoredMessage, stored_messages

FORMER_MEMBER = "a former member"


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A message as the page shows it. `content` is None when it is missing or not authentic."""

    sequence: int
    kind: MessageKind
    content: MessageContent | None
    notice: str = ""
    author: str = ""
    delivery: DeliveryWords | None = None
    may_be_sent_again: bool = False
    is_missing: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Conversation:
    """A thread's entries, and how far the line's automatic answer has come, if there was one."""

    entries: list[Entry]
    automatic_answer: DeliveryWords | None

    def reply_text(self, sequence: int) -> str | None:
        """Return the text of a reply of this thread, or None."""
        for entry in self.entries:
            if entry.sequence == sequence and entry.kind is MessageKind.REPLY and entry.content:
                return entry.content.text
        return None

    def has_reply(self, text: str) -> bool:
        """Tell whether a reply with this text stands in the thread."""
        plain = text.replace("\r\n", "\n").strip()
        return any(
            entry.kind is MessageKind.REPLY and entry.content and entry.content.text == plain
            for entry in self.entries
        )


def read_conversation(line: OpenLine, thread: OpenThread) -> Conversation:
    """Open a thread's messages. One that is missing or not authentic is reported and said so."""
    services = console()
    progress = progress_of(services.stores, thread, services.keys.delivery_pin)
    opened = [
        (stored, _content(line, thread, stored))
        for stored in stored_messages(services.stores, thread.summary)
    ]
    authors = services.accounts.names({c.author for _, c in opened if c is not None and c.author})
    entries = [_entry(stored, content, progress, authors) for stored, content in opened]
    entries = sorted(entries + _missing(thread, entries), key=lambda entry: entry.sequence)
    automatic = delivery_words(progress[0]) if 0 in progress else None
    return Conversation(entries, automatic)


def _missing(thread: OpenThread, entries: list[Entry]) -> list[Entry]:
    """Return an entry for each message that the thread counts and the store no longer has."""
    gone = set(range(1, thread.summary.messages + 1)) - {entry.sequence for entry in entries}
    if gone:
        note_incident(IncidentKind.MISSING_MESSAGE)
    return [Entry(sequence, MessageKind.NOTICE, None, is_missing=True) for sequence in gone]


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


def _entry(
    stored: StoredMessage,
    content: MessageContent | None,
    progress: dict[int, Progress],
    authors: dict[str, str],
) -> Entry:
    sequence, kind = stored.place.sequence, stored.place.kind
    if content is None:
        return Entry(sequence, kind, None)
    if kind is MessageKind.NOTICE:
        return Entry(sequence, kind, content, notice=notice_words(content.notice))
    if kind is MessageKind.RESIDENT:
        return Entry(sequence, kind, content)
    known = progress.get(sequence)
    return Entry(
        sequence,
        kind,
        content,
        author=authors.get(content.author, FORMER_MEMBER),
        delivery=delivery_words(known),
        may_be_sent_again=known is not None and known.state is OutgoingState.UNCERTAIN,
    )
