"""A supervisor's page: when a line's urgent tips escalate, and whom it reaches."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline import logs
from tipline.alerts.announcing import announced
from tipline.alerts.channel import Channel
from tipline.alerts.escalations import BadMinutesError, minutes_of, set_minutes
from tipline.alerts.receivers import reach
from tipline.clock import day_of
from tipline.console.alerts.pages import BUSY
from tipline.console.language import sentence_of
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import StaffLine, current_member
from tipline.lines.roles import Role

MINUTES = re.compile(r"[0-9]{1,4}")

escalation = Blueprint("escalation", __name__, url_prefix="/lines/<slug>/escalation")
Page = str | tuple[str, int]


@escalation.get("")
def show(slug: str) -> str:
    """Show when urgent tips escalate and how many would be told."""
    line = _supervised(slug)
    return _page(line, str(minutes_of(console().stores.main, line.id)))


@escalation.post("")
def save(slug: str) -> Page | Response:
    """Keep the minutes, or say beside the field why not."""
    line = _supervised(slug)
    typed = request.form.get("minutes", "").strip()
    try:
        if not MINUTES.fullmatch(typed):
            raise BadMinutesError
        set_minutes(console().stores.main, line.id, int(typed))
    except BadMinutesError as error:
        return _page(line, typed, sentence_of(error)), 400
    except SQLAlchemyError as error:
        logs.failure("minutes_not_kept", error)
        return _page(line, typed, gettext(BUSY)), 503
    return redirect(url_for("escalation.show", slug=line.slug, saved="1"), 303)


def _page(line: StaffLine, minutes: str, problem: str = "") -> str:
    services = console()
    channels = announced(services.stores.main, services.keys.delivery_pin)
    return render_template(
        "console/alerts/escalation.html",
        line=line,
        minutes=minutes,
        problem=problem,
        reach=reach(services.stores.main, line.id, day_of(services.clock())),
        has_mail=Channel.MAIL in channels,
        has_push=Channel.PUSH in channels,
        has_webhook=Channel.WEBHOOK in channels,
        is_saved="saved" in request.args,
    )


def _supervised(slug: str) -> StaffLine:
    """Return a line of which the member is a supervisor.

    Raises:
        NoSuchPageError: there is none, or the member is no supervisor of it.
    """
    for line in current_member().lines:
        if line.slug == slug and Role.SUPERVISOR in line.roles:
            return line
    raise NoSuchPageError
