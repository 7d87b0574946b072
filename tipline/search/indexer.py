"""Indexing a line with a member's keys, in bounded pieces that can stop and go on anywhere."""

from __future__ import annotations

from collections.abc import Callable

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.search.reading import LineTexts
from tipline.search.segments import SearchKey
from tipline.search.tokens import keys_of
from tipline.search.waiting import Waiting, mark_lost, oldest_waiting, seen_of
from tipline.search.writing import SIZE_CLASSES, Batch, merge_segments, write_batch
from tipline.threads.reading import NoSuchThreadError, ThreadSummary

# So many threads are read and committed at once; a stop in between costs reading them again.
THREADS_AT_ONCE = SIZE_CLASSES[-1]


def _go_on() -> None:
    """Let nobody in between."""


class Indexer:
    """Brings a line's index up to date. `breathe` is called after each thread that was read."""

    def __init__(self, texts: LineTexts, breathe: Callable[[], None] = _go_on) -> None:
        """Take what a member may read of the line."""
        self._texts = texts
        self._stores = texts.stores
        self._line_id = texts.line_id
        self._breathe = breathe
        # What does not open with this member's keys is left to somebody who was granted more.
        self._closed: set[str] = set()

    def run(self, *, compare: bool = False, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Do all that is to be done; with `compare`, look at every thread once at the end.

        `is_over` is asked after each piece of work. Return whether nothing was left.
        """
        while self.step():
            if is_over():
                return False
        if compare and mark_lost(self._stores, self._line_id):
            return self.run(is_over=is_over)
        return True

    def step(self) -> bool:
        """Do one bounded piece of work. Return False when nothing is left."""
        limit = THREADS_AT_ONCE + len(self._closed)
        waiting = oldest_waiting(self._stores, self._line_id, limit)
        threads = [thread for thread in waiting.threads if thread.id not in self._closed]
        if threads or waiting.seen > seen_of(self._stores, self._line_id):
            batch = self._read(waiting, threads)
            write_batch(self._stores.perishable, batch, SearchKey.of(self._texts.keyring.newest))
            return True
        return merge_segments(self._stores.perishable, self._line_id, self._texts.keyring)

    def _read(self, waiting: Waiting, threads: list[ThreadSummary]) -> Batch:
        batch = Batch(self._line_id, waiting.seen)
        for thread in threads:
            batch.before[thread.id] = waiting.indexed.get(thread.id)
            if thread.is_restricted:
                batch.dropped.append(thread.id)
            else:
                self._read_thread(batch, thread)
            self._breathe()
        return batch

    def _read_thread(self, batch: Batch, thread: ThreadSummary) -> None:
        try:
            opened = self._texts.open(thread)
        except NoSuchThreadError:
            self._closed.add(thread.id)
            batch.dropped.append(thread.id)  # destroyed: nothing of it may stay here either
        except CannotOpenError:
            self._closed.add(thread.id)
            batch.after[thread.id] = 0
        except NotAuthenticError:
            # Its own page refuses and reports it. There is nothing in it that could be searched.
            batch.after[thread.id] = thread.messages
        else:
            after = batch.before[thread.id] or 0
            texts = self._texts.texts(opened, after)
            batch.words[thread.id] = {key for text in texts for key in keys_of(text.text)}
            batch.after[thread.id] = opened.summary.messages
