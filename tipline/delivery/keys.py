"""The keys that the delivery worker holds."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

SIGNING = "signing"
STATUS_TAG = "status-tag"
REF = "ref"
# Signs pushes to members' browsers (RFC 8292).
PUSH = "push"


@dataclass(frozen=True, slots=True, repr=False)
class DeliveryKeys:
    """Opened at the start, and again when the folder has changed; kept in memory."""

    signing: SigningKey
    # All generations of the key that the gateway shares, the newest first.
    status_tags: tuple[bytes, ...]
    ref: bytes
    intake_pin: VerifyingKey
    console_pin: VerifyingKey

    @classmethod
    def load(cls, folder: KeyFolder) -> DeliveryKeys:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: the folder is incomplete or does not open.
        """
        return cls(
            signing=SigningKey(folder.read(SIGNING)),
            status_tags=Generations.load(folder, STATUS_TAG).keys,
            ref=folder.read(REF),
            intake_pin=folder.pinned("intake"),
            console_pin=folder.pinned("console"),
        )
