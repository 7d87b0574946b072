"""Claiming, assigning, releasing and marking one thread, from its own page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from tipline.alerts.escalations import start_waiting
from tipline.audit.recording import acting
from tipline.console.inbox.opening import act_on, people_of, readers_of
from tipline.console.inbox.opening import triage as changes
from tipline.console.refusals import NoSuchPageError, StaleFormError
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member, line_or_404
from tipline.language.marking import marked
from tipline.lines.holders import KeyHolder
from tipline.threads.reading import ThreadSummary
from tipline.threads.triage import Act, AlreadySoError, ThreadTakenError

FORMER_MEMBER = marked("a former member")
TAKEN, NOBODY_CHOSEN = "taken", "nobody-chosen"
# What the page says beside the buttons, by a word in its address: nothing of a form is repeated.
SENTENCES = {
    TAKEN: ThreadTakenError.message,
    NOBODY_CHOSEN: marked("Choose to whom it is to be assigned. Nothing was changed."),
}

triage = Blueprint("triage", __name__, url_prefix="/lines/<slug>/threads/<alias>/triage")


@dataclass(frozen=True, slots=True)
class TriageView:
    """What the include `_triage.html` shows of a thread."""

    people: list[KeyHolder]
    assignee: str
    is_mine: bool
    problem: str


@triage.app_template_global()
def triage_view(line: OpenLine, thread: ThreadSummary) -> TriageView:
    """Return who works on a thread, who could, and what went wrong just now."""
    people, member_id = people_of(line), current_member().id
    readers = readers_of(line, thread, people)
    names = {person.id: person.name for person in people}
    assignee = names.get(thread.assignee) or gettext(FORMER_MEMBER) if thread.assignee else ""
    problem = SENTENCES.get(request.args.get("triage", ""))
    said = gettext(problem) if problem else ""
    return TriageView(readers, assignee, thread.assignee == member_id, said)


@triage.post("/claim")
def claim(slug: str, alias: str) -> Response:
    """Have the member work on the thread, unless somebody else does by now."""
    return _change(slug, act_on(line_or_404(slug), alias), changes().claim)


@triage.post("/assign")
def assign(slug: str, alias: str) -> Response:
    """Have a member of the line work on the thread."""
    line = line_or_404(slug)
    to = request.form.get("to", "")
    act = act_on(line, alias)
    if to not in {person.id for person in readers_of(line, act.thread.summary)}:
        return _back(slug, alias, NOBODY_CHOSEN)
    acting().subject = to
    return _change(slug, act, lambda act: changes().assign(act, to, seen=_seen()))


@triage.post("/release")
def release(slug: str, alias: str) -> Response:
    """Have nobody work on the thread."""
    act = act_on(line_or_404(slug), alias)
    return _change(slug, act, lambda act: changes().release(act, seen=_seen()))


@triage.post("/urgency")
def set_urgency(slug: str, alias: str) -> Response:
    """Mark the thread as urgent, or as one like the others."""
    wanted = request.form.get("urgent", "")
    if wanted not in ("0", "1"):
        raise NoSuchPageError

    def mark(act: Act) -> None:
        ids, now = [act.thread.summary.id], console().clock()
        changes().set_urgent(act, wanted == "1", lambda store: start_waiting(store, ids, now))

    act = act_on(line_or_404(slug), alias)
    return _change(slug, act, mark)


def _change(slug: str, act: Act, change: Callable[[Act], None]) -> Response:
    # Not a thread that had this alias when the form was made.
    if request.form.get("thread", "") != act.thread.summary.id:
        raise StaleFormError
    problem = ""
    try:
        change(act)
    except AlreadySoError:
        pass  # somebody pressed the button twice: it is as they want it
    except ThreadTakenError:
        problem = TAKEN
    return _back(slug, act.thread.summary.alias, problem)


def _seen() -> str | None:
    """Return who worked on the thread when the page was made."""
    return request.form.get("seen", "") or None


def _back(slug: str, alias: str, problem: str = "") -> Response:
    more: dict[str, Any] = {"triage": problem} if problem else {}
    here = url_for("thread.show", slug=slug, alias=alias, _anchor="triage", **more)
    return redirect(here, 303)
