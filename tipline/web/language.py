"""Which language a page speaks, and its sentences in it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request
from flask_babel import Babel, get_locale, gettext

from tipline.errors import TiplineError
from tipline.language.languages import CATALOGUES, DEFAULT_LANGUAGE, LANGUAGES


def set_up(app: Flask, choose: Callable[[], str]) -> None:
    """Give templates and views the sentences of the language that `choose` names by its code."""
    # In a block, line breaks and indentation are the template's, not the sentence's.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_translation_directories=str(CATALOGUES),
        locale_selector=choose,
    )


def asked_language() -> str:
    """Return the language of ours that the browser asks for most, else the default one."""
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def page_language() -> str:
    """Return the code of the language that this page is in (BCP 47)."""
    return str(get_locale())


def other_languages() -> dict[str, str]:
    """Return the names of the languages that this page could be in, by their codes."""
    return {code: name for code, name in LANGUAGES.items() if code != page_language()}


def sentence_of(error: TiplineError) -> str:
    """Return what an error says, in the reader's language."""
    return str(gettext(error.sentence, **error.figures))
