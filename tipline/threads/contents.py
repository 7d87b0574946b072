"""What a message of a thread says, and how it is sealed and signed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "thread message"


class MessageKind(StrEnum):
    """Who put a message into a thread."""

    RESIDENT = "resident"
    REPLY = "reply"
    NOTICE = "notice"
    NOTE = "note"
    EVENT = "event"


# What members put there, signed with the line's key; intake signs the rest.
STAFF_KINDS = frozenset({MessageKind.REPLY, MessageKind.NOTE, MessageKind.EVENT})


class Notice(StrEnum):
    """What the program itself notes in a thread."""

    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    CALLED_IN = "called_in"
    WEB_TIP = "web_tip"


@dataclass(frozen=True, slots=True, repr=False)
class MessageContent:
    """The sealed part of a message. `pictures` counts what the provider still holds.

    `language`: of the page on which a tip was written ("en", "es"), in its first notice.
    """

    text: str
    at: datetime
    pictures: int = 0
    notice: str = ""
    author: str = ""
    language: str = ""

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON."""
        fields = {
            "text": self.text,
            "at": self.at.isoformat(),
            "pictures": self.pictures,
            "notice": self.notice,
            "author": self.author,
            "language": self.language,
        }
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> MessageContent:
        """Return the parsed content.

        Raises:
            CannotOpenError: these bytes are no message content.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            return cls(**{**fields, "at": datetime.fromisoformat(fields["at"])})
        except (ValueError, KeyError, TypeError):
            raise CannotOpenError from None


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a message belongs."""

    line_id: str
    thread_id: str
    sequence: int
    kind: MessageKind

    def context(self) -> Context:
        """Return the place to which the content is bound."""
        return Context(f"message {self.kind.value}", self.line_id, self.thread_id, self.sequence)


@dataclass(frozen=True, slots=True, repr=False)
class SealedMessage:
    """A message's sealed content and the signature over it."""

    sealed: bytes
    signature: bytes


def seal_message(
    content: MessageContent, place: MessagePlace, thread: SealingKey, signer: SigningKey
) -> SealedMessage:
    """Return a message sealed to its thread and signed by whoever puts it there."""
    sealed = thread.seal(content.to_bytes(), place.context(), MESSAGE_BUCKET)
    return SealedMessage(sealed, signer.sign(PURPOSE, place.context().info(), sealed))


def open_message(
    message: SealedMessage, place: MessagePlace, thread: OpeningKey, author: VerifyingKey
) -> MessageContent:
    """Return the content of a message.

    Raises:
        NotAuthenticError: the author did not sign it for this place.
        CannotOpenError: it does not open.
    """
    author.verify(message.signature, PURPOSE, place.context().info(), message.sealed)
    return MessageContent.from_bytes(thread.open(message.sealed, place.context()))
