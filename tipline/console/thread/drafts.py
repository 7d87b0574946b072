"""Saving a draft by button or by script, and putting a ready-made reply into the box."""

from __future__ import annotations

from flask import Blueprint, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline.console.origins import KEPT_FIELD
from tipline.console.thread.keeping import keep_draft
from tipline.console.thread.opening import Desk, desk_for_form, form_token
from tipline.console.thread.page import Box, Shown, canned_of, thread_page
from tipline.console.thread.problems import Problem, explain_draft
from tipline.language.marking import marked

PREFIX = "/lines/<slug>/threads/<alias>"
GONE = marked("This ready-made reply is not there any more. Choose another one.")

thread_drafts = Blueprint("thread_drafts", __name__, url_prefix=PREFIX)
thread_autosave = Blueprint("thread_autosave", __name__, url_prefix=PREFIX)
Page = tuple[str, int] | Response


@thread_drafts.post("/draft")
def save(slug: str, alias: str) -> Page:
    """Keep what stands in the box for this member, and show it there again."""
    return _kept(desk_for_form(slug, alias), request.form.get(KEPT_FIELD, ""))


@thread_drafts.post("/use")
def use(slug: str, alias: str) -> Page:
    """Put a ready-made reply into the box, behind what stands there."""
    opened = desk_for_form(slug, alias)
    text = request.form.get(KEPT_FIELD, "")
    canned = canned_of(opened)[0].find(request.form.get("canned", ""))
    if canned is None:
        problem = Problem(gettext(GONE), 409)
        box = Box(text, problem, form_token())
        return thread_page(opened, Shown(reply=box)), problem.status
    typed = text.strip()
    return _kept(opened, f"{typed}\n{canned.text}" if typed else canned.text)


@thread_autosave.post("/autosave")
def autosave(slug: str, alias: str) -> Response:
    """Keep what stands in the box, asked by the page's script: this prolongs no session."""
    opened = desk_for_form(slug, alias)
    keep_draft(opened, request.form.get(KEPT_FIELD, ""), form_token())
    return Response(status=204)


def _kept(opened: Desk, text: str) -> Page:
    token = form_token()
    try:
        keep_draft(opened, text, token)
    except SQLAlchemyError as error:
        problem = explain_draft(error)
        return thread_page(opened, Shown(reply=Box(text, problem, token))), problem.status
    return opened.back("reply")
