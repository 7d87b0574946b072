"""A member's own page: which alerts, of which line, on which way."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import format_date, gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline import logs
from tipline.alerts.announcing import announced
from tipline.alerts.channel import MEMBER_CHANNELS, Channel
from tipline.alerts.receivers import choices_of, choose
from tipline.alerts.subscriptions import (
    KnownBrowser,
    NewSubscription,
    browsers_of,
    subscribe,
    unsubscribe,
)
from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.staff import StaffLine, current_member
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.roles import READING_ROLES

BUSY = marked("The database is busy, so nothing was changed. Try again in a moment.")

alerts = Blueprint("alerts", __name__, url_prefix="/alerts")
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line with what the member chose for it."""

    slug: str
    name: str
    mail: bool
    push: bool


@alerts.app_template_filter()
def short_day(day: date) -> str:
    """Return a day as in "20 Nov 2026"."""
    return str(format_date(day, "d MMM y"))


@alerts.get("")
def show() -> str:
    """Show what the member chose."""
    return _page()


@alerts.post("")
def save() -> Page | Response:
    """Keep what the member chose. What is not ticked is not wanted."""
    lines = _lines()
    ticked = {
        (line.id, channel)
        for line in lines
        for channel in MEMBER_CHANNELS
        if f"{channel.value}-{line.slug}" in request.form
    }
    services, member = console(), current_member()
    try:
        choose(services.stores.main, member.id, [line.id for line in lines], ticked)
    except SQLAlchemyError as error:
        logs.failure("choice_not_kept", error)
        return _page(problem=gettext(BUSY), ticked=ticked), 503
    return redirect(url_for("alerts.show", saved="1"), 303)


@alerts.post("/browsers")
def add_browser() -> Page | Response:
    """Take pushes in this browser: the script fills the form in."""
    services, member = console(), current_member()
    form = request.form
    try:
        new = NewSubscription.parse(
            form.get("endpoint", ""),
            form.get("public", ""),
            form.get("secret", ""),
            # On this machine alone, as in the demo, a push service may be on it as well.
            may_go_inside=not services.settings.is_secure,
        )
        subscribe(services.stores.main, member.id, new, services.clock())
    except TiplineError as error:
        return _page(browser_problem=sentence_of(error)), 400
    except SQLAlchemyError as error:
        logs.failure("browser_not_kept", error)
        return _page(browser_problem=gettext(BUSY)), 503
    return redirect(url_for("alerts.show", saved="1"), 303)


@alerts.post("/browsers/remove")
def remove_browser() -> Page | Response:
    """Take no pushes any more in one of the member's browsers."""
    services, member = console(), current_member()
    try:
        unsubscribe(services.stores.main, member.id, request.form.get("browser", ""))
    except SQLAlchemyError as error:
        logs.failure("browser_not_removed", error)
        return _page(browser_problem=gettext(BUSY)), 503
    return redirect(url_for("alerts.show", saved="1"), 303)


def _page(
    problem: str = "",
    browser_problem: str = "",
    ticked: set[tuple[str, Channel]] | None = None,
) -> str:
    services, member = console(), current_member()
    engine = services.stores.main
    channels = announced(engine, services.keys.delivery_pin)
    chosen = choices_of(engine, member.id) if ticked is None else ticked
    browsers: list[KnownBrowser] = browsers_of(engine, member.id)
    return render_template(
        "console/alerts/mine.html",
        lines=[_choice(line, chosen) for line in _lines()],
        has_mail=Channel.MAIL in channels,
        has_push=Channel.PUSH in channels,
        push_key=urlsafe_b64encode(channels.get(Channel.PUSH, b"")).rstrip(b"=").decode(),
        browsers=browsers,
        problem=problem,
        browser_problem=browser_problem,
        is_saved="saved" in request.args,
    )


def _choice(line: StaffLine, chosen: set[tuple[str, Channel]]) -> LineChoice:
    return LineChoice(
        line.slug,
        line.name,
        (line.id, Channel.MAIL) in chosen,
        (line.id, Channel.PUSH) in chosen,
    )


def _lines() -> list[StaffLine]:
    """Return the lines whose tips the member reads."""
    return [line for line in current_member().lines if not READING_ROLES.isdisjoint(line.roles)]
