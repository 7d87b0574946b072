"""The thread page: reading a conversation, and replying in it."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline.console.inbox.visits import note_visit
from tipline.console.origins import KEPT_FIELD
from tipline.console.refusals import NoSuchPageError, StaleFormError
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.console.thread.conversation import Window, read_conversation
from tipline.console.thread.keeping import drop_draft, kept_draft
from tipline.console.thread.opening import (
    SEQUENCE,
    Desk,
    desk,
    desk_for_form,
    form_sequence,
    form_token,
)
from tipline.console.thread.page import Box, Shown, thread_page
from tipline.console.thread.problems import explain
from tipline.delivery.replying import AlreadySentError, OvertakenError, Reply
from tipline.doorbell import QueueName
from tipline.errors import TiplineError
from tipline.threads.contents import MessageKind

thread = Blueprint("thread", __name__, url_prefix="/lines/<slug>/threads/<alias>")
Page = str | tuple[str, int]


@thread.get("")
def show(slug: str, alias: str) -> Page:
    """Show a thread to a member of its line, and note that somebody has seen it."""
    opened = desk(slug, alias)
    window = _window()
    if window is not None:
        return thread_page(opened, Shown(), window=window)
    page = thread_page(opened, Shown(reply=Box.of_draft(kept_draft(opened))))
    note_visit(opened.thread.summary)
    return page


@thread.post("")
def reply(slug: str, alias: str) -> Page | Response:
    """Take a reply and go back to the thread, or say beside the box why it was not taken."""
    opened = desk_for_form(slug, alias)
    text, token, seen = request.form.get(KEPT_FIELD, ""), form_token(), form_sequence("seen")
    if seen is None:
        raise StaleFormError
    services = console()
    written = Reply(text, current_member().id, token, seen)
    try:
        services.replier.reply(opened.thread, opened.line.bundle, written)
    except (TiplineError, SQLAlchemyError) as error:
        return _refused(opened, error, written)
    services.doorbell.ring(QueueName.DELIVERY)
    drop_draft(opened)
    return opened.back()


@thread.post("/send-again")
def send_again(slug: str, alias: str) -> Page | Response:
    """Send a reply once more of which nobody knows whether it was sent."""
    opened = desk_for_form(slug, alias)
    sequence = form_sequence("sequence")
    if not sequence:
        raise NoSuchPageError
    conversation = read_conversation(opened.line, opened.thread, Window(sequence, sequence))
    text = conversation.text_of(sequence, MessageKind.REPLY)
    if text is None:
        raise NoSuchPageError
    services = console()
    try:
        services.replier.send_again(opened.thread, opened.line.bundle, sequence, text)
    except (TiplineError, SQLAlchemyError) as error:
        problem = explain(error, is_repetition=True)
        return thread_page(opened, Shown(problem=problem)), problem.status
    services.doorbell.ring(QueueName.DELIVERY)
    return opened.back()


def _window() -> Window | None:
    """Return the window that a reader has gone back to, or None for the newest."""
    if "before" not in request.args:
        return None
    given = request.args["before"]
    if not SEQUENCE.fullmatch(given) or int(given) < 2:
        raise NoSuchPageError
    return Window.before(int(given))


def _refused(opened: Desk, error: Exception, written: Reply) -> tuple[str, int]:
    """Show the thread again, as it is now, with what was typed.

    The token stays, so that a reply that was committed although its answer got lost cannot be sent
    a second time; only after a repetition there is a new one, and the box is empty if its text
    already stands above.
    """
    problem = explain(error)
    now = opened.again()
    conversation = read_conversation(now.line, now.thread)
    box = Box(written.text, problem, written.token)
    if isinstance(error, AlreadySentError):
        is_above = conversation.has(MessageKind.REPLY, written.text)
        box = Box("" if is_above else written.text, problem)
    new_after = written.seen if isinstance(error, OvertakenError) else None
    return thread_page(now, Shown(reply=box, new_after=new_after), conversation), problem.status
