"""Why a message did not arrive, sealed to its thread and signed by the delivery worker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "delivery detail"
NO_WAY_BACK = -1


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """The provider's error code (0: none; -1: the way back is closed) and the exact time."""

    code: int
    at: datetime

    def seal(
        self, line_id: str, thread_id: str, uid: str, thread: SealingKey, signer: SigningKey
    ) -> tuple[bytes, bytes]:
        """Return the detail sealed to its thread, and the signature over it."""
        context = _context(line_id, thread_id, uid)
        raw = json.dumps({"code": self.code, "at": self.at.isoformat()}).encode()
        sealed = thread.seal(raw, context)
        return sealed, signer.sign(PURPOSE, context.info(), sealed)


def open_detail(
    sealed: bytes,
    signature: bytes,
    line_id: str,
    thread_id: str,
    uid: str,
    thread: OpeningKey,
    pin: VerifyingKey,
) -> DeliveryDetail:
    """Return a delivery detail.

    Raises:
        NotAuthenticError: the delivery worker did not sign it.
        CannotOpenError: it does not open.
    """
    context = _context(line_id, thread_id, uid)
    pin.verify(signature, PURPOSE, context.info(), sealed)
    try:
        fields = json.loads(thread.open(sealed, context))
        return DeliveryDetail(int(fields["code"]), datetime.fromisoformat(fields["at"]))
    except (ValueError, KeyError, TypeError):
        raise CannotOpenError from None


def _context(line_id: str, thread_id: str, uid: str) -> Context:
    return Context("delivery detail", line_id, thread_id, uid)
