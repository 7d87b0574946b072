"""What somebody typed into a field: cleaned so that it can be kept, measured, and shown again."""

from __future__ import annotations

import re

from flask import request

from tipline.language.marking import marked

MOST_CHARACTERS = 10_000
MOST_IN_A_LINE = 500
TOO_LONG = marked(
    "This is longer than 10,000 characters. Send the first part now and the rest as another "
    "message."
)
# Control characters (Unicode's Cc, but for tab and line feed), which a database may refuse, and
# halves of surrogate pairs (Cs), which are no UTF-8. Neither set will ever change (Unicode
# Character Encoding Stability Policies, "Property Value Stability").
NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def typed(name: str) -> str:
    """Return a field's text: plain line ends, no control characters, no halves of characters."""
    text = request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
    return NO_TEXT.sub("", text).strip()


def typed_line(name: str) -> str:
    """Return a field's text in one line."""
    return " ".join(typed(name).split())
