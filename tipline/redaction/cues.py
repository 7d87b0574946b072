"""What the rules about owners share: the answer, and words that name a detail or bind it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words


class Owner(Enum):
    """Whose a detail is, as far as its sentence tells."""

    SENDER = "sender"
    OTHER = "other"
    UNKNOWN = "unknown"


SENDER, OTHER, UNKNOWN = Owner.SENDER, Owner.OTHER, Owner.UNKNOWN

ID_WORDS: Final = (
    Role.PHONE
    | Role.EMAIL
    | Role.NAME
    | Role.ADDRESS
    | Role.SSN
    | Role.DL
    | Role.PLATE
    | Role.DOB
    | Role.HANDLE
    | Role.IP
    | Role.CARD
    | Role.ACCOUNT
    | Role.GEO
)
REACHED: Final = Role.PHONE | Role.EMAIL  # where somebody is reached
IS: Final = words("is are was es son era be iz its it's thats that's = esta belongs")
