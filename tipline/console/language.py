"""Which language a page speaks: what its reader chose, else what their browser asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tipline.console import cookies
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.language.languages import LANGUAGES
from tipline.web import language
from tipline.web.language import asked_language, other_languages, page_language, sentence_of

__all__ = ["banner", "languages", "other_languages", "page_language", "sentence_of", "set_up"]

languages = Blueprint("languages", __name__)


def set_up(app: Flask) -> None:
    """Give templates and views the sentences of the reader's language."""
    language.set_up(app, _chosen_language)


@languages.get("/language/<language>")
def choose(language: str) -> Response:
    """Speak this language from now on in this browser, and go back to the page that was shown.

    Raises:
        NoSuchPageError: there is no such language.
    """
    if language not in LANGUAGES:
        raise NoSuchPageError
    response = redirect(_page_before(), 303)
    cookies.keep_language(response, language)
    return response


def banner() -> str:
    """Return the notice for whoever signs in: ours in the reader's language, another as it is."""
    return str(gettext(console().settings.banner))


def _chosen_language() -> str:
    chosen = cookies.language()
    if chosen in LANGUAGES:
        return chosen
    return asked_language()


def _page_before() -> str:
    """Return the path of the console's page that led here, or the inbox's."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:  # no address at all
        return url_for("inbox.show")
    if before.netloc == request.host and _answers_get(before.path):
        return f"{before.path}?{before.query}" if before.query else before.path
    return url_for("inbox.show")


def _answers_get(path: str) -> bool:
    # The page may be the answer to a form, at an address that takes nothing but forms.
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return not path.startswith("//")
