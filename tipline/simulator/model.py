"""What the pretend carrier keeps: its own records, and what stands on the phones.

The two are apart because they are apart in life: redacting or deleting the carrier's record takes
nothing off a resident's phone.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "received", "canceled", "read"})
"""States after which nothing more happens to a message, so that it can be redacted or deleted."""

MAX_BODY_CHARACTERS = 1600
MAX_PICTURES = 10


def new_sid(prefix: str) -> str:
    """A Twilio identifier: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True)
class Media:
    """One attachment with its bytes. `cdn_token` is the unguessable end of its second address."""

    sid: str
    content_type: str
    content: bytes
    created: datetime
    cdn_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


@dataclass
class Message:
    """The carrier's record of one message; REST calls show and change it. Times are UTC."""

    sid: str
    serial: int
    direction: str
    from_number: str
    to_number: str
    body: str
    status: str
    created: datetime
    updated: datetime
    num_segments: int
    sent: datetime | None = None
    error_code: int | None = None
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    discard_content: bool = False
    obfuscate_address: bool = False
    media: list[Media] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether Twilio would let this be redacted or deleted."""
        return self.status in FINAL_STATUSES


@dataclass
class Bubble:
    """One message as a phone shows it, whatever becomes of the carrier's record.

    `status`: for what the phone sent `sending`, `retrying`, `accepted` or `refused` (by the
    gateway); for what it gets, the carrier's states.
    """

    sid: str
    serial: int
    phone: str
    line: str
    sent_by_phone: bool
    body: str
    at: datetime
    status: str
    media: list[Media] = field(default_factory=list)
    error_code: int | None = None
    webhook_status: int | None = None
    attempts: int = 0
    settled: threading.Event = field(default_factory=threading.Event)
