"""Keywords: whole messages that close or reopen the way back, or ask for a language.

Source: the carriers' and the provider's opt-out words (CTIA Messaging Principles; Twilio,
"Support for Opt-Out Keywords").
"""

from __future__ import annotations

from enum import StrEnum

from tipline.text.folding import folded

STOP_WORDS = frozenset(
    {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
)
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})

# With these the name of a language may stand in either language; alone only as we tell people to
# write it: "Spanish" may answer what somebody spoke, and staff must not lose their language by it.
LANGUAGE_WORDS = {"english": "en", "espanol": "es"}
LANGUAGE_NAMES = {**LANGUAGE_WORDS, "ingles": "en", "spanish": "es"}
ASKING_WORDS = frozenset({"language", "idioma"})
BEFORE_A_NAME = ASKING_WORDS | {"in", "en"}
LONGEST_ASKING = 40


class Keyword(StrEnum):
    """What a whole message can ask for."""

    STOP = "STOP"
    START = "START"
    NONE = "NONE"


class Asking(StrEnum):
    """What a whole message can ask of languages: one of them, or which there are."""

    ENGLISH = "en"
    SPANISH = "es"
    WHICH = "which"


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


def asking_of(body: str) -> Asking | None:
    """Return what a message asks of languages; None: it is about something else.

    ENGLISH, ESPANOL, IDIOMA and LANGUAGE as the whole message, in any case, with accents or
    without; or a language's name behind IDIOMA, LANGUAGE, IN or EN.
    """
    if len(body) > LONGEST_ASKING:
        return None
    match folded(body).split():
        case [word] if word in ASKING_WORDS:
            return Asking.WHICH
        case [word] if word in LANGUAGE_WORDS:
            return Asking(LANGUAGE_WORDS[word])
        case [before, name] if before in BEFORE_A_NAME and name in LANGUAGE_NAMES:
            return Asking(LANGUAGE_NAMES[name])
    return None


def is_answered_by_provider(body: str, opt_out: str) -> bool:
    """Tell whether the provider itself already answered this message (HELP, INFO)."""
    return opt_out == "HELP" or body.strip().upper() in HELP_WORDS
