"""What the provider still holds of a message, kept sealed until it has been erased there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tipline.clock import hour_of
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.sealing import SealingKey
from tipline.envelopes.messages import MediaItem


class RecordState(StrEnum):
    """What is to be done at the provider.

    `MEDIA`: pictures are to be fetched before anything is erased. `ERASE`: erase when due.
    `PENDING`: a message of ours that has no final state there yet.
    """

    MEDIA = "media"
    ERASE = "erase"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, repr=False)
class ProviderHolding:
    """The provider's id of a message, and its media."""

    provider_id: str
    media: tuple[MediaItem, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the holding as JSON."""
        media = [[item.url, item.content_type] for item in self.media]
        return json.dumps({"provider_id": self.provider_id, "media": media}).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> ProviderHolding:
        """Return the parsed holding.

        Raises:
            CannotOpenError: these bytes are no holding.
        """
        try:
            fields = json.loads(raw)
            media = tuple(MediaItem(url, kind) for url, kind in fields["media"])
            return cls(fields["provider_id"], media)
        except (ValueError, KeyError, TypeError):
            raise CannotOpenError from None


def record_context(uid: bytes, thread_id: str) -> Context:
    """Return the place to which a record is bound."""
    return Context("provider record", thread=thread_id, sequence=uid.hex())


def record_row(
    holding: ProviderHolding,
    thread_id: str,
    state: RecordState,
    delivery: SealingKey,
    now: datetime,
    outbox_uid: str | None = None,
) -> dict[str, Any]:
    """Return the columns of a new record."""
    uid = os.urandom(16)
    return {
        "uid": uid,
        "thread_id": thread_id,
        "outbox_uid": outbox_uid,
        "key_id": delivery.key_id,
        "sealed": delivery.seal(holding.to_bytes(), record_context(uid, thread_id), 1024),
        "state": state.value,
        "not_before": hour_of(now),
    }
