"""One spelling of a detail, so that the same detail gets the same token throughout a thread."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import Document
from tipline.redaction.normalising import Plain, plain_form
from tipline.redaction.numbers import runs

_NUMERIC: Final = frozenset({"PHONE", "SSN", "CARD"})


def value_of(kind: str, written: str) -> str:
    """Return the one spelling of what was found.

    A phone number is its digits without the country code of the United States; other details are
    their letters and digits in lower case.

    Args:
        kind: one of `identifiers.TYPES`.
        written: the detail as it is written.
    """
    plain = plain_form(written)
    if kind in _NUMERIC:
        digits = digits_of(plain)
        return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return "".join(character for character in plain.folded if character.isalnum())


def digits_of(plain: Plain) -> str:
    """Return all digits of a text, spelled or not."""
    if not any(character.isalpha() for character in plain.folded):
        return "".join(character for character in plain.folded if character.isdigit())
    return "".join(run.digits for run in runs(Document(plain)))
