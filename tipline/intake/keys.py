"""The keys that the intake worker holds."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.identity.addresses import IndexKeys

SIGNING = "signing"
ENVELOPE_TAG = "envelope-tag"
SET_ASIDE = "set-aside"
SUPPRESSION = "suppression"
INDEX = "index"


@dataclass(frozen=True, slots=True, repr=False)
class IntakeKeys:
    """Opened at the start, and again when the folder has changed; kept in memory."""

    signing: SigningKey
    # All generations of the key that the gateway shares, the newest first.
    envelope_tags: tuple[bytes, ...]
    set_aside: OpeningKey
    index: IndexKeys
    delivery_pin: VerifyingKey
    console_pin: VerifyingKey

    @classmethod
    def load(cls, folder: KeyFolder) -> IntakeKeys:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: the folder is incomplete or does not open.
        """
        return cls(
            signing=SigningKey(folder.read(SIGNING)),
            envelope_tags=Generations.load(folder, ENVELOPE_TAG).keys,
            set_aside=OpeningKey(folder.read(SET_ASIDE)),
            index=IndexKeys(Generations.load(folder, INDEX), Generations.load(folder, SUPPRESSION)),
            delivery_pin=folder.pinned("delivery"),
            console_pin=folder.pinned("console"),
        )
