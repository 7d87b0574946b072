"""Fields that a page carries and that nobody else can read, make or change.

There is no session and no cookie, so what the server must know again (which form this is, which
words opened this page) travels in the page, encrypted under a key that is derived from a secret of
the gateway and the day. Nothing is stored; what is too old does not open.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.generations import Generations
from tipline.errors import TiplineError

SECONDS_IN_A_DAY = 86_400
TIME_LENGTH = 8
FIELD = re.compile(r"[A-Za-z0-9_-]{1,1024}")
# A page of another process may come from a clock that is a little ahead.
SKEW = timedelta(minutes=2)


class Use(StrEnum):
    """What a sealed field is for. A field of one use does not open for another."""

    TIP = "tip form"
    RECEIPT = "receipt"
    REPLIES = "replies"
    TURN = "turn at the turnstile"
    MESSAGE = "further message"
    DELETE = "delete replies"
    FORGET = "forget"


class StaleFieldError(TiplineError):
    """A sealed field is too old, was changed, or belongs elsewhere."""

    code = "stale_field"
    message = "A form's sealed field does not open."


class Seals:
    """Seals and opens fields, with a secret that all gateway processes share.

    Each day has a key of its own, so no key seals too much. A field that was sealed before the
    secret was rotated, or by a process that has not seen it yet, opens as long as any other.
    """

    def __init__(self, secrets: Generations) -> None:
        """Take the secret (32 random bytes) in its generations."""
        self._secrets = secrets

    def seal(self, use: Use, content: bytes, now: datetime, line_id: str = "") -> str:
        """Return a field's value: unpadded URL-safe base64."""
        seconds = int(now.timestamp())
        key = _key(self._secrets.current.key, seconds)
        sealed = encrypt(key, content, _context(use, line_id, seconds))
        raw = seconds.to_bytes(TIME_LENGTH, "big") + sealed
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    def open(
        self, use: Use, value: str, lifetime: timedelta, now: datetime, line_id: str = ""
    ) -> bytes:
        """Return what was sealed for this use and line, at most `lifetime` ago.

        Raises:
            StaleFieldError: it was not.
        """
        if not FIELD.fullmatch(value):
            raise StaleFieldError
        try:
            raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except ValueError:
            raise StaleFieldError from None
        seconds = int.from_bytes(raw[:TIME_LENGTH], "big")
        age = now.timestamp() - seconds
        if not -SKEW.total_seconds() <= age <= lifetime.total_seconds():
            raise StaleFieldError
        context = _context(use, line_id, seconds)
        # Not before its age was checked: a number of seconds may be beyond all dates.
        for secret in self._secrets.of_day(datetime.fromtimestamp(seconds, UTC).date()):
            with suppress(CannotOpenError):
                return decrypt(_key(secret, seconds), raw[TIME_LENGTH:], context)
        raise StaleFieldError


def _key(secret: bytes, seconds: int) -> bytes:
    return hkdf(hkdf(secret, "public pages"), "web form", seconds // SECONDS_IN_A_DAY)


def _context(use: Use, line_id: str, seconds: int) -> Context:
    return Context(f"web form: {use.value}", line_id, sequence=seconds)
