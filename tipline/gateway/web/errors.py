"""Answering every error of a public page with a page, which repeats nothing of the request.

One exception: what somebody had written is shown back to them, because it is nowhere else any more.
"""

from __future__ import annotations

import logging

from flask import render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from tipline import logs
from tipline.gateway.web.typed import typed
from tipline.language.marking import marked
from tipline.lines.directory import NoSuchLineError

NO_PAGE = (
    marked("There is no such page"),
    marked("Check the address. It may have a typing error, or the page may be gone."),
)
NOT_SO = (marked("That did not work"), marked("This page cannot be used in that way."))
TOO_MUCH = (
    marked("That was too much at once"),
    marked(
        "What you sent is larger than this site takes, so nothing of it was kept. Send it in "
        "parts, each of at most 10,000 characters."
    ),
)
NOT_UNDERSTOOD = (
    marked("That did not work"),
    marked("The request was not understood. Nothing was sent."),
)
NOT_NOW = (
    marked("Not just now"),
    marked("Something is busy or out of order here. Nothing was sent. Try again in a minute."),
)
SENTENCES = {404: NO_PAGE, 405: NOT_SO, 413: TOO_MUCH}
# What people write longer texts into.
WRITTEN = ("what", "where", "when", "text")


def answer_page_error(error: Exception) -> tuple[str, int]:
    """Return the page and status for whatever was raised."""
    if isinstance(error, NoSuchLineError):
        return _page(NO_PAGE, 404)
    if isinstance(error, HTTPException):
        status = error.code or 503
        logs.event("request_refused", logging.WARNING, status=status)
        return _page(SENTENCES.get(status, NOT_UNDERSTOOD), status)
    logs.failure("page_failed", error)
    return _page(NOT_NOW, 503)


def _page(words: tuple[str, str], status: int) -> tuple[str, int]:
    title, sentence = words
    page = render_template(
        "public/error.html", title=gettext(title), sentence=gettext(sentence), written=_written()
    )
    return page, status


def _written() -> str:
    if request.method != "POST":
        return ""
    try:
        return "\n\n".join(text for text in map(typed, WRITTEN) if text)
    except HTTPException:  # the form itself is what went wrong
        return ""
