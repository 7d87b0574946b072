"""Re-sealing in the background of this process, while a key holder's keyring is in its memory.

Any request of a key holder starts it when something is left; it ends with the last thread. It is
killed with the process at any point, and goes on with the next request after a start.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tipline import logs
from tipline.audit.recording import housekeeping
from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.incidents.services import IncidentKind, report
from tipline.lines.keyrings import LineKeyring
from tipline.threads.resealing import anything_left, reseal

# How often requests ask whether something is left, a line.
CHECK_PAUSE = timedelta(seconds=15)
# Threads that did not open are tried again after this; nothing else waits for them.
RETRY_PAUSE = timedelta(minutes=30)
# Between two batches, so that requests and workers get their turn at the store.
BREATH_SECONDS = 0.03
# Then a key holder who is still signed in has to bring the keys again: those of a member who was
# disabled or removed meanwhile do not stay in memory.
LONGEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Wait:
    """Until when a line is left in peace, unless it is given a newer generation than this."""

    generation: int
    until: datetime


class BackgroundResealing:
    """One thread a line, at most. Keeps a keyring only in the thread that uses it."""

    def __init__(
        self, stores: Stores, clock: Clock, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        """Take both stores, and what tells seconds, which are compared with each other only."""
        self._seconds = seconds
        self._stores = stores
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._waits: dict[str, _Wait] = {}
        self._skipped: dict[str, int] = {}

    def ensure(self, keyring: LineKeyring) -> None:
        """Start re-sealing a line's threads if something is left and nobody is at it."""
        newest = keyring.newest
        if len(keyring.by_generation) < 2 or not self._is_due(newest.line_id, newest.generation):
            return
        if not anything_left(self._stores, newest.line_id, newest.generation):
            return
        with self._lock:
            if newest.line_id in self._running:
                return
            worker = threading.Thread(
                target=self._run, args=(keyring,), name="resealing", daemon=True
            )
            self._running[newest.line_id] = worker
            worker.start()

    def skipped(self, line_id: str) -> int:
        """Return how many threads did not open when they were last tried in this process."""
        return self._skipped.get(line_id, 0)

    def is_running(self, line_id: str) -> bool:
        """Tell whether this process is at work on a line."""
        with self._lock:
            return line_id in self._running

    def wait(self, seconds: float) -> None:
        """Wait until what runs now has ended, each for so many seconds at most."""
        with self._lock:
            running = list(self._running.values())
        for worker in running:
            worker.join(seconds)

    def _is_due(self, line_id: str, generation: int) -> bool:
        now = self._clock()
        with self._lock:
            wait = self._waits.get(line_id)
            if line_id in self._running:
                return False
            if wait is not None and wait.generation == generation and now < wait.until:
                return False
            self._waits[line_id] = _Wait(generation, now + CHECK_PAUSE)
            return True

    def _run(self, keyring: LineKeyring) -> None:
        line_id, skipped = keyring.newest.line_id, 0
        try:
            with housekeeping():
                skipped = self._reseal_all(keyring)
        except Exception as error:
            # The store is busy or gone, say. The next request but one tries again.
            logs.failure("resealing_interrupted", error)
        finally:
            with self._lock:
                self._skipped[line_id] = skipped
                if skipped:
                    until = self._clock() + RETRY_PAUSE
                    self._waits[line_id] = _Wait(keyring.newest.generation, until)
                self._running.pop(line_id, None)

    def _reseal_all(self, keyring: LineKeyring) -> int:
        """Re-seal until a pass moves nothing: meanwhile intake may have used the older key.

        Return how many threads did not open, or 0 when the time for one keyring was over.
        """
        pause = threading.Event()
        end = self._seconds() + LONGEST_SECONDS
        while True:
            moved = skipped = 0
            for batch in reseal(self._stores, keyring):
                moved += batch.resealed
                skipped += batch.skipped
                if self._seconds() >= end:
                    return 0  # the next request goes on
                pause.wait(BREATH_SECONDS)
            if not moved:
                break
        if skipped:
            self._report(skipped)
        return skipped

    def _report(self, count: int) -> None:
        logs.event("threads_not_resealed", logging.ERROR, count=count)
        with self._stores.main.begin() as connection:
            report(connection, IncidentKind.SWAPPED_KEY, self._clock(), count)
