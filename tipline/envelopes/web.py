"""What a resident sends from the web pages: a tip, more of it, or that replies are to go."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.sealing import SealingKey
from tipline.envelopes.messages import MalformedContentError
from tipline.errors import TiplineError

# What an envelope says of itself, inside its seal (see `messages.HOLDS`).
HOLDS = "web"
TAG_LENGTH = 32
LANGUAGES = ("en", "es")


class OtherWordsError(TiplineError):
    """The form was posted before, with something else in it: that was kept, and this was not."""

    code = "web_form_changed"
    message = "A message with other words was kept from this form. This one was not."


class WebKind(StrEnum):
    """What is asked for."""

    TIP = "tip"
    FOLLOW_UP = "follow_up"
    DELETE_REPLIES = "delete_replies"
    FORGET = "forget"


@dataclass(frozen=True, slots=True, repr=False)
class WebMessage:
    """One post of a web form. It holds no address of any kind.

    `mailbox_tag` (32 bytes): of the receipt's words. A TIP names its line by `line_id` and brings
    `mailbox_public`, the key to which replies are sealed; the others have neither, for intake knows
    them by the tag. DELETE_REPLIES and FORGET have no text. `language`: of the page, "en" or "es".
    """

    kind: WebKind
    mailbox_tag: bytes
    received_at: datetime
    text: str = ""
    is_danger: bool = False
    language: str = "en"
    line_id: str = ""
    mailbox_public: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the message as UTF-8 JSON."""
        fields = {
            "holds": HOLDS,
            "kind": self.kind.value,
            "mailbox_tag": b64encode(self.mailbox_tag).decode(),
            "received_at": self.received_at.isoformat(),
            "text": self.text,
            "is_danger": self.is_danger,
            "language": self.language,
            "line_id": self.line_id,
            "mailbox_public": b64encode(self.mailbox_public).decode(),
        }
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> WebMessage:
        """Return the parsed message.

        Raises:
            MalformedContentError: these bytes are none, or what its kind needs is missing.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            if fields["holds"] != HOLDS:
                raise MalformedContentError
            message = cls(
                kind=WebKind(fields["kind"]),
                mailbox_tag=b64decode(fields["mailbox_tag"], validate=True),
                received_at=datetime.fromisoformat(fields["received_at"]),
                text=_text(fields["text"]),
                is_danger=fields["is_danger"] is True,
                language=_text(fields["language"]),
                line_id=_text(fields["line_id"]),
                mailbox_public=b64decode(fields["mailbox_public"], validate=True),
            )
            message._check()
        except (ValueError, KeyError, TypeError, RecursionError, CannotOpenError):
            raise MalformedContentError from None
        return message

    def _check(self) -> None:
        """Check what no type says.

        Raises:
            MalformedContentError, CannotOpenError: something is missing.
        """
        if len(self.mailbox_tag) != TAG_LENGTH or self.received_at.tzinfo is None:
            raise MalformedContentError
        if self.language not in LANGUAGES:
            raise MalformedContentError
        if self.kind is WebKind.TIP:
            SealingKey(self.mailbox_public)
            if not self.line_id:
                raise MalformedContentError


def holds_web(content: bytes) -> bool:
    """Tell whether an envelope says that it holds something from the web pages."""
    try:
        fields = json.loads(content.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and fields.get("holds") == HOLDS


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
