"""Escalations: an urgent tip whose newest message nobody has read in time.

The state of the thread decides: what was read to the resident's newest message, answered, claimed,
closed or is no longer urgent does not escalate. When the resident writes again, it may.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.exc import DataError, IntegrityError

from tipline import logs
from tipline.alerts.channel import Channel
from tipline.alerts.models import AlertRow, Escalation, EscalationRule
from tipline.alerts.receivers import ROLES, Receiver, receivers_of
from tipline.alerts.states import AlertState
from tipline.clock import Clock, day_of, stored
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.models import Membership
from tipline.members.models import Member
from tipline.threads.models import SeenMark, Thread
from tipline.threads.reading import visible_to

DEFAULT_MINUTES = 10
OFF = 0
MOST_MINUTES = 24 * 60
GIVE_UP_AFTER = timedelta(hours=24)
AT_ONCE = 100
IDS_IN_A_STATEMENT = 500


class BadMinutesError(TiplineError):
    """The minutes of a line are out of range."""

    code = "bad_minutes"
    message = marked("Give whole minutes from 1 to 1440, or 0 to turn escalation off.")


@cache
def waits() -> ColumnElement[bool]:
    """Return the condition that a thread is urgent and that nobody has taken care of it.

    Somebody who cannot read the line any more has not: neither as the one who works on it, nor by
    what they have read. Built once: intake asks it of every batch, and building it costs more than
    that.
    """
    reads = (
        Membership.line_id == Thread.line_id,
        Membership.role.in_(ROLES),
        Member.id == Membership.member_id,
        Member.is_disabled.is_(False),
    )
    # A column is named because intake's role may read no others of a member.
    works = exists(Member.id).where(*reads, Member.id == Thread.assignee).correlate(Thread)
    newest_was_read = (
        exists(Member.id)
        .where(
            *reads,
            SeenMark.member_id == Membership.member_id,
            SeenMark.thread_id == Thread.id,
            SeenMark.sequence >= Thread.resident_sequence,
        )
        .correlate(Thread)
    )
    return and_(
        Thread.urgency > 0,
        Thread.is_waiting.is_(True),
        Thread.is_closed.is_(False),
        ~works,
        ~newest_was_read,
    )


def start_waiting(connection: Connection, thread_ids: Collection[str], now: datetime) -> None:
    """Start the clock of those threads that wait, in the transaction that changes them."""
    rows = connection.execute(_waiting_of_these(), {"ids": list(thread_ids)}).all()
    for thread_id, line_id in rows:
        start_escalation(connection, thread_id, line_id, now)


@cache
def _waiting_of_these() -> Select[str, str]:
    these = Thread.id.in_(bindparam("ids", expanding=True))
    return select(Thread.id, Thread.line_id).where(these, waits()).order_by(Thread.id)


def start_escalation(connection: Connection, thread_id: str, line_id: str, now: datetime) -> None:
    """Start the clock of a thread.

    Nothing happens when it runs already or when the line has escalation off. What a crash or an
    older version left out is found by the sweep (`start_missing`).
    """
    minutes = _minutes(connection, line_id)
    if minutes == OFF:
        return
    row = {"thread_id": thread_id, "line_id": line_id, "due": _due(now, minutes)}
    insert_ignoring_existing(connection, Escalation, [row])


def end_of_cared_for(connection: Connection, thread_ids: Collection[str] | None = None) -> int:
    """Remove escalations of threads (or of these ones) that somebody took care of.

    Before a resident's next message is added, so that it starts a clock of its own. What another
    transaction has locked is left to it: nobody waits here. Returns how many ended.
    """
    if thread_ids is None:
        ids = list(connection.execute(_cared_for()).scalars())
    else:
        found = connection.execute(_cared_for_of_these(), {"ids": list(thread_ids)})
        ids = list(found.scalars())
    count = 0
    for start in range(0, len(ids), IDS_IN_A_STATEMENT):
        part = Escalation.thread_id.in_(ids[start : start + IDS_IN_A_STATEMENT])
        count += connection.execute(delete(Escalation).where(part)).rowcount
    return count


@cache
def _cared_for() -> Select[str]:
    cared_for = ~exists().where(Thread.id == Escalation.thread_id, waits())
    return select(Escalation.thread_id).where(cared_for).with_for_update(skip_locked=True)


@cache
def _cared_for_of_these() -> Select[str]:
    return _cared_for().where(Escalation.thread_id.in_(bindparam("ids", expanding=True)))


def open_escalations(engine: Engine, line_ids: Collection[str], reader: str = "") -> int:
    """Return how many tips of some lines have escalated and still wait, as far as a member sees."""
    query = (
        select(func.count())
        .select_from(Escalation)
        .join(Thread, Thread.id == Escalation.thread_id)
        .where(
            Escalation.line_id.in_(list(line_ids)),
            Escalation.escalated.is_(True),
            visible_to(reader),
            waits(),
        )
    )
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())


def minutes_of(engine: Engine, line_id: str) -> int:
    """Return after how many minutes an urgent tip of a line escalates; 0 is never."""
    with reading(engine) as connection:
        return _minutes(connection, line_id)


def set_minutes(engine: Engine, line_id: str, minutes: int) -> None:
    """Set a line's minutes, for tips that become urgent from now on. 0 also ends what has not come.

    Raises:
        BadMinutesError: it is no number from 0 to 1440.
    """
    if not OFF <= minutes <= MOST_MINUTES:
        raise BadMinutesError
    with engine.begin() as connection:
        known = update(EscalationRule).where(EscalationRule.line_id == line_id)
        if not connection.execute(known.values(minutes=minutes)).rowcount:
            row = {"line_id": line_id, "minutes": minutes}
            insert_ignoring_existing(connection, EscalationRule, [row])
        if minutes == OFF:
            future = and_(Escalation.line_id == line_id, Escalation.escalated.is_(False))
            connection.execute(delete(Escalation).where(future))


def start_missing(engine: Engine, clock: Clock) -> int:
    """Start the clock of urgent threads that have none. Return how many."""
    off = select(EscalationRule.line_id).where(EscalationRule.minutes == OFF)
    query = (
        select(Thread.id, Thread.line_id)
        .where(
            waits(),
            ~exists().where(Escalation.thread_id == Thread.id),
            Thread.line_id.not_in(off),
        )
        .limit(AT_ONCE)
    )
    with reading(engine) as connection:
        missing = connection.execute(query).all()
    if missing:
        now = clock()
        with engine.begin() as connection:
            for thread_id, line_id in missing:
                start_escalation(connection, thread_id, line_id, now)
    return len(missing)


def escalate_due(engine: Engine, channels: Collection[Channel], clock: Clock) -> int:
    """Escalate what is due: mark it and leave an alert for each receiver, in one transaction.

    Each tip in a transaction of its own, so that one that fails stops no other. Two workers may do
    this at once: the mark is set by one of them. Returns how many escalated.
    """
    now = clock()
    due = (
        _due_at(now)
        .join(Thread, Thread.id == Escalation.thread_id)
        .where(waits())
        .order_by(Escalation.due)
        .limit(AT_ONCE)
    )
    with reading(engine) as connection:
        # Looked for without a lock: the sweep comes by every few seconds.
        ids = list(connection.execute(due).scalars())
    return sum(_escalate(engine, thread_id, channels, now) for thread_id in ids)


def _escalate(engine: Engine, thread_id: str, channels: Collection[Channel], now: datetime) -> bool:
    """Escalate one tip if it is still due and nobody else does."""
    mine = _due_at(now).where(Escalation.thread_id == thread_id)
    try:
        with engine.begin() as connection:
            locked = mine.with_for_update(skip_locked=True)
            if connection.execute(locked).first() is None:
                return False
            if not _still_waits(connection, thread_id):
                return False
            mark = (
                update(Escalation)
                .where(Escalation.thread_id == thread_id, Escalation.escalated.is_(False))
                .values(escalated=True)
                .returning(Escalation.line_id)
            )
            line_id = connection.execute(mark).scalar_one_or_none()
            if line_id is None:
                return False
            receivers = receivers_of(connection, line_id, channels, day_of(now))
            _leave_alerts(connection, thread_id, line_id, receivers, stored(now))
    except (IntegrityError, DataError) as error:
        logs.failure("escalation_failed", error)
        return False
    return True


def _due_at(now: datetime) -> Select[str]:
    return select(Escalation.thread_id).where(
        Escalation.escalated.is_(False), Escalation.due <= stored(now)
    )


def _still_waits(connection: Connection, thread_id: str) -> bool:
    query = select(Thread.id).where(Thread.id == thread_id, waits())
    return connection.execute(query).first() is not None


def remove_ended(engine: Engine) -> int:
    """Remove escalations of threads that somebody took care of, and what is left of their alerts.

    An alert that is being handed over stays until its outcome is known. Returns how many ended.
    """
    ended = ~exists().where(Thread.id == Escalation.thread_id, waits())
    lost = ~exists().where(Escalation.thread_id == AlertRow.thread_id)
    idle = AlertRow.state != AlertState.SENDING.value
    with reading(engine) as connection:
        some = connection.execute(select(Escalation.thread_id).where(ended).limit(1)).first()
        more = connection.execute(select(AlertRow.id).where(lost, idle).limit(1)).first()
    if some is None and more is None:
        return 0
    with engine.begin() as connection:
        count = end_of_cared_for(connection)
        connection.execute(delete(AlertRow).where(lost, idle))
    return count


def _leave_alerts(
    connection: Connection,
    thread_id: str,
    line_id: str,
    receivers: Collection[Receiver],
    now: datetime,
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "uid": secrets.token_hex(16),
            "line_id": line_id,
            "thread_id": thread_id,
            "channel": receiver.channel.value,
            "recipient": receiver.id,
            "state": AlertState.QUEUED.value,
            "not_before": now,
            "give_up_at": now + GIVE_UP_AFTER,
        }
        for receiver in receivers
    ]
    # Of an earlier time at which it waited. What is being handed over just now stays: it tells the
    # same, and its outcome is noted on its row.
    earlier = and_(AlertRow.thread_id == thread_id, AlertRow.state != AlertState.SENDING.value)
    connection.execute(delete(AlertRow).where(earlier))
    insert_ignoring_existing(connection, AlertRow, rows)


def _minutes(connection: Connection, line_id: str) -> int:
    query = select(EscalationRule.minutes).where(EscalationRule.line_id == line_id)
    found = connection.execute(query).scalar_one_or_none()
    # What somebody else wrote there must not stop a tip from escalating.
    is_known = isinstance(found, int) and OFF <= found <= MOST_MINUTES
    return found if is_known and found is not None else DEFAULT_MINUTES


def _due(now: datetime, minutes: int) -> datetime:
    """Return the whole minute in which the time is up: no finer time is kept in clear."""
    up = stored(now) + timedelta(minutes=minutes)
    floor = up.replace(second=0, microsecond=0)
    return floor if floor == up else floor + timedelta(minutes=1)
