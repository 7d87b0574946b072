"""Answering every error in one place, with a sentence that repeats nothing of the request.

One exception: what a member had written is shown back to them, because it is nowhere else any more
(see `origins.typed_text`).
"""

from __future__ import annotations

import logging

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from tipline import logs
from tipline.console.language import sentence_of
from tipline.console.origins import typed_text
from tipline.console.refusals import NoSuchPageError, RefusedError
from tipline.language.marking import marked
from tipline.threads.reading import NoSuchThreadError
from tipline.web.hosts import refused_host

SENTENCES = {
    404: (NoSuchPageError.title, NoSuchPageError.message),
    405: (marked("That did not work"), marked("This page cannot be used in that way.")),
    413: (
        marked("That was too much"),
        marked("The form holds more than the console takes. Nothing was sent."),
    ),
}
OTHERWISE = (
    marked("That did not work"),
    marked("The request was not understood. Nothing was changed or sent."),
)


def answer_error(error: Exception) -> ResponseReturnValue:
    """Return the page and status for whatever was raised."""
    return refused_host() or _answer(error)


def _answer(error: Exception) -> tuple[str, int]:
    if isinstance(error, RefusedError):
        logs.event("request_refused", logging.WARNING, reason=error.code)
        return error_page(gettext(error.title), sentence_of(error), error.status)
    if isinstance(error, NoSuchThreadError):
        return error_page(gettext("There is no such thread"), sentence_of(error), 404)
    if isinstance(error, HTTPException):
        status = error.code or 500
        logs.event("request_refused", logging.WARNING, status=status)
        title, sentence = SENTENCES.get(status, OTHERWISE)
        return error_page(gettext(title), gettext(sentence), status)
    logs.failure("request_failed", error)
    if isinstance(error, SQLAlchemyError):
        sentence = gettext("The database is busy or cannot be reached. Try again in a moment.")
        return error_page(gettext("Not just now"), sentence, 503)
    sentence = gettext("It has been logged. Try again in a moment.")
    return error_page(gettext("Something went wrong"), sentence, 500)


def error_page(title: str, sentence: str, status: int) -> tuple[str, int]:
    """Return a page that says what went wrong, and what had been typed."""
    page = render_template("console/error.html", title=title, sentence=sentence, typed=typed_text())
    return page, status
