"""Which language a page speaks, and its sentences in it."""

from __future__ import annotations

from collections.abc import Callable

from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import Babel, get_locale, get_translations, gettext

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
    # Instead of Flask-Babel's own, which look anew for each sentence which language is spoken: a
    # page has some thirty, and that was a seventh of the work of a web tip.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # its extension adds it
        gettext=lambda one: _catalogue().ugettext(one),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        pgettext=lambda context, one: _catalogue().upgettext(context, one),
        npgettext=lambda context, one, many, number: _catalogue().unpgettext(
            context, one, many, number
        ),
        newstyle=True,
    )


def _catalogue() -> NullTranslations:
    """Return the sentences of this request's language, looked up once: a page has one language."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    catalogue: NullTranslations = g.catalogue
    return catalogue


def asked_language() -> str:
    """Return the language of ours that the browser asks for most, else the default one."""
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def page_language() -> str:
    """Return the code of the language that this page is in (BCP 47)."""
    if "language_code" not in g:
        g.language_code = str(get_locale())
    code: str = g.language_code
    return code


def other_languages() -> dict[str, str]:
    """Return the names of the languages that this page could be in, by their codes."""
    return {code: name for code, name in LANGUAGES.items() if code != page_language()}


def sentence_of(error: TiplineError) -> str:
    """Return what an error says, in the reader's language."""
    return str(gettext(error.sentence, **error.figures))
