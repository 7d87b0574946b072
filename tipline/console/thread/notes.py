"""Adding an internal note, and closing and reopening a thread."""

from __future__ import annotations

from flask import Blueprint, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline.console.origins import NOTE_FIELD
from tipline.console.services import console
from tipline.console.thread.conversation import read_conversation
from tipline.console.thread.opening import Desk, desk_for_form, form_token
from tipline.console.thread.page import Box, Shown, thread_page
from tipline.console.thread.problems import Problem, explain_note
from tipline.language.marking import marked
from tipline.threads.closing import close_thread, reopen_thread
from tipline.threads.contents import MessageKind
from tipline.threads.notes import AlreadyNotedError, Note, NoteRefusedError, add_note

CLOSED_ALREADY = marked("Somebody else has closed this thread already.")
OPEN_ALREADY = marked("This thread is open already: look at what is new in it.")

thread_work = Blueprint("thread_work", __name__, url_prefix="/lines/<slug>/threads/<alias>")
Page = tuple[str, int] | Response


@thread_work.post("/note")
def note(slug: str, alias: str) -> Page:
    """Add a note and go back to the thread, or say beside the box why it was not taken."""
    opened = desk_for_form(slug, alias)
    services = console()
    written = Note(request.form.get(NOTE_FIELD, ""), opened.member.id, form_token())
    try:
        add_note(services.stores.main, opened.thread, opened.line.bundle, written, services.clock())
    except (NoteRefusedError, SQLAlchemyError) as error:
        return _refused(opened, error, written)
    return opened.back()


@thread_work.post("/close")
def close(slug: str, alias: str) -> Page:
    """Close a thread."""
    opened, services = desk_for_form(slug, alias), console()
    is_changed = close_thread(
        services.stores.main,
        opened.thread,
        opened.line.bundle,
        opened.member.id,
        services.clock(),
    )
    return opened.back() if is_changed else _unchanged(opened, CLOSED_ALREADY)


@thread_work.post("/reopen")
def reopen(slug: str, alias: str) -> Page:
    """Open a closed thread again."""
    opened, services = desk_for_form(slug, alias), console()
    is_changed = reopen_thread(
        services.stores.main,
        opened.thread,
        opened.line.bundle,
        opened.member.id,
        services.clock(),
    )
    return opened.back() if is_changed else _unchanged(opened, OPEN_ALREADY)


def _unchanged(opened: Desk, sentence: str) -> tuple[str, int]:
    problem = Problem(gettext(sentence), 409)
    return thread_page(opened.again(), Shown(problem=problem)), problem.status


def _refused(
    opened: Desk, error: NoteRefusedError | SQLAlchemyError, written: Note
) -> tuple[str, int]:
    """Show the thread again with what was typed; see `pages` on why the token stays."""
    problem = explain_note(error)
    now = opened.again()
    conversation = read_conversation(now.line, now.thread)
    box = Box(written.text, problem, written.token)
    if isinstance(error, AlreadyNotedError):
        is_above = conversation.has(MessageKind.NOTE, written.text)
        box = Box("" if is_above else written.text, problem)
    return thread_page(now, Shown(note=box), conversation), problem.status
