"""Reading the texts of a thread for a member: to index it, and to show where the words stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.lines.directory import LineDirectory
from tipline.lines.keyrings import LineKeyring
from tipline.threads.contents import (
    STAFF_KINDS,
    MessageContent,
    MessageKind,
    MessagePlace,
    SealedMessage,
    open_message,
)
from tipline.threads.models import Message
from tipline.threads.reading import OpenThread, ThreadSummary, open_thread

# Whose texts are searched. Notices and events hold none that anybody wrote.
SEARCHED_KINDS = (MessageKind.RESIDENT, MessageKind.REPLY, MessageKind.NOTE)

FEW_MESSAGES = 4
MANY_MESSAGES = 64
# Built once: for small results, building it costs as much as running it.
MESSAGES = (
    select(Message.sequence, Message.kind, Message.sealed, Message.signature)
    .where(
        Message.thread_id == bindparam("thread"),
        Message.sequence > bindparam("after"),
        Message.kind.in_([kind.value for kind in SEARCHED_KINDS]),
    )
    .order_by(Message.sequence)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, repr=False)
class SearchableText:
    """A text of a thread. `kind` is None for what stands beside the messages, such as tags."""

    text: str
    kind: MessageKind | None
    at: datetime | None


MoreTexts = Callable[[OpenThread], Sequence[str]]


def no_more_texts(_thread: OpenThread) -> Sequence[str]:
    """Return nothing: the messages are all that is searched."""
    return ()


@dataclass(frozen=True, slots=True, repr=False)
class LineTexts:
    """What a member may read of a line.

    `more_texts` gives what else is to be found of an opened thread, such as its tags. Whatever
    changes them must also append a message or event to the thread: that has it indexed again.
    `member`, an id and that member's own key, opens restricted threads, too.
    """

    stores: Stores
    lines: LineDirectory
    intake_pin: VerifyingKey
    line_id: str
    keyring: LineKeyring
    more_texts: MoreTexts = no_more_texts
    member: tuple[str, OpeningKey] | None = None

    def open(self, thread: ThreadSummary) -> OpenThread:
        """Open a thread. Raises as `open_thread` does."""
        return open_thread(
            self.stores,
            self.line_id,
            thread.alias,
            self.keyring,
            self.intake_pin,
            self.member,
        )

    def texts(self, thread: OpenThread, after: int = 0) -> Iterator[SearchableText]:
        """Yield what may be searched of a thread, from the messages after one of them.

        A message that is not authentic, or does not open, is left out: the thread's own page
        reports it.
        """
        most = FEW_MESSAGES  # often the first ones are enough, and messages are large
        while rows := self._messages(thread, after, most):
            for row in rows:
                kind = MessageKind(row.kind)
                place = MessagePlace(self.line_id, thread.summary.id, row.sequence, kind)
                content = self._content(thread, place, SealedMessage(row.sealed, row.signature))
                if content is not None:
                    yield SearchableText(content.text, kind, content.at)
            if len(rows) < most:
                break
            after, most = rows[-1].sequence, MANY_MESSAGES
        for text in self.more_texts(thread):
            yield SearchableText(text, None, None)

    def _messages(self, thread: OpenThread, after: int, most: int) -> Sequence[Any]:
        place = {"thread": thread.summary.id, "after": after, "most": most}
        with reading(self.stores.main) as connection:
            return connection.execute(MESSAGES, place).all()

    def _content(
        self, thread: OpenThread, place: MessagePlace, message: SealedMessage
    ) -> MessageContent | None:
        try:
            return open_message(message, place, thread.key, self._signer(place, message))
        except (NotAuthenticError, CannotOpenError):
            return None

    def _signer(self, place: MessagePlace, message: SealedMessage) -> VerifyingKey:
        if place.kind in STAFF_KINDS:
            key_id = message.signature[1:HEADER_LENGTH]
            return self.lines.verifying_key(self.line_id, key_id)
        return self.intake_pin
