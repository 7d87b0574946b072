"""One-time codes (RFC 6238): SHA-1, six digits, thirty seconds, as authenticator apps make them."""

from __future__ import annotations

import hmac
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
DIGITS = 6
SECRET_LENGTH = 20
DRIFT_STEPS = 1


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step."""
    totp = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238 says SHA-1
    return totp.generate(step * STEP_SECONDS).decode()


def matching_step(secret: bytes, code: str, now: datetime, last_used_step: int) -> int | None:
    """Return the time step whose code this is, or None.

    A step that was used, or that is older than one used, never matches: codes work once
    (RFC 6238, section 5.2). One step of drift is allowed each way.
    """
    current = int(now.timestamp()) // STEP_SECONDS
    given = code.replace(" ", "").encode()
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given) and step > last_used_step:
            found = step
    return found
