"""A printable sheet of a thread: noted before it is shown, and marked with who printed it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tipline.console.refusals import SheetSpentError
from tipline.console.services import console
from tipline.console.thread.case_form import FIGURES, OUTCOMES
from tipline.console.thread.conversation import Entry, Window, read_conversation
from tipline.console.thread.days import by_day
from tipline.console.thread.opening import SEQUENCE, Desk, desk, desk_for_form
from tipline.console.thread.page import case_file_of
from tipline.threads.contents import MessageKind
from tipline.threads.events import Event, note_event

SHOWN_FOR = timedelta(minutes=15)
WITH_NOTES = "notes"
WATERMARKS = 12

thread_printing = Blueprint("thread_printing", __name__, url_prefix="/lines/<slug>/threads/<alias>")


@thread_printing.post("/print")
def prepare(slug: str, alias: str) -> Response:
    """Note that a member prints a thread, and lead to the sheet."""
    opened, services = desk_for_form(slug, alias), console()
    with services.stores.main.begin() as connection:
        copy = note_event(
            connection,
            opened.thread,
            opened.line.bundle,
            Event.PRINTED,
            author=opened.member.id,
            at=services.clock(),
            detail=WITH_NOTES if request.form.get("notes") else "",
        )
    return redirect(url_for("thread_printing.show", slug=slug, alias=alias, copy=copy), 303)


@thread_printing.get("/sheet")
def show(slug: str, alias: str) -> str:
    """Show the sheet that this member prepared just now."""
    opened = desk(slug, alias)
    given = request.args.get("copy", "")
    if not SEQUENCE.fullmatch(given):
        raise SheetSpentError
    noted = _noted(opened, int(given))
    has_notes = noted.content is not None and noted.content.text == WITH_NOTES
    conversation = read_conversation(opened.line, opened.thread, Window(1, noted.sequence))
    hidden = {MessageKind.EVENT} if has_notes else {MessageKind.EVENT, MessageKind.NOTE}
    entries = [entry for entry in conversation.entries if entry.kind not in hidden]
    case_file, is_case_refused = case_file_of(opened)
    return render_template(
        "console/thread/sheet.html",
        line=opened.line,
        thread=opened.thread.summary,
        noted=noted,
        days=by_day(entries, opened.line.time_zone),
        conversation=conversation,
        has_notes=has_notes,
        case_file=case_file,
        is_case_refused=is_case_refused,
        outcomes=OUTCOMES,
        figures=FIGURES,
        watermarks=range(WATERMARKS),
    )


def _noted(opened: Desk, sequence: int) -> Entry:
    """Return the event that says that this member prepared a sheet a few minutes ago.

    Raises:
        SheetSpentError: there is none.
    """
    window = Window(max(1, sequence), max(1, sequence))
    for entry in read_conversation(opened.line, opened.thread, window).entries:
        content = entry.content
        if (
            entry.kind is MessageKind.EVENT
            and content is not None
            and content.notice == Event.PRINTED
            and content.author == opened.member.id
            and timedelta() <= console().clock() - content.at < SHOWN_FOR
        ):
            return entry
    raise SheetSpentError
