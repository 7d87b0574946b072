"""Which language a page speaks: what its reader chose, else what their browser asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_babel import Babel, get_locale, gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tipline.console import cookies
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.errors import TiplineError
from tipline.language.languages import CATALOGUES, DEFAULT_LANGUAGE, LANGUAGES

languages = Blueprint("languages", __name__)


def set_up(app: Flask) -> None:
    """Give templates and views the sentences of the reader's language."""
    # In a block, line breaks and indentation are the template's, not the sentence's.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_translation_directories=str(CATALOGUES),
        locale_selector=_chosen_language,
    )


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


def page_language() -> str:
    """Return the code of the language that this page is in (BCP 47)."""
    return str(get_locale())


def other_languages() -> dict[str, str]:
    """Return the names of the languages that this page could be in, by their codes."""
    return {code: name for code, name in LANGUAGES.items() if code != page_language()}


def sentence_of(error: TiplineError) -> str:
    """Return what an error says, in the reader's language."""
    return str(gettext(error.sentence, **error.figures))


def banner() -> str:
    """Return the notice for whoever signs in: ours in the reader's language, another as it is."""
    return str(gettext(console().settings.banner))


def _chosen_language() -> str:
    chosen = cookies.language()
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


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
