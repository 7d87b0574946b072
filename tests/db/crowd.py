"""Threads that surely commit in one group: a gate holds the first until all others wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from tipline.db.group_commit import GroupCommit

PATIENCE_SECONDS = 30.0


class AnnouncedLock:
    """A lock that tells how many have come to it; each has brought its value before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._come = threading.Semaphore(0)

    def __enter__(self) -> None:
        self._come.release()
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self._come.acquire(timeout=PATIENCE_SECONDS)


class Crowd:
    """Runs calls in threads of their own, and keeps what each returned or raised."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Any] = {}
        self._threads: list[threading.Thread] = []

    def start(self, calls: Sequence[Callable[[], Any]]) -> None:
        for call in calls:
            number = len(self._threads)
            thread = threading.Thread(target=self._run, args=(number, call))
            self._threads.append(thread)
            thread.start()

    def _run(self, number: int, call: Callable[[], Any]) -> None:
        try:
            self.outcomes[number] = call()
        except BaseException as error:
            self.outcomes[number] = error

    def join(self) -> list[Any]:
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
        return [self.outcomes[number] for number in range(len(self._threads))]


def commit_in_one_group(group: GroupCommit[Any], calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make all calls' values wait for the same turn; return what each call came to, in order."""
    lock = AnnouncedLock()
    group._turn = lock
    crowd = Crowd()
    with lock:
        lock.wait_for(1)  # this thread's own coming
        for call in calls:
            crowd.start([call])
            lock.wait_for(1)
    return crowd.join()
