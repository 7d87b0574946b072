"""Putting a message into the outbox: the side of whoever wants something sent.

A row is sealed to the delivery worker's key of the day and signed: a reply or a letter by the line,
an automatic answer by the intake worker. Delivery sends nothing else.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tipline.clock import hour_of
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "outbox row"


class OutgoingKind(StrEnum):
    """Who asks for something to be sent."""

    REPLY = "reply"
    AUTOMATIC = "automatic"
    LETTER = "letter"


class OutgoingState(StrEnum):
    """How far a message has come.

    `IN_MAILBOX`: a letter waits where its resident looks with their words. Nothing follows it: that
    somebody looked is written down nowhere.
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    IN_MAILBOX = "in_mailbox"


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingContent:
    """What is sent: to an address (automatic answers), or to a contact by its thread's half."""

    body: str
    address: str = ""
    thread_half: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON."""
        half = b64encode(self.thread_half).decode()
        fields = {"body": self.body, "address": self.address, "half": half}
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> OutgoingContent:
        """Return the parsed content.

        Raises:
            CannotOpenError: these bytes are no content.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            return cls(fields["body"], fields["address"], b64decode(fields["half"]))
        except (ValueError, KeyError, TypeError):
            raise CannotOpenError from None


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingLetter:
    """What is put into a mailbox: a letter that delivery cannot open, sealed and signed already."""

    mailbox_tag: bytes
    sealed: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Return the letter as JSON."""
        values = (self.mailbox_tag, self.sealed, self.signature)
        return json.dumps([b64encode(value).decode() for value in values]).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> OutgoingLetter:
        """Return the parsed letter.

        Raises:
            CannotOpenError: these bytes are none.
        """
        try:
            tag, sealed, signature = (b64decode(value) for value in json.loads(raw))
        except (ValueError, TypeError, RecursionError):
            raise CannotOpenError from None
        return cls(tag, sealed, signature)


@dataclass(frozen=True, slots=True)
class OutgoingPlace:
    """Where an outbox row belongs. `sequence` is that of the thread's message, or 0."""

    uid: str
    line_id: str
    thread_id: str
    sequence: int
    kind: OutgoingKind

    def context(self) -> Context:
        """Return the place to which the content is bound."""
        where = f"{self.sequence}:{self.uid}"
        return Context(f"outbox {self.kind.value}", self.line_id, self.thread_id, where)


def new_place(line_id: str, thread_id: str, sequence: int, kind: OutgoingKind) -> OutgoingPlace:
    """Return the place of a new row."""
    return OutgoingPlace(secrets.token_hex(16), line_id, thread_id, sequence, kind)


def outbox_row(
    content: OutgoingContent | OutgoingLetter,
    place: OutgoingPlace,
    delivery: SealingKey,
    signer: SigningKey,
    now: datetime,
) -> dict[str, Any]:
    """Return the columns of a new outbox row."""
    sealed = delivery.seal(content.to_bytes(), place.context(), MESSAGE_BUCKET)
    return {
        "uid": place.uid,
        "line_id": place.line_id,
        "thread_id": place.thread_id,
        "sequence": place.sequence,
        "kind": place.kind.value,
        "state": OutgoingState.QUEUED.value,
        "key_id": delivery.key_id,
        "sealed": sealed,
        "signature": signer.sign(PURPOSE, place.context().info(), sealed),
        "not_before": hour_of(now),
        "created_hour": hour_of(now),
    }


def open_outgoing(
    sealed: bytes, signature: bytes, place: OutgoingPlace, key: OpeningKey, author: VerifyingKey
) -> OutgoingContent:
    """Return the content of a row, for the delivery worker.

    Raises:
        NotAuthenticError: the author did not sign it.
        CannotOpenError: it does not open.
    """
    return OutgoingContent.from_bytes(_open(sealed, signature, place, key, author))


def open_outgoing_letter(
    sealed: bytes, signature: bytes, place: OutgoingPlace, key: OpeningKey, author: VerifyingKey
) -> OutgoingLetter:
    """Return the letter of a row, as it is to be put into its mailbox. Raises as above."""
    return OutgoingLetter.from_bytes(_open(sealed, signature, place, key, author))


def _open(
    sealed: bytes, signature: bytes, place: OutgoingPlace, key: OpeningKey, author: VerifyingKey
) -> bytes:
    author.verify(signature, PURPOSE, place.context().info(), sealed)
    return key.open(sealed, place.context())
