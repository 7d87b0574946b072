"""Everything the simulator knows, in memory, behind one lock.

Nothing here is written to disk or logged, and a restart forgets it. Callers that change a record
hold `lock`; the methods take it themselves (it is re-entrant).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from tipline.simulator.model import Bubble, Media, Message


class CarrierState:
    """Records, phones, opt-outs and counts."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        self._messages: dict[str, Message] = {}
        self._bubbles: dict[str, list[Bubble]] = {}
        self._media: dict[str, Media] = {}
        self._by_cdn_token: dict[str, Media] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._accepted: Counter[str] = Counter()
        self._serial = 0
        self.callback_posts = 0
        self.cdn_requests_with_credentials = 0

    def forget_everything(self) -> None:
        """Back to the state after a start."""
        with self.lock:
            self._forget()

    def next_serial(self) -> int:
        """A number that grows with each message; the order of lists."""
        with self.lock:
            self._serial += 1
            return self._serial

    def add(self, message: Message, bubble: Bubble) -> None:
        """Keep a new message with its place on the phone, and count it if the API created it."""
        with self.lock:
            self._messages[message.sid] = message
            self._bubbles.setdefault(bubble.phone, []).append(bubble)
            for media in message.media:
                self._media[media.sid] = media
                self._by_cdn_token[media.cdn_token] = media
            if message.direction == "outbound-api":
                self._accepted[message.to_number] += 1

    def message(self, sid: str) -> Message | None:
        """The carrier's record, or None if there is none or it was deleted."""
        with self.lock:
            return self._messages.get(sid)

    def newest_first(self, matches: Callable[[Message], bool]) -> list[Message]:
        """The records for which `matches` holds, the newest first, as Twilio lists them."""
        with self.lock:
            found = [message for message in self._messages.values() if matches(message)]
        return sorted(found, key=lambda message: message.serial, reverse=True)

    def delete_message(self, message: Message) -> None:
        """Remove the carrier's record and its media; the phone keeps what it shows."""
        with self.lock:
            self._messages.pop(message.sid, None)
            for media in list(message.media):
                self.delete_media(message, media)

    def delete_media(self, message: Message, media: Media) -> None:
        """Remove one attachment from the record and from both its addresses."""
        with self.lock:
            # Two requests may delete the same one; the second finds it gone already.
            if media in message.media:
                message.media.remove(media)
            message.updated = datetime.now(UTC)
            self._media.pop(media.sid, None)
            self._by_cdn_token.pop(media.cdn_token, None)

    def media_by_cdn_token(self, token: str) -> Media | None:
        """The attachment behind a CDN address, or None."""
        with self.lock:
            return self._by_cdn_token.get(token)

    def conversation(self, phone: str, line: str | None = None) -> list[Bubble]:
        """What this phone sent and got, in order; with one line only, if `line` is given."""
        with self.lock:
            bubbles = list(self._bubbles.get(phone, ()))
        return [bubble for bubble in bubbles if line in (None, bubble.line)]

    def phones(self) -> list[str]:
        """Every phone that sent or was sent something, in order of first use."""
        with self.lock:
            return list(self._bubbles)

    def set_opted_out(self, phone: str, line: str, opted_out: bool) -> bool:
        """Record STOP or START for this pair; returns whether that changed anything."""
        with self.lock:
            changed = ((phone, line) in self._opted_out) != opted_out
            if opted_out:
                self._opted_out.add((phone, line))
            else:
                self._opted_out.discard((phone, line))
            return changed

    def is_opted_out(self, phone: str, line: str) -> bool:
        """Whether this phone texted STOP to this line, and no START since."""
        with self.lock:
            return (phone, line) in self._opted_out

    def accepted(self) -> dict[str, int]:
        """Phone number to the count of messages to it that the REST API accepted."""
        with self.lock:
            return dict(self._accepted)

    def message_count(self) -> int:
        """Records that the carrier still keeps."""
        with self.lock:
            return len(self._messages)

    def opted_out_pairs(self) -> list[tuple[str, str]]:
        """(phone, line) pairs under STOP, sorted."""
        with self.lock:
            return sorted(self._opted_out)
