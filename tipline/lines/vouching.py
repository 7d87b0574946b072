"""How a line's key vouches for a holder's public key.

Whoever writes to the database, and swaps a member's public key there, has no such signature and is
granted nothing more. It says as well how the line came to know the key: whether somebody who held
the line's keys compared its fingerprint, or the member's own earlier key was followed by it.
"""

from __future__ import annotations

from enum import Enum

from tipline.crypto.encoding import Field
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.verifying import VerifyingKey


class Vouched(Enum):
    """What a line's signature says of a holder's key; the value is the signature's purpose.

    `SUCCEEDED`: the member made it in the place of one that was vouched for, and nobody has
    compared its fingerprint since.
    """

    COMPARED = "key admission"
    SUCCEEDED = "key succession"


def admission_fields(
    line_id: str, generation: int, holder: str, public: bytes
) -> tuple[Field, ...]:
    """Return what the line signs of a grant."""
    return (line_id, generation, holder, public)


def how_vouched(
    signer: VerifyingKey, fields: tuple[Field, ...], admission: bytes | None
) -> Vouched | None:
    """Return how a generation's signing key vouches for a holder's key; None: not at all."""
    for one in Vouched:
        try:
            signer.verify(admission or b"", one.value, *fields)
        except NotAuthenticError:
            continue
        return one
    return None
