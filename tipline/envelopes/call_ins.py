"""Tips that a member types in from a call: the member's side, and opening them at intake.

A member cannot make a thread: its key must be signed by intake, or nobody trusts it. So the
console seals what was typed to intake, as the gateway does, and signs it with the line's key, which
only the line's members hold.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tipline.clock import hour_of
from tipline.crypto.encoding import Context, bind
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.envelopes.messages import MalformedContentError

PURPOSE = "called-in tip"
TAG_LENGTH = 32
# A tip's uid: which form it came from, and then what stood in it.
FORM_LENGTH, CONTENT_LENGTH = 8, 8


@dataclass(frozen=True, slots=True, repr=False)
class CalledInTip:
    """What a caller said, and where answers for them wait (tag and public key of a mailbox)."""

    text: str
    is_danger: bool
    author: str
    mailbox_tag: bytes
    mailbox_public: bytes
    received_at: datetime

    def to_bytes(self) -> bytes:
        """Return the tip as UTF-8 JSON."""
        fields = {
            "text": self.text,
            "is_danger": self.is_danger,
            "author": self.author,
            "mailbox_tag": b64encode(self.mailbox_tag).decode(),
            "mailbox_public": b64encode(self.mailbox_public).decode(),
            "received_at": self.received_at.isoformat(),
        }
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> CalledInTip:
        """Return the parsed tip.

        Raises:
            MalformedContentError: these bytes are none.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            tip = cls(
                _text(fields["text"]),
                fields["is_danger"] is True,
                _text(fields["author"]),
                b64decode(fields["mailbox_tag"]),
                b64decode(fields["mailbox_public"]),
                datetime.fromisoformat(fields["received_at"]),
            )
            SealingKey(tip.mailbox_public)
        except (ValueError, KeyError, TypeError, RecursionError, CannotOpenError):
            raise MalformedContentError from None
        if len(tip.mailbox_tag) != TAG_LENGTH:
            raise MalformedContentError
        return tip


@dataclass(frozen=True, slots=True, repr=False)
class CallInRow:
    """A called-in tip as it stands in the store."""

    id: int
    uid: bytes
    line_id: str
    sealed: bytes
    signature: bytes
    attempts: int

    @property
    def signer_id(self) -> bytes:
        """Return the id of the key that is said to have signed it."""
        return self.signature[1:HEADER_LENGTH]


def call_in_uid(token: str, line_id: str, text: str, is_danger: bool) -> bytes:
    """Return the uid (16 bytes) of what was typed into the form with a token.

    The content's part is keyed with the token, which stands in no store: nobody can try out what
    somebody may have said.
    """
    form = hashlib.sha256(bind(PURPOSE, token, line_id)).digest()[:FORM_LENGTH]
    content = bind(PURPOSE, line_id, text.encode("utf-8", "surrogatepass"), int(is_danger))
    keyed = hmac.digest(token.encode(), content, "sha256")[:CONTENT_LENGTH]
    return form + keyed


def uids_of_form(uid: bytes) -> tuple[bytes, bytes]:
    """Return the first and the last uid that something typed into the same form could have."""
    form = uid[:FORM_LENGTH]
    return form + bytes(CONTENT_LENGTH), form + b"\xff" * CONTENT_LENGTH


def notice_source(uid: bytes) -> bytes:
    """Return the source of a tip's first message: of one form, there is one in all threads."""
    return hashlib.sha256(bind(PURPOSE, uid[:FORM_LENGTH], "notice")).digest()


def text_source(uid: bytes) -> bytes:
    """Return the source of the message that holds a tip's text."""
    return hashlib.sha256(bind(PURPOSE, uid, "text")).digest()


def call_in_row(
    tip: CalledInTip, line_id: str, uid: bytes, intake: SealingKey, signer: SigningKey
) -> dict[str, Any]:
    """Return the columns of a called-in tip. `uid` (16 bytes) comes from the form's token."""
    context = _context(line_id, uid)
    sealed = intake.seal(tip.to_bytes(), context, MESSAGE_BUCKET)
    return {
        "uid": uid,
        "line_id": line_id,
        "key_id": intake.key_id,
        "sealed": sealed,
        "signature": signer.sign(PURPOSE, context.info(), sealed),
        "created_hour": hour_of(tip.received_at),
    }


def check_call_in(row: CallInRow, author: VerifyingKey) -> None:
    """Check that a line's key signed a row.

    Raises:
        NotAuthenticError: it did not.
    """
    author.verify(row.signature, PURPOSE, _context(row.line_id, row.uid).info(), row.sealed)


def open_call_in(row: CallInRow, key: OpeningKey) -> CalledInTip:
    """Return what was called in.

    Raises:
        CannotOpenError: it does not open.
        MalformedContentError: it opens, but is no called-in tip.
    """
    return CalledInTip.from_bytes(key.open(row.sealed, _context(row.line_id, row.uid)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _context(line_id: str, uid: bytes) -> Context:
    return Context(PURPOSE, line_id, uid.hex())
