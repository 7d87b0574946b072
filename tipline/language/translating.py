"""Sentences in the language of whoever gets them, without a web application: for texts.

Pages translate with Flask-Babel, from the same catalogues.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations

from tipline.language.languages import CATALOGUES, DEFAULT_LANGUAGE

DOMAIN = "messages"


def sentence(language: str, msgid: str, **figures: object) -> str:
    """Return a marked sentence in a language ("en", "es"), with its figures filled in.

    What has no translation, in a language without a catalogue too, is said in English.
    """
    words = _catalogue(language).gettext(msgid)
    return words % figures if figures else words


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == DEFAULT_LANGUAGE or not language.isalpha():
        return NullTranslations()
    # Read as gettext itself reads it: Babel's own class brings formats of dates along, megabytes
    # that the intake worker has no use for.
    path = CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)
