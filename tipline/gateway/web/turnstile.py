"""Slowing guesses at receipts, without knowing who guesses.

Everybody who comes through Tor has one address, so no address is counted. A check of words takes a
fixed time at least, and few run at once; who waits is let in by lot. So somebody who asks a
thousand times in a second makes others wait, and keeps nobody out by having come first.

Whoever is sent away takes a *turn* along, random bytes that let them in once, before all who have
none. So somebody with words presses the button a second time, while a program that only asks and
asks stays behind. One that collects turns is no better off than everybody else who has one.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tipline.errors import TiplineError

# Of a gateway's threads (8) these may be taken; the others stay free for webhooks and forms.
PLACES = 2
WAITING_PLACES = 2
SECONDS = 0.25
# Not more turns than this are remembered as taken: with these figures, of a quarter of an hour.
MOST_TAKEN = 10_000


class TooManyChecksError(TiplineError):
    """All places are taken, and the lot fell on others."""

    code = "too_many_checks"
    message = "Too many receipts are being checked."


@dataclass(slots=True, eq=False)
class _Waiter:
    has_turn: bool
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
        self._taken: OrderedDict[bytes, None] = OrderedDict()
        self._changed = threading.Condition()

    @contextmanager
    def passing(self, turn: bytes = b"") -> Iterator[None]:
        """Be inside for the body of the block, and until the fixed time is over.

        `turn`: what was given to this caller when they were sent away; nothing without one.

        Raises:
            TooManyChecksError: there is no place now. The turn stays good.
        """
        self._enter(turn)
        started = time.monotonic()
        try:
            yield
        finally:
            time.sleep(max(0.0, started + self._seconds - time.monotonic()))
            self._leave()

    def _enter(self, turn: bytes) -> None:
        with self._changed:
            if self._inside < self._places:
                self._inside += 1
                return
            waiter = _Waiter(self._take(turn))
            self._waiting.append(waiter)
            if len(self._waiting) > self._most_waiting:
                self._draw(has_turn=False).is_sent_away = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: waiter.is_called or waiter.is_sent_away)
            if waiter.is_sent_away:
                if waiter.has_turn:
                    self._taken.pop(turn, None)
                raise TooManyChecksError

    def _leave(self) -> None:
        with self._changed:
            if self._waiting:
                self._draw(has_turn=True).is_called = True
            else:
                self._inside -= 1
            self._changed.notify_all()

    def _take(self, turn: bytes) -> bool:
        """Take a turn, and tell whether it was there to be taken. One that waits is taken, too."""
        if not turn or turn in self._taken:
            return False
        self._taken[turn] = None
        if len(self._taken) > MOST_TAKEN:
            self._taken.popitem(last=False)
        return True

    def _draw(self, *, has_turn: bool) -> _Waiter:
        """Take one of those who wait, by lot: with a turn or without, if there are such."""
        drawn = [one for one in self._waiting if one.has_turn is has_turn] or self._waiting
        chosen = drawn[secrets.randbelow(len(drawn))]
        self._waiting.remove(chosen)
        return chosen
