"""Escalations: an urgent tip that nobody has opened in time.

The state of the thread decides: what was opened, claimed, closed or is no longer urgent does not
escalate, whether or not somebody ended its escalation.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from tipline.alerts.channel import Channel
from tipline.alerts.models import AlertRow, Escalation, EscalationRule
from tipline.alerts.receivers import Receiver, receivers_of
from tipline.alerts.states import AlertState
from tipline.clock import Clock, stored
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.errors import TiplineError
from tipline.threads.models import Thread

DEFAULT_MINUTES = 10
OFF = 0
MOST_MINUTES = 24 * 60
GIVE_UP_AFTER = timedelta(hours=24)
AT_ONCE = 100


class BadMinutesError(TiplineError):
    """The minutes of a line are out of range."""

    code = "bad_minutes"
    message = "Give whole minutes from 1 to 1440, or 0 to turn escalation off."


def waits() -> ColumnElement[bool]:
    """Return the condition that a thread is urgent and that nobody has taken care of it."""
    return and_(
        Thread.urgency > 0,
        Thread.is_opened.is_(False),
        Thread.is_closed.is_(False),
        Thread.assignee.is_(None),
    )


def start_escalation(connection: Connection, thread_id: str, line_id: str, now: datetime) -> None:
    """Start the clock of a thread, in the transaction that marks it as urgent.

    Nothing happens when it runs already or when the line has escalation off. What a crash or an
    older version left out is found by the sweep (`start_missing`).
    """
    minutes = _minutes(connection, line_id)
    if minutes == OFF:
        return
    row = {"thread_id": thread_id, "line_id": line_id, "due": _due(now, minutes)}
    insert_ignoring_existing(connection, Escalation, [row])


def start_escalations(connection: Connection, thread_ids: Collection[str], now: datetime) -> None:
    """Start the clocks of those threads that wait for somebody, as `start_escalation` does."""
    query = select(Thread.id, Thread.line_id).where(Thread.id.in_(list(thread_ids)), waits())
    for thread_id, line_id in connection.execute(query).all():
        start_escalation(connection, thread_id, line_id, now)


def end_escalation(connection: Connection, thread_id: str) -> None:
    """End a thread's escalation, in the transaction that opens, claims or closes it.

    Alerts that wait are withdrawn; one that is just being handed over cannot be.
    """
    connection.execute(delete(Escalation).where(Escalation.thread_id == thread_id))
    withdrawn = AlertRow.thread_id == thread_id
    queued = AlertRow.state == AlertState.QUEUED.value
    connection.execute(delete(AlertRow).where(withdrawn, queued))


def open_escalations(engine: Engine, line_ids: Collection[str]) -> int:
    """Return how many tips of some lines have escalated and still wait for somebody."""
    query = (
        select(func.count())
        .select_from(Escalation)
        .join(Thread, Thread.id == Escalation.thread_id)
        .where(Escalation.line_id.in_(list(line_ids)), Escalation.escalated.is_(True), waits())
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

    Two workers may do this at once: the mark is set by one of them. Returns how many escalated.
    """
    now = stored(clock())
    due = (
        select(Escalation.thread_id)
        .join(Thread, Thread.id == Escalation.thread_id)
        .where(Escalation.escalated.is_(False), Escalation.due <= now, waits())
        .order_by(Escalation.due)
        .limit(AT_ONCE)
    )
    with reading(engine) as connection:
        # Looked for without a lock: the sweep comes by every few seconds.
        if connection.execute(due).first() is None:
            return 0
    with engine.begin() as connection:
        locked = due.with_for_update(skip_locked=True, of=Escalation)
        ids = list(connection.execute(locked).scalars())
        mark = (
            update(Escalation)
            .where(Escalation.thread_id.in_(ids), Escalation.escalated.is_(False))
            .values(escalated=True)
            .returning(Escalation.thread_id, Escalation.line_id)
        )
        escalated = connection.execute(mark).all()
        for thread_id, line_id in escalated:
            receivers = receivers_of(connection, line_id, channels)
            _leave_alerts(connection, thread_id, line_id, receivers, now)
    return len(escalated)


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
        count = connection.execute(delete(Escalation).where(ended)).rowcount
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
    if rows:
        connection.execute(insert(AlertRow), rows)


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
