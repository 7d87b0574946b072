"""Work that happens later: a few threads that run jobs when they are due.

A job that has to wait is not a thread that sleeps. So pauses between states, however many messages
are under way, use no thread, and the number of threads stays fixed.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Job = Callable[[], None]

THREADS = 8


class Scheduler:
    """Runs each job once, on one of `THREADS` threads, not before it is due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._running = 0
        self._generation = 0
        self._own = threading.local()
        self.failures = 0
        for _ in range(THREADS):
            threading.Thread(target=self._work, daemon=True, name="carrier").start()

    def after(self, delay_seconds: float, job: Job) -> None:
        """Run `job` when `delay_seconds` have passed. A job from before a reset adds nothing."""
        with self._wake:
            if getattr(self._own, "generation", self._generation) != self._generation:
                return
            entry = (time.monotonic() + delay_seconds, next(self._order), job)
            heapq.heappush(self._due, entry)
            self._wake.notify()

    def pending(self) -> int:
        """Jobs that wait or run; 0 means that nothing more will happen by itself."""
        with self._wake:
            return len(self._due) + self._running

    def clear(self) -> None:
        """Drop what waits, and what running jobs would still add."""
        with self._wake:
            self._due.clear()
            self._generation += 1

    def _work(self) -> None:
        while True:
            job = self._take()
            try:
                job()
            except Exception:
                # Counted and not logged: a traceback here could hold a text or a number.
                with self._wake:
                    self.failures += 1
            finally:
                with self._wake:
                    self._running -= 1

    def _take(self) -> Job:
        with self._wake:
            while True:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    break
                self._wake.wait(pause)
            self._own.generation = self._generation
            self._running += 1
            job = heapq.heappop(self._due)[2]
            # Somebody else has to watch for the next one while this one runs.
            self._wake.notify()
            return job
