"""What the finder may know of a thread: the sender's number, what was found, what was left open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_CLOSED: Final = re.compile(r"[.!?\u2026]\s*$")
_SENTENCE: Final = re.compile(r"[.!?\n]\s")
_LONGEST: Final = 120
# How a message ends that the next goes on with: half a number, a mark that joins, a word that
# wants another. Two short messages, "one" and "two", are not a number.
_OPEN: Final = re.compile(
    r"(?:\d\d|[-@_/:(+#]"
    r"|\b(?:is|it's|im|i'm|at|in|on|to|name|number|cell|phone|email|address|plate|my|me|and|dot"
    r"|es|son|soy|llamo|llama|en|al|mi|numero|n\u00famero|cel|celular|correo|y|punto|arroba))\s*$",
    re.IGNORECASE,
)


def nothing_seen(kind: str, value: str) -> bool:
    """Answer that nothing was found in the thread before."""
    return False


@dataclass(frozen=True, slots=True, repr=False)
class Thread:
    """What is known of the thread that a message belongs to.

    Attributes:
        own_number: the sender's own number, in any spelling; "" if the sender has none.
        seen: answers whether a value of a type was found in an earlier message of the thread. It
            is given a type of `identifiers.TYPES` and a value as in `Identifier.value`.
        fragment: what `open_end` returned for the message before.
    """

    own_number: str = ""
    seen: Callable[[str, str], bool] = nothing_seen
    fragment: str = ""


ALONE: Final = Thread()


def open_end(text: str) -> str:
    """Return the last fragment of a message that the next may go on with: "my number is 209-555-".

    It is "" where nothing says that the message goes on. It may hold half an identifier: it is as
    private as the message itself, and needed only until the next message.

    Args:
        text: the message, as it was received.
    """
    tail = text[-_LONGEST:]
    if not _OPEN.search(tail) or _CLOSED.search(tail):
        return ""
    starts = [match.end() for match in _SENTENCE.finditer(tail)]
    return tail[starts[-1] :] if starts else tail


def joined(fragment: str, text: str) -> tuple[str, int]:
    """Return a message behind the fragment of the one before, and where it starts."""
    tight = fragment[-1:] in "-@._/" or text[:1] in "-@._/"
    before = fragment if tight else fragment + " "
    return before + text, len(before)
