"""Asking, agreeing, declining, withdrawing, and carrying out what was agreed to.

Each ends a request at most once, whoever is quicker: its row is changed first and stays locked
until the rest is done. What is done in the main store meanwhile commits before the request does.
A kill in between leaves a request that waits for what was done already, so it must be such that
doing it twice is as doing it once, or fails. Where a thread's key is sealed no row stays locked:
that is checked, done, and then noted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from tipline.approvals.deciding import Person, may_agree, may_ask_on, may_decline, people
from tipline.approvals.errors import NoSuchRequestError, NotYoursToDecideError
from tipline.approvals.kinds import RULES, Kind
from tipline.approvals.models import ApprovalRow
from tipline.approvals.requests import SHOWN_FOR, Approval, State, Wanted, Words, approval
from tipline.approvals.sealing import WordSeal
from tipline.clock import Clock, stored
from tipline.crypto.errors import CannotOpenError
from tipline.db.engines import Stores
from tipline.db.reading import reading

T = TypeVar("T")
# Given the perishable store's transaction, in which the request ends, and the request.
Doing = Callable[[Connection, Approval], T]


def new_request_id() -> str:
    """Return an id for a request: the log has to name it before it is kept."""
    return secrets.token_hex(16)


class Approvals:
    """What waits for a second person, and what was decided lately."""

    def __init__(self, stores: Stores, pepper: bytes, clock: Clock) -> None:
        """Take both stores, and the console's secret, under which reasons are kept."""
        self._main = stores.main
        self._perishable = stores.perishable
        self._seal = WordSeal(pepper)
        self._clock = clock

    def ask(
        self,
        request_id: str,
        wanted: Wanted,
        words: Words,
        asked_by: str,
        replaces: Callable[[Approval], bool] | None = None,
    ) -> None:
        """Keep a request.

        `replaces` tells of an open request of the same kind whether it is for the same thing: it
        counts as withdrawn.
        """
        now = stored(self._clock())
        row: dict[str, Any] = {
            "id": request_id,
            "kind": wanted.kind.value,
            "member_id": wanted.member_id,
            "line_id": wanted.line_id,
            "thread_id": wanted.thread_id,
            "details": json.dumps(dict(wanted.details)),
            "words": self._seal.seal(request_id, words),
            "asked_by": asked_by,
            "asked_at": now,
            "expires_at": now + RULES[wanted.kind].lifetime,
        }
        with self._perishable.begin() as connection:
            forget_old_requests(connection, now)
            earlier = _read(connection, _is_open(now), ApprovalRow.kind == wanted.kind.value)
            same = [one.id for one in earlier if replaces is not None and replaces(one)]
            self._end(connection, ApprovalRow.id.in_(same), State.WITHDRAWN, asked_by)
            connection.execute(insert(ApprovalRow), row)

    def open_ones(self) -> list[Approval]:
        """Return what waits, or was agreed to and not carried out, the oldest first."""
        with reading(self._perishable) as connection:
            return _read(connection, _is_open(stored(self._clock())))

    def decided(self) -> list[Approval]:
        """Return what ended in the last weeks, the newest first."""
        now = stored(self._clock())
        is_shown = ApprovalRow.expires_at > now - SHOWN_FOR
        with reading(self._perishable) as connection:
            ended = _read(connection, ~_is_open(now), is_shown)
        return sorted(ended, key=lambda one: one.ended_at or one.expires_at, reverse=True)

    def find(self, request_id: str) -> Approval:
        """Return an open request.

        Raises:
            NoSuchRequestError: there is none any more.
        """
        which = ApprovalRow.id == request_id
        with reading(self._perishable) as connection:
            found = _read(connection, which, _is_open(stored(self._clock())))
        if not found:
            raise NoSuchRequestError
        return found[0]

    def words(self, request: Approval) -> Words | None:
        """Return reason and reference; None if there are none, or they do not open."""
        try:
            return self._seal.open(request.id, request.sealed) if request.sealed else None
        except CannotOpenError:
            return None

    def everybody(self) -> dict[str, Person]:
        """Return all members as far as deciding goes, by id."""
        with reading(self._main) as connection:
            return people(connection)

    def agree(self, request_id: str, member_id: str, do: Doing[None] | None = None) -> Approval:
        """Agree. `do` carries it out, if that is done at once.

        Raises:
            NoSuchRequestError: there is none any more, or its asker could not ask for it any more.
            NotYoursToDecideError: another must decide.
            Whatever `do` raises: then it waits on as if nobody had agreed.
        """
        request = self.find(request_id)
        # Before anything is written, so that the log says of a refusal only that it was one.
        self.check(request, member_id)
        now = stored(self._clock())
        values: dict[str, Any] = {"agreed_by": member_id, "agreed_at": now}
        if do is not None:
            values |= _done(member_id, now)
        which = (ApprovalRow.id == request_id) & ApprovalRow.agreed_by.is_(None) & _is_open(now)
        with self._perishable.begin() as connection:
            _change_one(connection, which, values)
            # Asked again with the row in hand: what ends somebody's requests waits for it.
            self.check(request, member_id)
            if do is not None:
                do(connection, request)
        return request

    def carry_out(self, request_id: str, member_id: str, do: Doing[T]) -> T:
        """Carry out what was agreed to, once, and return what `do` returns.

        Raises:
            NoSuchRequestError: there is none any more.
            NotYoursToDecideError: somebody else asked, or nobody has agreed who may still.
            Whatever `do` raises: then it was not carried out, and still can be.
        """
        request, agreed_by = self.agreed_to(request_id, member_id)
        which = (ApprovalRow.id == request_id) & (ApprovalRow.agreed_by == agreed_by)
        with self._perishable.begin() as connection:
            if not self._end(connection, which, State.CARRIED_OUT, member_id):
                raise NoSuchRequestError
            self.check(request, agreed_by)
            return do(connection, request)

    def agreed_to(self, request_id: str, member_id: str) -> tuple[Approval, str]:
        """Return a request that its asker may carry out, and who has agreed to it.

        Raises:
            NoSuchRequestError, NotYoursToDecideError: as `carry_out`.
        """
        request = self.find(request_id)
        agreed_by = request.agreed_by
        if request.asked_by != member_id or agreed_by is None:
            raise NotYoursToDecideError
        self.check(request, agreed_by)
        return request, agreed_by

    def note_done(self, request_id: str, done_by: str, agreed_by: str = "") -> None:
        """End what was carried out, whatever has become of the request or of those two meanwhile.

        `agreed_by`: who agreed by carrying it out; else it stands there who did.
        """
        now = stored(self._clock())
        which = (ApprovalRow.id == request_id) & _is_open(now)
        values: dict[str, Any] = {"agreed_by": agreed_by, "agreed_at": now} if agreed_by else {}
        with self._perishable.begin() as connection:
            connection.execute(
                update(ApprovalRow).where(which).values(**values, **_done(done_by, now))
            )

    def withdraw(self, request_id: str, member_id: str) -> None:
        """Take back what one asked for oneself, agreed to or not.

        Raises:
            NoSuchRequestError: there is none any more, or somebody else asked.
        """
        mine = (ApprovalRow.id == request_id) & (ApprovalRow.asked_by == member_id)
        with self._perishable.begin() as connection:
            if not self._end(connection, mine, State.WITHDRAWN, member_id):
                raise NoSuchRequestError

    def decline(self, request_id: str, member_id: str) -> None:
        """Say no to what another asked for, also when somebody has agreed.

        Raises:
            NoSuchRequestError: there is none any more.
            NotYoursToDecideError: it is one's own, or one lacks the role.
        """
        request = self.find(request_id)
        with reading(self._main) as connection:
            person = people(connection, [member_id]).get(member_id)
        if person is None or not may_decline(request, person):
            raise NotYoursToDecideError
        with self._perishable.begin() as connection:
            if not self._end(connection, ApprovalRow.id == request_id, State.DECLINED, member_id):
                raise NoSuchRequestError

    def withdraw_all(self, member_id: str, ended_by: str) -> None:
        """End all that a member asked for, and all about this member.

        What they agreed to waits for somebody else again.
        """
        agreed = ApprovalRow.outcome.is_(None) & (ApprovalRow.agreed_by == member_id)
        with self._perishable.begin() as connection:
            self._end(connection, _of(member_id), State.WITHDRAWN, ended_by)
            waits = update(ApprovalRow).where(agreed).values(agreed_by=None, agreed_at=None)
            connection.execute(waits)

    def withdraw_of_thread(self, thread_id: str, ended_by: str, asked_by: str = "") -> None:
        """End what was asked about a thread: all of it, or what one member asked."""
        which = ApprovalRow.thread_id == thread_id
        if asked_by:
            which &= ApprovalRow.asked_by == asked_by
        with self._perishable.begin() as connection:
            self._end(connection, which, State.WITHDRAWN, ended_by)

    def withdraw_of(self, connection: Connection, member_id: str) -> None:
        """End all that a member asked for, and all about this member, in the caller's transaction.

        `connection`: of the perishable store. What they agreed to stays agreed to.
        """
        self._end(connection, _of(member_id), State.WITHDRAWN, member_id)

    def check(self, request: Approval, decider_id: str) -> None:
        """Check that who is to agree, or has agreed, may: by what the main store says now.

        Raises:
            NoSuchRequestError: its asker could not ask for it any more.
            NotYoursToDecideError: another must decide.
        """
        with reading(self._main) as connection:
            known = people(connection, {decider_id, request.asked_by})
        asker = known.get(request.asked_by)
        if not may_ask_on(request, asker):
            raise NoSuchRequestError
        if not may_agree(request, known.get(decider_id), asker):
            raise NotYoursToDecideError

    def _end(
        self, connection: Connection, which: ColumnElement[bool], outcome: State, ended_by: str
    ) -> int:
        """End open requests; return how many."""
        now = stored(self._clock())
        values = {"outcome": outcome.value, "ended_by": ended_by, "ended_at": now}
        statement = update(ApprovalRow).where(which, _is_open(now)).values(values)
        return connection.execute(statement).rowcount


def forget_old_requests(connection: Connection, now: datetime) -> None:
    """Delete what was shown for long enough: thirty days after it would have ended by itself.

    `connection`: of the perishable store; `now` as the stores keep times.
    """
    connection.execute(delete(ApprovalRow).where(ApprovalRow.expires_at <= now - SHOWN_FOR))


def _done(done_by: str, now: datetime) -> dict[str, Any]:
    return {"outcome": State.CARRIED_OUT.value, "ended_by": done_by, "ended_at": now}


def _of(member_id: str) -> ColumnElement[bool]:
    """Return what selects all that a member asked for, and all about this member."""
    return or_(ApprovalRow.asked_by == member_id, ApprovalRow.member_id == member_id)


def _is_open(now: datetime) -> ColumnElement[bool]:
    return ApprovalRow.outcome.is_(None) & (ApprovalRow.expires_at > now)


def _read(connection: Connection, *which: ColumnElement[bool]) -> list[Approval]:
    # Those of a kind that a newer version had are passed over.
    known = ApprovalRow.kind.in_([kind.value for kind in Kind])
    query = select(*ApprovalRow.__table__.columns).where(known, *which)
    ordered = query.order_by(ApprovalRow.asked_at, ApprovalRow.id)
    return [approval(row) for row in connection.execute(ordered)]


def _change_one(connection: Connection, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    if connection.execute(update(ApprovalRow).where(which).values(values)).rowcount != 1:
        raise NoSuchRequestError
