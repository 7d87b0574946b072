"""Recording: an entry is committed with what it tells of, or before it, and never after.

An `Acting` says what somebody is doing, and a `Recorder` makes both stores keep to it. The first
transaction of the main store that commits meanwhile holds the entry as well. The perishable store
cannot share that transaction, so none of its own begins before the entry is safe. Where no entry
can be written nothing is committed, and what is done of which nobody has said what it is fails.
What only shows something is settled before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, event, insert
from sqlalchemy.engine import ExceptionContext

from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry, new_salt
from tipline.audit.models import PendingEntry
from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.errors import TiplineError

OPERATOR: Final = "operator"  # in the place of a member's id
COMMAND: Final = "command"
# Inline: the new row's id is not asked for, which those who may only add rows could not read.
_ADD: Final = insert(PendingEntry).inline()


class UnrecordedChangeError(TiplineError):
    """Something was to be changed of which nobody has said what is being done."""

    code = "unrecorded_change"
    message = "What is not named for the log is not changed."


@dataclass(slots=True)
class Acting:
    """What somebody is doing, for as long as a request lasts.

    Attributes:
        act: what; None for what concerns nobody else and is not kept.
        actor: the member's id; empty until they are known.
        line: the line's id, once it is known.
        thread: the thread's id, once it is known.
        subject: the id of the member whom it is about.
        found: how many threads a search found.
        request: the id of what was asked of a second person.
        key: the fingerprint of the witness's key that it is about.
        is_shown: whether it only shows something. What the perishable store keeps meanwhile, an
            index say, is no part of it.
        ends_late: whether what is committed says nothing of how it ends: a failed sign-in is
            counted, say. It is settled before the answer goes.
        outcome: how its entry says that it ended; None while there is none.
    """

    act: Act | None
    actor: str = ""
    line: str = ""
    thread: str = ""
    subject: str = ""
    found: int | None = None
    request: str = ""
    key: str = ""
    is_shown: bool = False
    ends_late: bool = False
    outcome: Outcome | None = None
    _open: list[Connection] = field(default_factory=list)
    _holds: Connection | None = None
    _commits: Connection | None = None

    def turn_to(self, thread: str) -> None:
        """Go on with a thread. Whoever changes several has an entry for each."""
        if self.thread not in ("", thread):
            self.outcome = None
        self.thread = thread

    @contextmanager
    def turning_to(self, thread: str) -> Iterator[None]:
        """Turn to a thread with something that may fail: then nothing is said of that thread."""
        before = self.thread, self.outcome
        self.turn_to(thread)
        try:
            yield
        except BaseException:
            self.thread, self.outcome = before
            raise

    def go_on_with(self, act: Act) -> None:
        """Go on with what follows from what was done so far: it has an entry of its own."""
        self.act, self.outcome = act, None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_is_housekeeping: ContextVar[bool] = ContextVar("is_housekeeping", default=False)


def record(connection: Connection, *entries: Entry) -> None:
    """Add entries in the caller's transaction of the main store: all is kept, or nothing."""
    rows = [{"salt": new_salt(), "body": one.to_bytes()} for one in entries]
    if rows:
        connection.execute(_ADD, rows)


def begin(what: Acting) -> None:
    """Say what is being done in this context, until `end`."""
    _acting.set(what)


def end() -> None:
    """Say that nothing is being done any more."""
    _acting.set(None)


def acting() -> Acting:
    """Return what is being done in this context: outside of `begin` and `end` something unkept."""
    return _acting.get() or Acting(None)


@contextmanager
def housekeeping() -> Iterator[None]:
    """Let the program do what nobody asked for, such as counting an incident, without an entry."""
    token = _is_housekeeping.set(True)
    try:
        yield
    finally:
        _is_housekeeping.reset(token)


@contextmanager
def commanded(
    stores: Stores, act: Act, clock: Clock, subject: str = "", *, outside: bool = False
) -> Iterator[None]:
    """Record what an operator's command does, with its first change of these stores.

    What it changes `outside` of them, key files say, is recorded before.

    Raises:
        SQLAlchemyError: it cannot be recorded, so it must not be done.
    """
    recorder = Recorder(stores, COMMAND, clock)
    what = Acting(act, actor=OPERATOR, subject=subject)
    begin(what)
    try:
        if outside:
            recorder.settle(what, Outcome.DONE)
        yield
    finally:
        end()


class Recorder:
    """Sees to it that what a process does for people is recorded."""

    def __init__(self, stores: Stores, place: str, clock: Clock) -> None:
        """Watch these engines from now on; `place` names the process in the entries."""
        self._main = stores.main
        self._place = place
        self._clock = clock
        event.listen(stores.main, "begin", self._main_begins)
        event.listen(stores.main, "commit", self._main_commits)
        event.listen(stores.main, "rollback", self._main_rolls_back)
        event.listen(stores.main, "handle_error", self._main_fails)
        # Before the listener that takes SQLite's lock: who writes to the main store may hold that
        # one and wait for this.
        event.listen(stores.perishable, "begin", self._perishable_begins, insert=True)

    def settle(self, what: Acting, outcome: Outcome) -> None:
        """Write how something ended, unless its entry says so already.

        Call it before the answer is shown.

        Raises:
            SQLAlchemyError: it could not be written, so nothing may be shown.
        """
        if what.act is None or what.outcome is outcome:
            return
        with self._main.begin() as connection:
            self._write(connection, what, outcome)

    def _main_begins(self, connection: Connection) -> None:
        what = _acting.get()
        if what is not None and not _is_read_only(connection):
            what._open.append(connection)
            what._holds = what._commits = None

    def _main_commits(self, connection: Connection) -> None:
        what = _acting.get()
        if what is not None and connection in what._open:
            what._open.remove(connection)
        if _is_read_only(connection) or _is_housekeeping.get():
            return
        if what is None or what.act is None:
            raise UnrecordedChangeError
        if what.outcome is None and not what.ends_late:
            self._write(connection, what, Outcome.DONE)
        what._commits = connection

    def _main_fails(self, context: ExceptionContext) -> None:
        """Take back what a commit that fails would have kept: no rollback is told of after it.

        A full disk fails there, and not where an entry is added.
        """
        what = _acting.get()
        if what is not None and what._commits is context.connection is not None:
            if what._holds is what._commits:
                what.outcome = what._holds = None
            what._commits = None

    def _main_rolls_back(self, connection: Connection) -> None:
        what = _acting.get()
        if what is None:
            return
        if connection in what._open:
            what._open.remove(connection)
        if what._holds is connection:
            what.outcome = what._holds = None

    def _perishable_begins(self, connection: Connection) -> None:
        what = _acting.get()
        if what is None or _is_read_only(connection) or _is_housekeeping.get():
            return
        if what.act is None or what.is_shown or what.ends_late:
            return
        if not what.actor or what.outcome is not None:
            return
        if what._open:
            # The main store commits last; what the perishable one holds until then opens nothing.
            self._write(what._open[-1], what, Outcome.DONE)
        else:
            self.settle(what, Outcome.DONE)

    def _write(self, connection: Connection, what: Acting, outcome: Outcome) -> None:
        if what.act is None:
            raise UnrecordedChangeError
        entry = Entry(
            at=self._clock(),
            act=what.act,
            outcome=outcome,
            place=self._place,
            actor=what.actor,
            line=what.line,
            thread=what.thread,
            subject=what.subject,
            found=what.found,
            request=what.request,
            key=what.key,
        )
        record(connection, entry)
        what.outcome, what._holds = outcome, connection


def _is_read_only(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("read_only"))
