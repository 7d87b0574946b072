"""Group commit: threads of a process that commit at the same moment share one transaction.

A durable commit costs a disk flush, and SQLite lets one writer in at a time. The first thread that
gets through does the work of all that wait, in the order in which they came, so each call still
returns only after its own work is durable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError


class _Item:
    """One caller's work and what came of it."""

    def __init__(self, work: Callable[[Connection], bool], after: Callable[[], object]) -> None:
        self.work = work
        self.after = after
        self.result = False
        self.error: Exception | None = None
        self.is_done = False


class GroupCommit:
    """Runs small pieces of work in transactions that they share."""

    def __init__(self, engine: Engine) -> None:
        """Take the store to commit to."""
        self._engine = engine
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[_Item] = []

    def run(self, work: Callable[[Connection], bool], after: Callable[[], object]) -> bool:
        """Return what `work` returned, after its commit.

        `after` is called once for all of a transaction that name the same one; it must not raise.

        Raises:
            whatever `work` or the commit raised; others' work is then committed without it.
        """
        item = _Item(work, after)
        with self._guard:
            self._waiting.append(item)
        led: list[_Item] = []
        with self._turn:
            if not item.is_done:
                with self._guard:
                    led, self._waiting = self._waiting, []
                self._commit(led)
        for ring in dict.fromkeys(each.after for each in led if each.error is None):
            ring()
        if item.error is not None:
            raise item.error
        return item.result

    def _commit(self, items: list[_Item]) -> None:
        try:
            self._commit_together(items)
        except OperationalError as error:
            # The store is locked, full or gone: trying each alone would only take as long again.
            for item in items:
                item.error = error
        except Exception:
            for item in items:
                self._commit_alone(item)
        finally:
            for item in items:
                item.is_done = True

    def _commit_together(self, items: list[_Item]) -> None:
        with self._engine.begin() as connection:
            for item in items:
                item.result = item.work(connection)

    def _commit_alone(self, item: _Item) -> None:
        try:
            with self._engine.begin() as connection:
                item.result = item.work(connection)
        except Exception as error:
            # Raised again in the caller's own thread.
            item.error = error
