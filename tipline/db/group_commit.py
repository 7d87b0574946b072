"""Group commit: threads of a process that commit at the same moment share one transaction.

A durable commit costs a disk flush, and SQLite lets one writer in at a time. The first thread that
gets through does the work of all that wait, in the order in which they came, so each call still
returns only after its own work is durable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from tipline.errors import TiplineError

T = TypeVar("T")


class NotCommittedError(TiplineError):
    """The thread that led was stopped before it came to this value."""

    code = "not_committed"
    message = "The commit that this was to share was broken off."


class _Item(Generic[T]):
    """What one caller brings, and what came of it: not committed, until it is."""

    def __init__(self, value: T) -> None:
        self.value = value
        self.result = False
        self.error: Exception | None = NotCommittedError()
        self.is_done = False


class GroupCommit(Generic[T]):
    """Commits values in transactions that they share."""

    def __init__(
        self,
        engine: Engine,
        work: Callable[[Connection, Sequence[T]], Sequence[bool]],
        after: Callable[[Sequence[T]], None],
    ) -> None:
        """Take the store; what writes values; and what is done once after each commit.

        `work` returns a result for each value. `after` must not raise; it is no part of the commit.
        """
        self._engine = engine
        self._work = work
        self._after = after
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[_Item[T]] = []

    def commit(self, value: T) -> bool:
        """Return the result for a value, after its commit.

        Raises:
            whatever `work` or the commit raised; others' values are then committed without it.
        """
        item = _Item(value)
        with self._guard:
            self._waiting.append(item)
        led: list[_Item[T]] = []
        with self._turn:
            if not item.is_done:
                led = self._take_waiting()
                self._lead(led)
        committed = [each.value for each in led if each.error is None]
        if committed:
            self._after(committed)
        if item.error is not None:
            raise item.error
        return item.result

    def _take_waiting(self) -> list[_Item[T]]:
        with self._guard:
            taken, self._waiting = self._waiting, []
        return taken

    def _lead(self, items: list[_Item[T]]) -> None:
        try:
            self._commit(items)
        except OperationalError as error:
            # The store is locked, full or gone: trying each alone would only take as long again,
            # and so it would for those who came meanwhile; a caller's patience is one timeout long.
            items += self._take_waiting()
            for item in items:
                item.error = error
        except Exception:
            for item in items:
                self._commit_alone(item)
        finally:
            for item in items:
                item.is_done = True

    def _commit(self, items: list[_Item[T]]) -> None:
        with self._engine.begin() as connection:
            results = self._work(connection, [item.value for item in items])
        for item, result in zip(items, results, strict=True):
            item.result, item.error = result, None

    def _commit_alone(self, item: _Item[T]) -> None:
        try:
            self._commit([item])
        except Exception as error:
            # Raised again in the caller's own thread.
            item.error = error
