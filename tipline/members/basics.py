"""What others need to know of members: without what checks passwords and passkeys.

Those parse what strangers send, in ways (ASN.1, CBOR) that no worker needs to have in its memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tipline.crypto.opening import OpeningKey
from tipline.errors import TiplineError
from tipline.language.marking import marked

IDLE_AFTER = timedelta(days=90)


class NoSuchMemberError(TiplineError):
    """There is no member with this e-mail address."""

    code = "no_such_member"
    message = marked("There is no member with this email address.")


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """A member who has proved who they are, with the opened private key."""

    member_id: str
    key: OpeningKey


def is_idle(enabled_on: date | None, last_signed_in: date | None, today: date) -> bool:
    """Tell whether nobody has signed in for ninety days since an account was last enabled."""
    since = max(enabled_on or date.min, last_signed_in or date.min)
    return today - since >= IDLE_AFTER


def normalise_email(email: str) -> str:
    """Return one spelling of an e-mail address. PostgreSQL could not even look for a zero byte."""
    return email.strip().casefold().replace("\0", "\ufffd")
