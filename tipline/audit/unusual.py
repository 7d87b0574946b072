"""Unusual access: what an auditor should look at first, each with the rule that pointed it out.

A rule says that something is seldom, and not that it is wrong: a night shift works at night.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry, MalformedEntryError
from tipline.audit.models import Log, LogEntry
from tipline.clock import stored

WINDOW: Final = timedelta(days=7)
# Viewed by one member within an hour: more than anybody reads with care.
MANY_THREADS, BULK_WINDOW = 40, timedelta(hours=1)
# By one member on a day.
MANY_OF_OTHERS, MANY_EMPTY_SEARCHES, MANY_REFUSALS = 5, 10, 10
MANY_FAILED_SIGN_INS: Final = 5  # to one account on a day
NIGHT: Final = range(5)  # hours of the line's own clock
NIGHTS_OF_A_SHIFT: Final = 3  # whoever worked so many nights of a week has a shift


class Rule(StrEnum):
    """What is pointed out."""

    MANY_THREADS = "many_threads"
    OTHERS_THREADS = "others_threads"
    AT_NIGHT = "at_night"
    EMPTY_SEARCHES = "empty_searches"
    REFUSED = "refused"
    FAILED_SIGN_INS = "failed_sign_ins"


@dataclass(frozen=True, slots=True, order=True)
class Unusual:
    """Something to look at.

    Attributes:
        day: in UTC.
        rule: which rule pointed it out.
        member: whose doing it is; of failed sign-ins, whose account.
        count: how many threads, searches, refusals, sign-ins, or acts at night.
    """

    day: date
    rule: Rule
    member: str
    count: int


Finder = Callable[[Iterable[Entry]], Iterator[Unusual]]


def entries_since(connection: Connection, start: datetime) -> list[Entry]:
    """Return the entries of all logs since a moment, in their order. Unreadable ones not."""
    query = (
        select(LogEntry.body)
        .where(
            LogEntry.log.in_(select(Log.number)),
            LogEntry.at >= stored(start),
            LogEntry.body.is_not(None),
        )
        .where(LogEntry.act != Act.PADDING.value)
        .order_by(LogEntry.at, LogEntry.log, LogEntry.sequence)
    )
    return [entry for body in connection.execute(query).scalars() for entry in _read(body)]


def unusual(
    entries: Iterable[Entry], assignees: Mapping[str, str], zones: Mapping[str, ZoneInfo]
) -> list[Unusual]:
    """Return what the rules point out, the newest first.

    Args:
        entries: those of a week, by time.
        assignees: who works on a thread, by its id; who looks at others' has no need to.
        zones: the time zone of a line, by its id.
    """
    week = [entry for entry in entries if entry.actor or entry.subject]
    rules: tuple[Finder, ...] = (
        _many_threads,
        lambda some: _others_threads(some, assignees),
        lambda some: _at_night(some, zones),
        _empty_searches,
        _refused,
        _failed_sign_ins,
    )
    return sorted((one for rule in rules for one in rule(week)), reverse=True)


def _many_threads(entries: Iterable[Entry]) -> Iterator[Unusual]:
    """Point out whoever viewed many different threads within an hour, once a day."""
    recent: dict[str, deque[Entry]] = defaultdict(deque)
    most: Counter[tuple[date, str]] = Counter()
    for entry in entries:
        if not _is_view(entry):
            continue
        mine = recent[entry.actor]
        mine.append(entry)
        while entry.at - mine[0].at >= BULK_WINDOW:
            mine.popleft()
        key = (entry.at.date(), entry.actor)
        most[key] = max(most[key], len({one.thread for one in mine}))
    yield from _at_least(MANY_THREADS, Rule.MANY_THREADS, most)


def _others_threads(entries: Iterable[Entry], assignees: Mapping[str, str]) -> Iterator[Unusual]:
    viewed: dict[tuple[date, str], set[str]] = defaultdict(set)
    for entry in entries:
        if _is_view(entry) and assignees.get(entry.thread, entry.actor) != entry.actor:
            viewed[entry.at.date(), entry.actor].add(entry.thread)
    counts = Counter({key: len(threads) for key, threads in viewed.items()})
    yield from _at_least(MANY_OF_OTHERS, Rule.OTHERS_THREADS, counts)


def _at_night(entries: Iterable[Entry], zones: Mapping[str, ZoneInfo]) -> Iterator[Unusual]:
    """Point out acts at night by whoever has no shift then."""
    acts: Counter[tuple[date, str]] = Counter()
    for entry in entries:
        zone = zones.get(entry.line)
        if zone is not None and entry.at.astimezone(zone).hour in NIGHT:
            acts[entry.at.date(), entry.actor] += 1
    nights = Counter(member for _, member in acts)
    rare = {key: count for key, count in acts.items() if nights[key[1]] < NIGHTS_OF_A_SHIFT}
    yield from _at_least(1, Rule.AT_NIGHT, Counter(rare))


def _empty_searches(entries: Iterable[Entry]) -> Iterator[Unusual]:
    which = (one for one in entries if one.act is Act.SEARCH and one.found == 0)
    counts = Counter((one.at.date(), one.actor) for one in which)
    yield from _at_least(MANY_EMPTY_SEARCHES, Rule.EMPTY_SEARCHES, counts)


def _refused(entries: Iterable[Entry]) -> Iterator[Unusual]:
    which = (one for one in entries if one.actor and one.outcome is Outcome.NOT_DONE)
    counts = Counter((one.at.date(), one.actor) for one in which)
    yield from _at_least(MANY_REFUSALS, Rule.REFUSED, counts)


def _failed_sign_ins(entries: Iterable[Entry]) -> Iterator[Unusual]:
    which = (
        one
        for one in entries
        if one.act is Act.SIGN_IN and one.outcome is Outcome.NOT_DONE and one.subject
    )
    counts = Counter((one.at.date(), one.subject) for one in which)
    yield from _at_least(MANY_FAILED_SIGN_INS, Rule.FAILED_SIGN_INS, counts)


def _at_least(least: int, rule: Rule, counts: Mapping[tuple[date, str], int]) -> Iterator[Unusual]:
    for (day, member), count in counts.items():
        if count >= least and member:
            yield Unusual(day, rule, member, count)


def _is_view(entry: Entry) -> bool:
    is_reading = entry.act in (Act.VIEW_THREAD, Act.PRINT_THREAD)
    return is_reading and entry.outcome is Outcome.DONE and bool(entry.thread)


def _read(body: bytes | None) -> Iterator[Entry]:
    try:
        if body is not None:
            yield Entry.from_bytes(body)
    except MalformedEntryError:
        return
