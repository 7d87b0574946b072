"""The alerts that wait: claiming them, and noting what came of each.

As in delivery, a row is `sending`, durably, before its receiver is called. Unlike a text to a
resident, an alert whose fate is unknown is tried again, because a tip that nobody opens is worse
than a second alert; but then it says that it may be a repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import Engine, exists, select, update

from tipline.alerts.channel import Channel
from tipline.alerts.escalations import waits
from tipline.alerts.models import AlertRow
from tipline.alerts.states import AlertState
from tipline.clock import Clock, stored
from tipline.db.reading import reading
from tipline.incidents.services import IncidentKind, report
from tipline.threads.models import Thread

# Longer than the slowest hand-over: see the channels' timeouts.
CLAIM = timedelta(seconds=300)
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 900
CHANNELS = tuple(channel.value for channel in Channel)


class Result(Enum):
    """What came of handing an alert over."""

    SENT = auto()
    BUSY = auto()
    UNCERTAIN = auto()
    REFUSED = auto()
    # Nobody is to get it any more.
    WITHDRAWN = auto()


@dataclass(frozen=True, slots=True)
class ClaimedAlert:
    """An alert that this worker alone may hand over now."""

    id: int
    uid: str
    line_id: str
    channel: Channel
    recipient: str
    attempts: int
    is_repetition: bool
    give_up_at: datetime


def claim(engine: Engine, clock: Clock, most: int) -> list[ClaimedAlert]:
    """Claim alerts that are due, of tips that still wait for somebody."""
    now = stored(clock())
    due = (
        select(AlertRow.id)
        .where(
            AlertRow.state == AlertState.QUEUED.value,
            AlertRow.not_before <= now,
            AlertRow.channel.in_(CHANNELS),
            exists().where(Thread.id == AlertRow.thread_id, waits()),
        )
        .order_by(AlertRow.not_before, AlertRow.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=AlertRow)
    )
    mark = (
        update(AlertRow)
        .where(AlertRow.id.in_(due), AlertRow.state == AlertState.QUEUED.value)
        .values(state=AlertState.SENDING.value, claimed_until=now + CLAIM)
        .returning(
            AlertRow.id,
            AlertRow.uid,
            AlertRow.line_id,
            AlertRow.channel,
            AlertRow.recipient,
            AlertRow.attempts,
            AlertRow.is_repetition,
            AlertRow.give_up_at,
        )
    )
    with engine.begin() as connection:
        return [_claimed(row) for row in connection.execute(mark)]


def _claimed(row: Any) -> ClaimedAlert:
    return ClaimedAlert(
        row.id,
        row.uid,
        row.line_id,
        Channel(row.channel),
        row.recipient,
        row.attempts,
        row.is_repetition,
        row.give_up_at,
    )


def is_anything_due(engine: Engine, clock: Clock) -> bool:
    """Tell whether an alert waits that can be handed over now."""
    query = select(AlertRow.id).where(
        AlertRow.state == AlertState.QUEUED.value, AlertRow.not_before <= stored(clock())
    )
    with reading(engine) as connection:
        return connection.execute(query.limit(1)).first() is not None


def take_back_crashed(engine: Engine, clock: Clock) -> int:
    """Queue again what a dead worker was handing over: it may have arrived, and will say so."""
    statement = (
        update(AlertRow)
        .where(AlertRow.state == AlertState.SENDING.value, AlertRow.claimed_until < stored(clock()))
        .values(state=AlertState.QUEUED.value, claimed_until=None, is_repetition=True)
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def record(engine: Engine, alert: ClaimedAlert, result: Result, clock: Clock) -> None:
    """Note what came of an alert."""
    now = clock()
    values: dict[str, Any] = {"claimed_until": None, "attempts": alert.attempts + 1}
    incident: IncidentKind | None = None
    if result is Result.SENT:
        values["state"] = AlertState.SENT.value
    elif result is Result.REFUSED:
        values["state"], incident = AlertState.REFUSED.value, IncidentKind.ALERT_REFUSED
    elif result is Result.WITHDRAWN:
        values["state"] = AlertState.REFUSED.value
    elif stored(now) >= alert.give_up_at:
        values["state"], incident = AlertState.GIVEN_UP.value, IncidentKind.ALERT_GIVEN_UP
    else:
        values |= _again(alert, result, now)
    statement = update(AlertRow).where(AlertRow.id == alert.id)
    if result is not Result.SENT:
        # Had the claim run out, another worker may be at it: only what is certain is noted.
        statement = statement.where(AlertRow.state == AlertState.SENDING.value)
    with engine.begin() as connection:
        noted = connection.execute(statement.values(**values)).rowcount
        if noted and incident is not None:
            report(connection, incident, now)


def _again(alert: ClaimedAlert, result: Result, now: datetime) -> dict[str, Any]:
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(alert.attempts, 10), LONGEST_PAUSE_SECONDS)
    # The last try is at the end of the day, not up to a pause later.
    later = min(stored(now) + timedelta(seconds=pause), alert.give_up_at)
    values: dict[str, Any] = {"state": AlertState.QUEUED.value, "not_before": later}
    return values | ({"is_repetition": True} if result is Result.UNCERTAIN else {})
