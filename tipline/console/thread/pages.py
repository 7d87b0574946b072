"""The thread page: a conversation, and a box to reply in."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline.console.inbox.visits import note_visit
from tipline.console.incidents import note_incident
from tipline.console.origins import KEPT_FIELD
from tipline.console.refusals import (
    NoSuchPageError,
    StaleFormError,
    ThreadClosedError,
    ThreadRefusedError,
)
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member, line_or_404
from tipline.console.thread.conversation import Conversation, read_conversation
from tipline.console.thread.problems import ReplyProblem, explain
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.delivery.replying import AlreadySentError, Reply
from tipline.doorbell import QueueName
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind
from tipline.text.segments import (
    GSM_BASIC,
    GSM_EXTENDED,
    MAX_BODY_CHARACTERS,
    count_segments,
)
from tipline.threads.reading import OpenThread, open_thread

ALIAS = re.compile(r"[a-z0-9-]{1,40}")
TOKEN = re.compile(r"[0-9a-f]{32}")
SEQUENCE = re.compile(r"[1-9]\d{0,8}")
# A carriage return never reaches the script: browsers hand it texts with line feeds alone.
GSM_FOR_SCRIPT = {
    "basic": "".join(sorted(GSM_BASIC - {"\r"})),
    "extended": "".join(sorted(GSM_EXTENDED)),
}

thread = Blueprint("thread", __name__, url_prefix="/lines/<slug>/threads/<alias>")
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """What stands in the reply box. However often it is posted, its token makes it one reply."""

    token: str
    text: str = ""
    problem: ReplyProblem | None = None

    @classmethod
    def empty(cls) -> Draft:
        """Return an empty box with a new token."""
        return cls(secrets.token_hex(16))


@thread.get("")
def show(slug: str, alias: str) -> Page:
    """Show a thread to a member of its line, and note that somebody has seen it."""
    line = line_or_404(slug)
    opened = _open(line, alias)
    conversation = read_conversation(line, opened)
    note_visit(opened.summary)
    return _page(line, opened, conversation, Draft.empty())


@thread.post("")
def reply(slug: str, alias: str) -> Page | Response:
    """Take a reply and go back to the thread, or say beside the box why it was not taken."""
    line = line_or_404(slug)
    opened = _open(line, alias)
    text, token = request.form.get(KEPT_FIELD, ""), request.form.get("token", "")
    if not TOKEN.fullmatch(token) or not _is_for(opened):
        raise StaleFormError
    services = console()
    try:
        services.replier.reply(opened, line.bundle, Reply(text, current_member().id, token))
    except (TiplineError, SQLAlchemyError) as error:
        return _refused(line, opened, error, text, token)
    services.doorbell.ring(QueueName.DELIVERY)
    return _back(line, opened)


@thread.post("/send-again")
def send_again(slug: str, alias: str) -> Page | Response:
    """Send a reply once more of which nobody knows whether it was sent."""
    line = line_or_404(slug)
    opened = _open(line, alias)
    if not _is_for(opened):
        raise StaleFormError
    conversation = read_conversation(line, opened)
    given = request.form.get("sequence", "")
    sequence = int(given) if SEQUENCE.fullmatch(given) else 0
    text = conversation.reply_text(sequence)
    if text is None:
        raise NoSuchPageError
    services = console()
    try:
        services.replier.send_again(opened, line.bundle, sequence, text)
    except (TiplineError, SQLAlchemyError) as error:
        problem = explain(error, is_repetition=True)
        return _page(line, opened, conversation, Draft.empty(), problem), problem.status
    services.doorbell.ring(QueueName.DELIVERY)
    return _back(line, opened)


def _open(line: OpenLine, alias: str) -> OpenThread:
    """Open a thread with the line's key.

    Raises:
        NoSuchPageError, NoSuchThreadError: there is none.
        ThreadRefusedError, ThreadClosedError: its key is not to be trusted, or does not open.
    """
    if not ALIAS.fullmatch(alias):
        raise NoSuchPageError
    services = console()
    try:
        return open_thread(services.stores, line.id, alias, line.keyring, services.keys.intake_pin)
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise ThreadRefusedError from None
    except CannotOpenError:
        raise ThreadClosedError from None


def _is_for(opened: OpenThread) -> bool:
    """Tell whether a form was made for this very thread, and not for one that had its alias."""
    return request.form.get("thread", "") == opened.summary.id


def _refused(
    line: OpenLine, opened: OpenThread, error: Exception, text: str, token: str
) -> tuple[str, int]:
    """Show the thread again with what was typed.

    The token stays, so that a reply that was committed although its answer got lost cannot be sent
    a second time; only after a repetition there is a new one, and the box is empty if its text
    already stands above.
    """
    problem = explain(error)
    conversation = read_conversation(line, opened)
    draft = Draft(token, text, problem)
    if isinstance(error, AlreadySentError):
        kept = "" if conversation.has_reply(text) else text
        draft = Draft(secrets.token_hex(16), kept, problem)
    return _page(line, opened, conversation, draft), problem.status


def _page(
    line: OpenLine,
    opened: OpenThread,
    conversation: Conversation,
    draft: Draft,
    problem: ReplyProblem | None = None,
) -> str:
    return render_template(
        "console/thread.html",
        line=line,
        thread=opened.summary,
        conversation=conversation,
        draft=draft,
        problem=problem,
        has_way_back=console().replier.has_way_back(opened.summary.id),
        count=count_segments(draft.text.replace("\r\n", "\n").strip()),
        characters=len(draft.text.replace("\r\n", "\n").strip()),
        most=MAX_BODY_CHARACTERS,
        gsm=GSM_FOR_SCRIPT,
    )


def _back(line: OpenLine, opened: OpenThread) -> Response:
    here = url_for("thread.show", slug=line.slug, alias=opened.summary.alias)
    return redirect(here, 303)
