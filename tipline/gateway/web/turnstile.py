"""Slowing guesses at receipts, without knowing who guesses.

Everybody who comes through Tor has one address, so no address is counted. A check of words takes a
fixed time at least, and few run at once; who waits is let in by lot. So somebody who asks a
thousand times in a second makes others wait, and keeps nobody out by having come first.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tipline.errors import TiplineError

# Of a gateway's threads (8) these may be taken; the others stay free for webhooks and forms.
PLACES = 2
WAITING_PLACES = 2
SECONDS = 0.25


class TooManyChecksError(TiplineError):
    """All places are taken, and the lot fell on others."""

    code = "too_many_checks"
    message = "Too many receipts are being checked."


@dataclass(slots=True, eq=False)
class _Waiter:
    is_called: bool = False
    is_sent_away: bool = False


class Turnstile:
    """Lets a few callers through at once, each for `seconds` at least."""

    def __init__(
        self, places: int = PLACES, waiting: int = WAITING_PLACES, seconds: float = SECONDS
    ) -> None:
        """Take how many may be inside, how many may wait, and how long a check takes at least."""
        self._places = places
        self._most_waiting = waiting
        self._seconds = seconds
        self._inside = 0
        self._waiting: list[_Waiter] = []
        self._changed = threading.Condition()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be inside for the body of the block, and until the fixed time is over.

        Raises:
            TooManyChecksError: there is no place now.
        """
        self._enter()
        started = time.monotonic()
        try:
            yield
        finally:
            time.sleep(max(0.0, started + self._seconds - time.monotonic()))
            self._leave()

    def _enter(self) -> None:
        with self._changed:
            if self._inside < self._places:
                self._inside += 1
                return
            waiter = _Waiter()
            self._waiting.append(waiter)
            if len(self._waiting) > self._most_waiting:
                self._draw().is_sent_away = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: waiter.is_called or waiter.is_sent_away)
            if waiter.is_sent_away:
                raise TooManyChecksError

    def _leave(self) -> None:
        with self._changed:
            if self._waiting:
                self._draw().is_called = True
            else:
                self._inside -= 1
            self._changed.notify_all()

    def _draw(self) -> _Waiter:
        """Take one of those who wait, by lot."""
        return self._waiting.pop(secrets.randbelow(len(self._waiting)))
