"""In which language a thread's resident is answered.

What decides first stays: a message in the other language, such as a quotation or a street's name,
changes nothing. Whoever texts ENGLISH or ESPANOL changes it, and so do staff on the thread's page.
"""

from __future__ import annotations

from tipline.intake.keywords import Asking, asking_of
from tipline.lines.acknowledgements import LANGUAGE_CHOSEN, LANGUAGE_QUESTION
from tipline.text.tongues import guess_language


def asked_language(body: str) -> str:
    """Return the language that a message asks for, or nothing."""
    asking = asking_of(body)
    return "" if asking in (None, Asking.WHICH) else str(asking)


def told_language(body: str, bare: str) -> str:
    """Return the language that a message asks for or is written in; empty: it does not tell.

    `bare`: the message without its sender's details, of which a Spanish name tells nothing.
    """
    return asked_language(body) or guess_language(bare) or ""


def next_language(body: str, bare: str, known: str) -> str:
    """Return the language of a thread after a message, if it was `known` before (or empty)."""
    return (asked_language(body) or known) if known else told_language(body, bare)


def answer_to(asking: Asking, known: str) -> str:
    """Return what is answered to a message that asks for a language, or which there are."""
    if asking is Asking.WHICH:
        return LANGUAGE_QUESTION.in_language(known)
    return LANGUAGE_CHOSEN.in_language(asking.value)
