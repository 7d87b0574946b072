"""The keys that the console holds: none of them opens a tip."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PEPPER = "pepper"
SIGNING = "signing"


@dataclass(frozen=True, slots=True, repr=False)
class ConsoleKeys:
    """The sign-in pepper, the key that certifies lines, and the workers' pinned keys."""

    pepper: bytes
    signing: SigningKey
    intake_pin: VerifyingKey
    delivery_pin: VerifyingKey

    @classmethod
    def load(cls, folder: KeyFolder) -> ConsoleKeys:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: the folder is incomplete or does not open.
        """
        return cls(
            folder.read(PEPPER),
            SigningKey(folder.read(SIGNING)),
            folder.pinned("intake"),
            folder.pinned("delivery"),
        )
