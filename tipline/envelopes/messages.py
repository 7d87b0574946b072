"""What is inside an envelope and a status report, as parsed objects."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from tipline.errors import TiplineError

# What an envelope says of itself, inside its seal. An older one says nothing and holds this, too.
HOLDS = "text message"


class MalformedContentError(TiplineError):
    """An opened envelope holds something else than a message."""

    code = "malformed_content"
    message = "An opened envelope does not hold a message."


@dataclass(frozen=True, slots=True, repr=False)
class MediaItem:
    """A picture that the provider still holds: its address there, and its type."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True, repr=False)
class InboundMessage:
    """A resident's message as the provider delivered it, without its geography.

    `sender` and `recipient` are the provider's addresses (E.164, or with a channel prefix such as
    `whatsapp:`); `opt_out` is STOP, START or HELP when the provider itself recognised one.
    """

    provider_id: str
    sender: str
    recipient: str
    body: str
    media: tuple[MediaItem, ...]
    opt_out: str
    received_at: datetime

    def to_bytes(self) -> bytes:
        """Return the message as UTF-8 JSON."""
        # By name: `asdict` copies deeply, which costs as much as all the rest of this.
        fields = {
            "holds": HOLDS,
            "provider_id": self.provider_id,
            "sender": self.sender,
            "recipient": self.recipient,
            "body": self.body,
            "media": [{"url": item.url, "content_type": item.content_type} for item in self.media],
            "opt_out": self.opt_out,
            "received_at": self.received_at.isoformat(),
        }
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> InboundMessage:
        """Return the parsed message.

        Raises:
            MalformedContentError: these bytes are no message.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            if fields.get("holds", HOLDS) != HOLDS:
                raise MalformedContentError
            media = [
                MediaItem(_text(item["url"]), _text(item["content_type"]))
                for item in fields["media"]
            ]
            # Fields that are not ours are left out: a newer gateway may already know more.
            return cls(
                provider_id=_text(fields["provider_id"]),
                sender=_text(fields["sender"]),
                recipient=_text(fields["recipient"]),
                body=_text(fields["body"]),
                media=tuple(media),
                opt_out=_text(fields["opt_out"]),
                received_at=datetime.fromisoformat(fields["received_at"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise MalformedContentError from None


@dataclass(frozen=True, slots=True, repr=False)
class StatusNotice:
    """What became of a message that we sent; `ref` is the one-time word of that sending."""

    ref: str
    provider_id: str
    status: str
    error_code: str
    received_at: datetime

    def to_bytes(self) -> bytes:
        """Return the notice as JSON."""
        fields = asdict(self)
        fields["received_at"] = self.received_at.isoformat()
        return json.dumps(fields).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> StatusNotice:
        """Return the parsed notice.

        Raises:
            MalformedContentError: these bytes are no notice.
        """
        try:
            fields = json.loads(raw)
            return cls(
                ref=_text(fields["ref"]),
                provider_id=_text(fields["provider_id"]),
                status=_text(fields["status"]),
                error_code=_text(fields["error_code"]),
                received_at=datetime.fromisoformat(fields["received_at"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise MalformedContentError from None


def _text(value: object) -> str:
    """Return a field that must be a text. What is none would only fail further on."""
    if not isinstance(value, str):
        raise TypeError
    return value
