"""Browsing a log: what an auditor looks for, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, false, func, select

from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry, MalformedEntryError
from tipline.audit.models import Log, LogCheckpoint, LogEntry, PendingEntry
from tipline.audit.openings import Opening
from tipline.audit.reading import opening_in
from tipline.audit.sequencing import NoLogError, NoSuchLogError

PAGE_ENTRIES: Final = 50
# Entries are numbered nearly in the order of their times. By so many one may be out of place, or
# days would be looked for in the whole log: a sequencer that was away numbers what waited.
_OUT_OF_PLACE: Final = 2_000
_LATEST: Final = 500  # of those that wait for a number; there are more only when nobody gives any


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. What is not set is not asked.

    Attributes:
        actor: a member's id.
        act: what was done.
        threads: ids: any of them.
        since, until: days in UTC, both of them included.
        log: the number of the log; the newest.
    """

    actor: str = ""
    act: str = ""
    threads: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    log: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A numbered entry as it is shown. `entry` is None where its content was destroyed."""

    sequence: int
    at: datetime
    act: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some entries, and before which number there are more; None where there are none."""

    entries: tuple[Found, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class State:
    """How a log stands.

    Attributes:
        number: its number, from 1.
        opening: what it says of the log that it continues; None of a first one.
        before: the number of the newest log that is here from before it; None if there is none.
        is_newest: whether it is the one in use.
        size: how many entries have a number, with those that fill checkpoints up.
        waiting: how many have none yet.
        waiting_since: since when the oldest of those waits; None if none does.
        checkpoint_at, checkpoint_size: the newest checkpoint; None and 0 if there is none.
    """

    number: int
    opening: Opening | None
    before: int | None
    is_newest: bool
    size: int
    waiting: int
    waiting_since: datetime | None
    checkpoint_at: datetime | None
    checkpoint_size: int


def find(connection: Connection, wanted: Wanted, before: int | None = None) -> FoundPage:
    """Return the newest fifty entries that are looked for, or those before a number.

    Raises:
        NoLogError, NoSuchLogError: there is no log, or none of that number.
    """
    log = chosen_log(connection, wanted.log).number
    conditions = [
        LogEntry.log == log,
        *filters_of(wanted),
        *days_of(wanted),
        *numbers_of(connection, log, wanted),
    ]
    if before is not None:
        conditions.append(LogEntry.sequence < before)
    query = (
        select(LogEntry.sequence, LogEntry.at, LogEntry.act, LogEntry.body)
        .where(*conditions)
        .order_by(LogEntry.sequence.desc())
        .limit(PAGE_ENTRIES + 1)
    )
    rows = connection.execute(query).all()
    found = tuple(_found(row) for row in rows[:PAGE_ENTRIES])
    return FoundPage(found, found[-1].sequence if len(rows) > PAGE_ENTRIES else None)


def last_done(connection: Connection, act: Act) -> Found | None:
    """Return the newest entry, of whichever log, that says of an act that it was done."""
    query = (
        select(LogEntry.sequence, LogEntry.at, LogEntry.act, LogEntry.body)
        .where(LogEntry.act == act.value, LogEntry.outcome == Outcome.DONE.value)
        .order_by(LogEntry.sequence.desc())
        .limit(1)
    )
    rows = (connection.execute(query.where(LogEntry.log == log)) for log in log_numbers(connection))
    return next((_found(row) for found in rows for row in found), None)


def is_noted(connection: Connection, act: Act) -> bool:
    """Tell whether it waits for a number that an act was done, among the latest that wait."""
    query = select(PendingEntry.body).order_by(PendingEntry.id.desc()).limit(_LATEST)
    waiting = map(_read, connection.execute(query).scalars())
    return any(one is not None and (one.act, one.outcome) == (act, Outcome.DONE) for one in waiting)


def state_of(connection: Connection, number: int | None = None) -> State:
    """Return how a log stands: the newest, or the one of a number.

    Raises:
        NoLogError, NoSuchLogError: there is no log, or none of that number.
    """
    log = chosen_log(connection, number)
    others = log_numbers(connection)
    checkpoint = connection.execute(
        select(LogCheckpoint.made_at, LogCheckpoint.size)
        .where(LogCheckpoint.log == log.number)
        .order_by(LogCheckpoint.size.desc())
        .limit(1)
    ).one_or_none()
    oldest = select(PendingEntry.body).order_by(PendingEntry.id).limit(1)
    return State(
        number=log.number,
        opening=opening_in(connection, log.number),
        before=max((one for one in others if one < log.number), default=None),
        is_newest=log.number == max(others),
        size=log.size,
        waiting=connection.execute(select(func.count()).select_from(PendingEntry)).scalar_one(),
        waiting_since=_time_of(connection.execute(oldest).scalar()),
        checkpoint_at=checkpoint.made_at.replace(tzinfo=UTC) if checkpoint else None,
        checkpoint_size=checkpoint.size if checkpoint else 0,
    )


def log_numbers(connection: Connection) -> list[int]:
    """Return the numbers of all logs, the newest first."""
    return list(connection.execute(select(Log.number).order_by(Log.number.desc())).scalars())


def chosen_log(connection: Connection, number: int | None = None) -> Any:
    """Return number and size of the log in use, or of the one of a number.

    Raises:
        NoLogError, NoSuchLogError: there is no log, or none of that number.
    """
    query = select(Log.number, Log.size).order_by(Log.number.desc()).limit(1)
    if number is not None:
        query = query.where(Log.number == number)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoLogError if number is None else NoSuchLogError
    return row


def filters_of(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what entries must fulfil, but for days. What fills checkpoints up is not wanted."""
    is_wanted = LogEntry.act == wanted.act if wanted.act else LogEntry.act != Act.PADDING.value
    conditions = [is_wanted]
    if wanted.actor:
        conditions.append(LogEntry.actor == wanted.actor)
    if wanted.threads is not None:
        conditions.append(LogEntry.thread_id.in_(wanted.threads))
    return conditions


def days_of(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what the times of entries must fulfil."""
    conditions = []
    if wanted.since is not None:
        conditions.append(LogEntry.at >= _start(wanted.since))
    # There is no day after the last one of all, nor an entry.
    if wanted.until is not None and wanted.until < date.max:
        conditions.append(LogEntry.at < _start(wanted.until + timedelta(days=1)))
    return conditions


def numbers_of(connection: Connection, log: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Bound the numbers of entries of the wanted days, so that a search walks those alone.

    A few entries of other days lie within; where no entry is of these days, none does.
    """
    found: list[ColumnElement[bool]] = []
    days = days_of(wanted)
    for bound, order, out_of_place in (
        (LogEntry.sequence.__ge__, LogEntry.at, -_OUT_OF_PLACE),
        (LogEntry.sequence.__le__, LogEntry.at.desc(), _OUT_OF_PLACE),
    ):
        edge = select(LogEntry.sequence).where(LogEntry.log == log, *days).order_by(order).limit(1)
        sequence = connection.execute(edge).scalar() if days else None
        if sequence is not None:
            found.append(bound(sequence + out_of_place))
    return found if found or not days else [false()]


def _start(day: date) -> datetime:
    return datetime.combine(day, time())


def _found(row: Any) -> Found:
    return Found(row.sequence, row.at.replace(tzinfo=UTC), row.act, _read(row.body))


def _read(body: bytes | None) -> Entry | None:
    if body is None:
        return None
    try:
        return Entry.from_bytes(body)
    except MalformedEntryError:
        return None


def _time_of(body: bytes | None) -> datetime | None:
    entry = _read(body)
    return entry.at if entry else None


def ids_in(entries: Sequence[Found]) -> tuple[set[str], set[str], set[str]]:
    """Return the ids of members, lines and threads that some entries name."""
    told = [found.entry for found in entries if found.entry is not None]
    members = {one.actor for one in told} | {one.subject for one in told}
    return members - {""}, {one.line for one in told} - {""}, {one.thread for one in told} - {""}
