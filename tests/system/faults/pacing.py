"""Keeping traffic and faults in step: whoever sends waits for the fault that is due."""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE_SECONDS = 150.0
NO_LIMIT = 10_000_000


class Gate:
    """Lets no more messages start than the next fault is due for, so that none meets idleness."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._limit = self._started = self._settled = 0

    def pass_through(self) -> None:
        with self._changed:
            self._wait(lambda: self._started < self._limit)
            self._started += 1

    def note_settled(self) -> None:
        """A message was acknowledged, or given up."""
        with self._changed:
            self._settled += 1
            self._changed.notify_all()

    def wait_for(self, settled: int) -> None:
        with self._changed:
            self._wait(lambda: self._settled >= settled)

    def open_to(self, limit: int) -> None:
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def lets_one_be_on_its_way(self, total: int) -> bool:
        """Let another message start if none is on its way. Tell whether one is, or all are done."""
        with self._changed:
            if self._started == self._settled:
                self._limit = max(self._limit, self._started + 1)
                self._changed.notify_all()
            return self._started > self._settled or self._started >= total

    def _wait(self, condition: Callable[[], bool]) -> None:
        came = self._changed.wait_for(condition, PATIENCE_SECONDS)
        assert came, f"stuck: {self._started} started, {self._settled} settled of {self._limit}"
