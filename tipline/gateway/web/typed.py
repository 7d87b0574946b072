"""What somebody typed into a field: cleaned so that it can be kept, measured, and shown again."""

from __future__ import annotations

import unicodedata

from flask import request

from tipline.language.marking import marked

MOST_CHARACTERS = 10_000
MOST_IN_A_LINE = 500
TOO_LONG = marked(
    "This is longer than 10,000 characters. Send the first part now and the rest as another "
    "message."
)
KEPT_CONTROLS = frozenset("\n\t")


def typed(name: str) -> str:
    """Return a field's text: plain line ends, no control characters, no halves of characters."""
    text = request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter in KEPT_CONTROLS or _is_text(letter)).strip()


def typed_line(name: str) -> str:
    """Return a field's text in one line."""
    return " ".join(typed(name).split())


def _is_text(letter: str) -> bool:
    # Cc: NUL and its like, which a database may refuse. Cs: halves of surrogate pairs, which are no
    # UTF-8.
    return unicodedata.category(letter) not in ("Cc", "Cs")
