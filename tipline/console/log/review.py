"""The weekly review: what the rules point out, and that somebody has looked at it.

CJIS Security Policy 5.9.5 (AU-6) wants a log reviewed each week. Who did it is an entry like any
other: it stands in the log, and so under the next checkpoint's signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response

from tipline.audit.acts import Act, Outcome
from tipline.audit.browsing import is_noted, last_done
from tipline.audit.recording import acting
from tipline.audit.unusual import WINDOW, Rule, Unusual, entries_since, unusual
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.log.clocks import zones_of
from tipline.console.services import console
from tipline.db.reading import reading
from tipline.language.marking import marked
from tipline.threads.models import Thread

FORMER_MEMBER: Final = marked("a former member")
# The rule, as the page explains it. Singular and plural of what was found stand in `_words`.
EXPLAINED: Final = {
    Rule.MANY_THREADS: marked("40 different threads or more within an hour"),
    Rule.OTHERS_THREADS: marked("5 threads or more on a day that somebody else works on"),
    Rule.AT_NIGHT: marked(
        "between midnight and five by the line's clock, by somebody who works on fewer than three "
        "nights of the week"
    ),
    Rule.EMPTY_SEARCHES: marked("10 searches or more on a day that found nothing"),
    Rule.REFUSED: marked("10 pages or more on a day that were not for them"),
    Rule.FAILED_SIGN_INS: marked("5 failed sign-ins or more on a day to one account"),
}

log_review = Blueprint("log_review", __name__, url_prefix="/log/review")


@dataclass(frozen=True, slots=True)
class Pointed:
    """Something that was pointed out, in words, and where to look at it in the log."""

    day: date
    name: str
    words: str
    rule: str
    address: str


@log_review.get("")
def show() -> str:
    """Show what the rules point out in the last seven days, and when it was last reviewed."""
    services = console()
    now = services.clock()
    with reading(services.stores.main) as connection:
        entries = entries_since(connection, now - WINDOW)
        found = unusual(entries, _assignees(connection), zones_of(connection))
        last = last_done(connection, Act.REVIEW_LOG)
        # In a second, that is: without it, whoever signs would be told that nobody has.
        is_signed = is_noted(connection, Act.REVIEW_LOG)
    reviewer = last.entry.actor if last is not None and last.entry is not None else ""
    names = services.accounts.names({one.member for one in found} | {reviewer})
    return render_template(
        "console/log/review.html",
        pointed=[_pointed(one, names) for one in found],
        last=last,
        reviewer=names.get(reviewer, gettext(FORMER_MEMBER)),
        is_signed=is_signed,
        is_due=not is_signed and (last is None or now - last.at > WINDOW),
        rules=[gettext(words) for words in EXPLAINED.values()],
    )


@log_review.post("")
def sign() -> Response:
    """Note in the log that this member has reviewed the week, who has just proved who they are."""
    require_fresh_sign_in()
    console().recorder.settle(acting(), Outcome.DONE)
    return redirect(url_for("log_review.show"), 303)


def _assignees(connection: Connection) -> dict[str, str]:
    query = select(Thread.id, Thread.assignee).where(Thread.assignee.is_not(None))
    return {row.id: row.assignee for row in connection.execute(query) if row.assignee}


def _pointed(one: Unusual, names: dict[str, str]) -> Pointed:
    day = one.day.isoformat()
    address = url_for("log.show", who=one.member, since=day, until=day)
    if one.rule is Rule.FAILED_SIGN_INS:
        address = url_for("log.show", act=Act.SIGN_IN.value, since=day, until=day)
    name = names.get(one.member, gettext(FORMER_MEMBER))
    return Pointed(one.day, name, _words(one), gettext(EXPLAINED[one.rule]), address)


def _words(one: Unusual) -> str:
    """Return what was found, with its figure."""
    count = one.count
    words = {
        Rule.MANY_THREADS: ngettext(
            "viewed %(num)d thread within an hour", "viewed %(num)d threads within an hour", count
        ),
        Rule.OTHERS_THREADS: ngettext(
            "viewed %(num)d thread that somebody else works on",
            "viewed %(num)d threads that somebody else works on",
            count,
        ),
        Rule.AT_NIGHT: ngettext("did %(num)d thing at night", "did %(num)d things at night", count),
        Rule.EMPTY_SEARCHES: ngettext(
            "searched %(num)d time and found nothing",
            "searched %(num)d times and found nothing",
            count,
        ),
        Rule.REFUSED: ngettext(
            "asked %(num)d time for what is not for them",
            "asked %(num)d times for what is not for them",
            count,
        ),
        Rule.FAILED_SIGN_INS: ngettext(
            "%(num)d sign-in to this account failed",
            "%(num)d sign-ins to this account failed",
            count,
        ),
    }
    return str(words[one.rule])
