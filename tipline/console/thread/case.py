"""The case file's page: tags, related threads, case number, and what became of the tip."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline import logs
from tipline.console.language import sentence_of
from tipline.console.refusals import StaleFormError
from tipline.console.services import console
from tipline.console.thread.case_form import (
    DOLLARS,
    FIGURES,
    OUTCOMES,
    TypedCase,
    read_form,
)
from tipline.console.thread.opening import Desk, desk, desk_for_form, form_sequence
from tipline.console.thread.page import case_file_of
from tipline.language.marking import marked
from tipline.threads.casefile import CaseFile, LostUpdateError, save_case_file, unknown_aliases

BUSY_CASE = marked("The database is busy, so nothing was saved. Try again in a moment.")
NOT_THERE = marked("There is no other thread %(aliases)s on this line.")

thread_case = Blueprint("thread_case", __name__, url_prefix="/lines/<slug>/threads/<alias>")
Page = str | tuple[str, int] | Response


@thread_case.get("/case")
def show(slug: str, alias: str) -> Page:
    """Show a thread's case file to change."""
    opened = desk(slug, alias)
    case_file, is_refused = case_file_of(opened)
    return _page(opened, TypedCase.of(case_file), is_refused=is_refused)


@thread_case.post("/case")
def save(slug: str, alias: str) -> Page:
    """Save a case file, or say beside the fields why it was not saved."""
    opened = desk_for_form(slug, alias)
    version = form_sequence("version")
    if version is None:
        raise StaleFormError
    typed, case_file = read_form(request.form, version)
    if "related" not in typed.problems:
        _check_related(opened, case_file, typed)
    if typed.problems:
        return _page(opened, typed), 400
    services = console()
    try:
        save_case_file(
            services.stores,
            opened.thread,
            opened.line.bundle,
            case_file,
            opened.member.id,
            services.clock(),
        )
    except SQLAlchemyError as error:
        logs.failure("case_file_not_saved", error)
        return _page(opened, typed, busy=gettext(BUSY_CASE)), 503
    except LostUpdateError as error:
        theirs, is_refused = case_file_of(opened)
        kept = TypedCase(typed.texts, {}, theirs.version)
        page = _page(opened, kept, lost=sentence_of(error), theirs=theirs, is_refused=is_refused)
        return page, 409
    return opened.back()


def _check_related(opened: Desk, case_file: CaseFile, typed: TypedCase) -> None:
    own = opened.thread.summary.alias
    others = [alias for alias in case_file.related if alias != own]
    unknown = unknown_aliases(console().stores, opened.line.id, others, opened.member.id)
    if own in case_file.related:
        unknown.append(own)
    if unknown:
        typed.problems["related"] = gettext(NOT_THERE, aliases=", ".join(unknown))


def _page(opened: Desk, typed: TypedCase, **more: Any) -> str:
    return render_template(
        "console/thread/case.html",
        line=opened.line,
        thread=opened.thread.summary,
        typed=typed,
        outcomes=OUTCOMES,
        figures=FIGURES,
        dollars=DOLLARS,
        **more,
    )
