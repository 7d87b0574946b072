"""Indexing in the background of a member's session: the only time when a line's keys are at hand.

One thread a line and process. It holds the line's keys in memory while it runs, and no longer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Flask

from tipline import logs
from tipline.search.indexer import Indexer
from tipline.search.reading import LineTexts

EXTENSION = "search-indexing"
PAUSE_SECONDS = 15.0
COMPARE_EVERY_SECONDS = 3600.0
# Then a member who is still signed in has to bring the keys again: those of one who was disabled
# meanwhile do not stay in memory.
LONGEST_SECONDS = 300.0
# After each thread that was read, so much of the time that it took is left to the pages.
SHARE_LEFT_TO_PAGES = 0.5


class Indexing:
    """Starts indexing where something may be left to index."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Take what tells seconds; they are compared with each other only."""
        self._now = now
        self._guard = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._ended: dict[str, float] = {}
        self._compared: dict[str, float] = {}

    def nudge(self, texts: LineTexts) -> None:
        """Index a line unless that goes on already, or ended a moment ago."""
        line_id = texts.line_id
        with self._guard:
            ended = self._ended.get(line_id)
            if line_id in self._running or (
                ended is not None and self._now() - ended < PAUSE_SECONDS
            ):
                return
            thread = threading.Thread(
                target=self._index, args=(texts,), name="search-indexing", daemon=True
            )
            self._running[line_id] = thread
            thread.start()

    def wait(self, line_id: str, seconds: float) -> bool:
        """Wait until a line's thread has ended; return whether it has."""
        with self._guard:
            thread = self._running.get(line_id)
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _index(self, texts: LineTexts) -> None:
        line_id = texts.line_id
        try:
            compared = self._compared.get(line_id)
            is_due = compared is None or self._now() - compared >= COMPARE_EVERY_SECONDS
            end = self._now() + LONGEST_SECONDS
            indexer = Indexer(texts, _Breath())
            is_done = indexer.run(compare=is_due, is_over=lambda: self._now() >= end)
            if is_due and is_done:
                self._compared[line_id] = self._now()
        except Exception as error:
            # Whatever it was, searching opens what is not indexed, and the next request tries anew.
            logs.failure("indexing_failed", error)
        finally:
            with self._guard:
                self._ended[line_id] = self._now()
                del self._running[line_id]


class _Breath:
    """Sleeps for a share of the time since it was last called."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self) -> None:
        time.sleep((time.monotonic() - self._last) * SHARE_LEFT_TO_PAGES)
        self._last = time.monotonic()


def indexing(app: Flask) -> Indexing:
    """Return the application's indexing."""
    found: Indexing = app.extensions.setdefault(EXTENSION, Indexing())
    return found
