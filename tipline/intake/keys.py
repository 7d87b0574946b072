"""The keys that the intake worker holds."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.errors import KeyMissingError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.identity.addresses import IndexKeys

SIGNING = "signing"
ENVELOPE_TAG = "envelope-tag"
SET_ASIDE = "set-aside"
SUPPRESSION = "suppression"
INDEX_PREFIX = "index-"


@dataclass(frozen=True, slots=True, repr=False)
class IntakeKeys:
    """Opened once at the start and kept in memory."""

    signing: SigningKey
    envelope_tag: bytes
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
        generations = {
            int(name.removeprefix(INDEX_PREFIX)): folder.read(name)
            for name in folder.names(INDEX_PREFIX)
        }
        if not generations:
            raise KeyMissingError
        if not generations:
            raise KeyMissingError
        return cls(
            signing=SigningKey(folder.read(SIGNING)),
            envelope_tag=folder.read(ENVELOPE_TAG),
            set_aside=OpeningKey(folder.read(SET_ASIDE)),
            index=IndexKeys(generations, folder.read(SUPPRESSION)),
            delivery_pin=folder.pinned("delivery"),
            console_pin=folder.pinned("console"),
        )
