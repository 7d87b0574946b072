"""Keywords: whole messages that close or reopen the way back.

Source: the carriers' and the provider's opt-out words (CTIA Messaging Principles; Twilio,
"Support for Opt-Out Keywords").
"""

from __future__ import annotations

from enum import StrEnum

STOP_WORDS = frozenset(
    {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
)
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})


class Keyword(StrEnum):
    """What a whole message can ask for."""

    STOP = "STOP"
    START = "START"
    NONE = "NONE"


def keyword_of(body: str, opt_out: str, is_suppressed: bool) -> Keyword:
    """Return what a message asks for.

    What the provider recognised (`opt_out`) counts as well as the word itself, in any case. YES and
    START reopen a way that was closed; from anybody else, also if the provider recognised it, "yes"
    is an answer and belongs in the thread. HELP is not a keyword here: on a tip line it may be
    meant, so members must see it.
    """
    word = body.strip().rstrip(".!").upper()
    if opt_out == Keyword.STOP or word in STOP_WORDS:
        return Keyword.STOP
    if is_suppressed and (opt_out == Keyword.START or word in START_WORDS):
        return Keyword.START
    return Keyword.NONE


def is_answered_by_provider(body: str, opt_out: str) -> bool:
    """Tell whether the provider itself already answered this message (HELP, INFO)."""
    return opt_out == "HELP" or body.strip().upper() in HELP_WORDS
