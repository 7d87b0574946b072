"""The log of what staff do, for auditors: they see who did what to which thread, and no tip."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext
from sqlalchemy import Engine, select

from tipline.audit.browsing import Found, FoundPage, State, Wanted, find, ids_in, state_of
from tipline.audit.recording import OPERATOR
from tipline.audit.sequencing import NoLogError, NoSuchLogError
from tipline.audit.witnesses import Witnessing, witnesses
from tipline.clock import day_of
from tipline.console.log.picture import Picture, draw
from tipline.console.log.watchers import notices, watchers
from tipline.console.log.words import act_choices, act_words, outcome_words
from tipline.console.services import console
from tipline.db.reading import reading
from tipline.language.marking import marked
from tipline.lines.role_changes import line_names
from tipline.members.overview import AccountOverview
from tipline.threads.models import Thread

# CJIS Security Policy 5.9.5, AU-5: a log that fails is noticed within the hour.
SILENT_AFTER: Final = timedelta(hours=1)
STALE_AFTER: Final = timedelta(hours=25)  # a day, and an hour for a machine that was off
ALIAS: Final = re.compile(r"[a-z0-9-]{1,40}")
MEMBER: Final = re.compile(r"[0-9a-f]{32}")
NUMBER: Final = re.compile(r"\d{1,18}")
LOG: Final = re.compile(r"[1-9]\d{0,3}", re.ASCII)
BEFORE: Final = "before"
DAYS: Final = ("since", "until")
FIELDS: Final = ("who", "act", "alias", *DAYS, "log")
WRONG_DAY: Final = marked("Write a day as in 2026-11-20.")
NO_THREAD: Final = marked("There is no thread with this alias, or no longer.")
NOT_NUMBERED: Final = marked(
    "Entries have been waiting for more than an hour to get into the log. Tell the operator: the "
    "records worker does not run, or cannot write."
)
NO_CHECKPOINT: Final = marked(
    "There has been no new checkpoint for more than a day. Tell the operator: the records worker "
    "does not run, or cannot write."
)
BY_COMMAND: Final = marked("the operator, by command")
NOTHING: Final = FoundPage((), None)
NO_LOG: Final = marked("There is no log yet: the records worker makes it when it first starts.")

log = Blueprint("log", __name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed into the filter, what it means, and what of it is wrong, by field."""

    typed: Mapping[str, str]
    wanted: Wanted
    problems: Mapping[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """Return what was typed, without what is empty: for the address of another page."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def apart_from_days(self) -> dict[str, str]:
        """Return the same without the days."""
        return {name: value for name, value in self.fields.items() if name not in DAYS}


@dataclass(frozen=True, slots=True)
class Names:
    """What members, lines and threads on a page are called, by their ids."""

    members: dict[str, str]
    lines: Mapping[str, str]
    threads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """How the log stands, and what of it is shown: nothing where there is none."""

    state: State | None
    seen: tuple[Witnessing, ...] = ()
    page: FoundPage = NOTHING
    picture: Picture | None = None


@log.get("/log")
def show() -> str:
    """Show fifty entries, the newest first, and how the log stands."""
    services = console()
    engine = services.stores.main
    typed = asked()
    overview = AccountOverview(engine, services.clock)
    people = sorted((one.called, one.id) for one in overview.all())
    now = services.clock()
    shown = _shown(engine, typed, day_of(now))
    state = shown.state
    # Of a log that has ended it is the old checkpoints that say who witnessed it.
    is_watched = state is not None and state.is_newest
    return render_template(
        "console/log/log.html",
        asked=typed,
        people=people,
        acts=act_choices(),
        act_words=act_words,
        outcome_words=outcome_words,
        state=state,
        warnings=_warnings(state, now),
        notices=notices(shown.seen, now) if is_watched else (),
        watchers=watchers(shown.seen, state.checkpoint_size) if state and is_watched else (),
        page=shown.page,
        picture=shown.picture,
        names=names_on(shown.page.entries),
        is_first=BEFORE not in request.args,
    )


def _shown(engine: Engine, asked: Asked, today: date) -> Shown:
    with reading(engine) as connection:
        try:
            state = state_of(connection, asked.wanted.log)
        except NoLogError:
            return Shown(None)
        except NoSuchLogError:
            abort(404)
        seen = witnesses(connection)
        if asked.problems:
            return Shown(state, seen)
        page = find(connection, asked.wanted, _before())
        picture = draw(connection, asked.wanted, today, asked.fields)
        return Shown(state, seen, page, picture)


def _warnings(state: State | None, now: datetime) -> list[str]:
    if state is None:
        return [gettext(NO_LOG)]
    if not state.is_newest:
        return []
    found = []
    if state.waiting_since is not None and now - state.waiting_since > SILENT_AFTER:
        found.append(gettext(NOT_NUMBERED))
    if state.checkpoint_at is None or now - state.checkpoint_at > STALE_AFTER:
        found.append(gettext(NO_CHECKPOINT))
    return found


def asked() -> Asked:
    """Return what this request looks for."""
    engine = console().stores.main
    typed = {name: request.args.get(name, "").strip() for name in FIELDS}
    problems: dict[str, str] = {}
    wanted = Wanted(
        actor=typed["who"] if MEMBER.fullmatch(typed["who"]) else "",
        act=typed["act"] if typed["act"] in dict(act_choices()) else "",
        threads=_threads(engine, typed["alias"], problems),
        since=_day("since", typed, problems),
        until=_day("until", typed, problems),
        log=int(typed["log"]) if LOG.fullmatch(typed["log"]) else None,
    )
    return Asked(typed, wanted, problems)


def _day(name: str, typed: Mapping[str, str], problems: dict[str, str]) -> date | None:
    if not typed[name]:
        return None
    try:
        return date.fromisoformat(typed[name])
    except ValueError:
        problems[name] = gettext(WRONG_DAY)
        return None


def _threads(engine: Engine, alias: str, problems: dict[str, str]) -> tuple[str, ...] | None:
    """Return the threads with an alias, of which each line may have one."""
    if not alias:
        return None
    found: tuple[str, ...] = ()
    if ALIAS.fullmatch(alias):
        with reading(engine) as connection:
            query = select(Thread.id).where(Thread.alias == alias)
            found = tuple(connection.execute(query).scalars())
    if not found:
        problems["alias"] = gettext(NO_THREAD)
    return found


def _before() -> int | None:
    given = request.args.get(BEFORE, "")
    return int(given) if NUMBER.fullmatch(given) else None


def names_on(entries: Sequence[Found]) -> Names:
    """Return what members, lines and threads are called that some entries name."""
    services = console()
    engine = services.stores.main
    members, _, threads = ids_in(entries)
    with reading(engine) as connection:
        query = select(Thread.id, Thread.alias).where(Thread.id.in_(threads))
        aliases = {row.id: row.alias for row in connection.execute(query)}
    lines = {line.id: line.name for line in line_names(engine)}
    known = {**services.accounts.names(members), OPERATOR: gettext(BY_COMMAND)}
    return Names(known, lines, aliases)
