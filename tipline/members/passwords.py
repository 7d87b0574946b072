"""Which passwords are taken: long, not banned, not easy to guess, and no rules of composition.

NIST SP 800-63B-4, section 3.1.1.2, and CJIS Security Policy 5.9.5, IA-5: checked against a list of
banned ones, nothing truncated, no hints. zxcvbn (Wheeler, USENIX Security 2016) brings the list
and estimates how many tries a guesser needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from threading import Lock
from typing import Any, ClassVar

from zxcvbn import zxcvbn

from tipline.errors import TiplineError
from tipline.language.marking import marked

MIN_CHARACTERS = 12
MAX_CHARACTERS = 1024
# zxcvbn's time grows with the square of the length, so it looks at the first characters only.
ESTIMATED_CHARACTERS = 72
# Ten thousand million: beyond what somebody who has stolen store and pepper tries with Argon2id.
LEAST_GUESSES_LOG10 = 10.0
OWN_WORDS = ("tipline",)
SHORTEST_WORD = 3
# zxcvbn keeps the words of one call in a dictionary that all threads share.
_one_at_a_time = Lock()


class PasswordRefusedError(TiplineError):
    """A new password is not taken. The message says why."""

    code = "password_refused"
    message = marked(
        "This password is too easy to guess. Use several words that have nothing in common."
    )


class ShortPasswordError(PasswordRefusedError):
    """It is too short."""

    code = "password_too_short"
    message = marked("This password is too short. It needs at least %(least)d characters.")
    figures: ClassVar = {"least": MIN_CHARACTERS}


class LongPasswordError(PasswordRefusedError):
    """It is too long."""

    code = "password_too_long"
    message = marked("This password is too long. It may have up to %(most)d characters.")
    figures: ClassVar = {"most": MAX_CHARACTERS}


class BannedPasswordError(PasswordRefusedError):
    """It is on the list of those that many people use, or nearly."""

    code = "password_banned"
    message = marked(
        "This is one of the passwords that many people use, or nearly one. Choose another."
    )


class TellingPasswordError(PasswordRefusedError):
    """It is made of what is known about its owner."""

    code = "password_telling"
    message = marked(
        "This password is made of your name, your email address or the name of this program. "
        "Use words that have nothing to do with you."
    )


class RepeatingPasswordError(PasswordRefusedError):
    """It is a repetition, a row of keys, a sequence or a date."""

    code = "password_repeating"
    message = marked(
        "This password repeats itself, or is a row of keys, a sequence or a date. "
        "Use several words that have nothing in common."
    )


def check_password(password: str, about: Iterable[str]) -> None:
    """Check a new password. `about` is what is known of its owner: email, name.

    Raises:
        PasswordRefusedError: one of its kinds says why.
    """
    if len(password) < MIN_CHARACTERS:
        raise ShortPasswordError
    if len(password) > MAX_CHARACTERS:
        raise LongPasswordError
    found = _estimate(password[:ESTIMATED_CHARACTERS], context_words(about))
    if found["guesses_log10"] < LEAST_GUESSES_LOG10:
        raise _reason(found["sequence"])


def context_words(about: Iterable[str]) -> list[str]:
    """Return the words of an email address and a name that a guesser would try first."""
    words: list[str] = list(OWN_WORDS)
    for text in about:
        parts = re.split(r"[\W_]+", text.casefold())
        words += [text.casefold(), *text.casefold().split("@"), "".join(parts), *parts]
    return sorted({word for word in words if len(word) >= SHORTEST_WORD})


def _estimate(password: str, words: list[str]) -> Any:
    # Half a surrogate pair is a character like any other here.
    plain = password.encode("utf-8", "replace").decode()[:ESTIMATED_CHARACTERS]
    with _one_at_a_time:
        return zxcvbn(plain, user_inputs=words, max_length=ESTIMATED_CHARACTERS)


def _reason(matches: list[dict[str, Any]]) -> PasswordRefusedError:
    """Return the error for the part of the password that a guesser finds most of it with."""
    longest = max(matches, key=lambda match: len(match["token"]))
    dictionary = longest.get("dictionary_name")
    if any(match.get("dictionary_name") == "user_inputs" for match in matches):
        return TellingPasswordError()
    if longest["pattern"] in ("repeat", "sequence", "spatial", "date"):
        return RepeatingPasswordError()
    return BannedPasswordError() if dictionary == "passwords" else PasswordRefusedError()
