"""Choosing in which language a thread's resident is answered."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from tipline.console.language import sentence_of
from tipline.console.services import console
from tipline.console.thread.opening import desk_for_form
from tipline.console.thread.page import Shown, thread_page
from tipline.console.thread.problems import Problem
from tipline.threads.languages import UnknownLanguageError, set_language
from tipline.threads.triage import Act, AlreadySoError

thread_language = Blueprint("thread_language", __name__, url_prefix="/lines/<slug>/threads/<alias>")
Page = tuple[str, int] | Response


@thread_language.post("/language")
def choose(slug: str, alias: str) -> Page:
    """Have this person answered in another language from now on."""
    opened, services = desk_for_form(slug, alias), console()
    act = Act(opened.thread, opened.line.bundle, opened.member.id)
    try:
        set_language(services.stores, act, request.form.get("language", ""), services.clock)
    except (AlreadySoError, UnknownLanguageError) as error:
        status = 409 if isinstance(error, AlreadySoError) else 400
        problem = Problem(sentence_of(error), status)
        return thread_page(opened.again(), Shown(problem=problem)), problem.status
    return opened.back("work-heading")
