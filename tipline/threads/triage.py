"""Triage: who works on a thread, and whether it is read first.

Each change compares what the member saw with what is there and is noted in the thread by the same
transaction, so that two members who act at once do not overwrite each other unknowingly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.threads.events import Event, note_event
from tipline.threads.models import Thread
from tipline.threads.reading import NoSuchThreadError, OpenThread


class ThreadTakenError(TiplineError):
    """Somebody else claimed, assigned or released the thread since the member looked."""

    code = "thread_taken"
    message = marked(
        "Somebody else changed who works on this thread meanwhile. Nothing was changed."
    )


class AlreadySoError(TiplineError):
    """The thread is already as it was to be made."""

    code = "already_so"
    message = marked("It is already so. Nothing was changed.")


@dataclass(frozen=True, slots=True, repr=False)
class Act:
    """A member, with the line's keys, who changes an opened thread."""

    thread: OpenThread
    bundle: LineBundle
    member_id: str


class Triage:
    """Claims, assigns and releases threads, and marks them urgent or not."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        """Take both stores."""
        self._stores = stores
        self._clock = clock

    def claim(self, act: Act) -> None:
        """Have the member work on a thread on which nobody does.

        Raises:
            AlreadySoError: the member does already.
            ThreadTakenError: somebody else does.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        self._hand_over(act, None, act.member_id, Event.CLAIMED)

    def assign(self, act: Act, to: str, *, seen: str | None) -> None:
        """Have a member of the line work on a thread that `seen`, or nobody, worked on.

        Whether `to` is such a member is the caller's to check. Raises as `claim` does.
        """
        self._hand_over(act, seen, to, Event.ASSIGNED)

    def release(self, act: Act, *, seen: str | None) -> None:
        """Have nobody work on a thread that `seen` worked on. Raises as `claim` does."""
        self._hand_over(act, seen, None, Event.RELEASED)

    def set_urgent(
        self, act: Act, is_urgent: bool, also: Callable[[Connection], None] | None = None
    ) -> None:
        """Mark a thread as one to be read first, or as one like the others.

        `also` is done in the same transaction, after the mark.

        Raises:
            AlreadySoError: it is so already.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        wanted = int(is_urgent)
        statement = (
            update(Thread)
            .where(Thread.id == act.thread.summary.id, Thread.urgency != wanted)
            .values(urgency=wanted)
        )
        event = Event.MARKED_URGENT if is_urgent else Event.MARKED_NOT_URGENT
        with self._stores.main.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                _current_assignee(connection, act)
                raise AlreadySoError
            self._note(connection, act, event)
            if also is not None:
                also(connection)

    def _hand_over(self, act: Act, seen: str | None, to: str | None, event: Event) -> None:
        statement = (
            update(Thread)
            .where(Thread.id == act.thread.summary.id)
            .where(Thread.assignee.is_not_distinct_from(seen))
            .where(Thread.assignee.is_distinct_from(to))
            .values(assignee=to)
        )
        with self._stores.main.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise (
                    AlreadySoError if _current_assignee(connection, act) == to else ThreadTakenError
                )
            self._note(connection, act, event, to if event is Event.ASSIGNED and to else "")

    def _note(self, connection: Connection, act: Act, event: Event, detail: str = "") -> None:
        note_event(
            connection,
            act.thread,
            act.bundle,
            event,
            author=act.member_id,
            at=self._clock(),
            detail=detail,
        )


def _current_assignee(connection: Connection, act: Act) -> str | None:
    query = select(Thread.id, Thread.assignee).where(Thread.id == act.thread.summary.id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchThreadError
    assignee: str | None = row.assignee
    return assignee
