"""The page of a line's ready-made replies."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline import logs
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.refusals import StaleFormError
from tipline.console.services import console
from tipline.console.staff import OpenLine, line_or_404
from tipline.console.thread.opening import form_sequence
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.lines.canned_replies import (
    LANGUAGES,
    MOST_TITLE_CHARACTERS,
    CannedReplies,
    CannedRepliesChangedError,
    CannedReply,
    TooManyCannedRepliesError,
    read_canned_replies,
    save_canned_replies,
    stored_version,
)
from tipline.text.segments import MAX_BODY_CHARACTERS

BUSY_LIST = marked("The database is busy, so nothing was saved. Try again in a moment.")
REPLY_ID = re.compile(r"[0-9a-f]{16}")

canned_replies = Blueprint(
    "canned_replies", __name__, url_prefix="/lines/<slug>/ready-made-replies"
)
Page = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was typed, with a sentence for each field that is wrong, or for the whole."""

    reply: CannedReply
    problems: dict[str, str]


@canned_replies.get("")
def show(slug: str) -> str:
    """Show the list, and the form in which one is written or changed."""
    line = line_or_404(slug)
    canned, is_refused = _read(line)
    chosen = canned.find(request.args.get("change", ""))
    typed = Typed(chosen, {}) if chosen else None
    return _page(line, canned, typed, is_refused=is_refused)


@canned_replies.post("")
def save(slug: str) -> Page:
    """Add a reply to the list, or change one."""
    line = line_or_404(slug)
    typed, version = _typed(), _version()
    canned, is_refused = _read(line)
    if typed.problems:
        return _page(line, canned, typed, is_refused=is_refused), 400
    try:
        if canned.version != version:
            raise CannedRepliesChangedError
        changed = canned.with_reply(typed.reply)
        save_canned_replies(console().stores.main, line.bundle, changed)
    except (CannedRepliesChangedError, TooManyCannedRepliesError) as error:
        typed.problems["all"] = sentence_of(error)
        return _page(line, _read(line)[0], typed, is_refused=is_refused), 409
    except SQLAlchemyError as error:
        logs.failure("canned_replies_not_saved", error)
        typed.problems["all"] = gettext(BUSY_LIST)
        return _page(line, canned, typed, is_refused=is_refused), 503
    return _back(line)


@canned_replies.post("/delete")
def delete(slug: str) -> Page:
    """Take a reply from the list."""
    line = line_or_404(slug)
    version = _version()
    canned, is_refused = _read(line)
    try:
        if canned.version != version:
            raise CannedRepliesChangedError
        without = canned.without(request.form.get("reply", ""))
        save_canned_replies(console().stores.main, line.bundle, without)
    except CannedRepliesChangedError:
        again = _read(line)[0]
        return _page(line, again, None, is_refused=is_refused, is_delete_lost=True), 409
    return _back(line)


def _typed() -> Typed:
    form = request.form
    title = " ".join(form.get("title", "").split())
    text = form.get("text", "").replace("\r\n", "\n").strip()
    language, given = form.get("language", ""), form.get("reply", "")
    problems = {}
    if not title or len(title) > MOST_TITLE_CHARACTERS:
        problems["title"] = gettext(
            "Give it a title of at most %(most)d characters.", most=MOST_TITLE_CHARACTERS
        )
    if language not in LANGUAGES:
        problems["language"] = gettext("Choose one from the list.")
    if not text or len(text) > MAX_BODY_CHARACTERS:
        problems["text"] = gettext(
            "Write what is sent, at most %(most)d characters.", most=MAX_BODY_CHARACTERS
        )
    reply_id = given if REPLY_ID.fullmatch(given) else secrets.token_hex(8)
    return Typed(CannedReply(reply_id, title, language, text), problems)


def _version() -> int:
    version = form_sequence("version")
    if version is None:
        raise StaleFormError
    return version


def _read(line: OpenLine) -> tuple[CannedReplies, bool]:
    """Return the list, and whether what is stored was refused as not authentic."""
    services = console()
    try:
        return read_canned_replies(services.stores.main, services.lines, line.id), False
    except (NotAuthenticError, CannotOpenError):
        note_incident(IncidentKind.FORGED_CASEWORK)
        # The version that is stored, so that whoever saves now replaces what is not authentic.
        return CannedReplies(version=stored_version(services.stores.main, line.id)), True


def _page(
    line: OpenLine,
    canned: CannedReplies,
    typed: Typed | None,
    *,
    is_refused: bool = False,
    is_delete_lost: bool = False,
) -> str:
    return render_template(
        "console/thread/canned.html",
        line=line,
        canned=canned,
        typed=typed,
        is_change=typed is not None and canned.find(typed.reply.id) is not None,
        is_refused=is_refused,
        is_delete_lost=is_delete_lost,
        languages=LANGUAGES,
        most=MAX_BODY_CHARACTERS,
        most_title=MOST_TITLE_CHARACTERS,
    )


def _back(line: OpenLine) -> Response:
    return redirect(url_for("canned_replies.show", slug=line.slug), 303)
