"""The keys that the gateway holds: symmetric ones and pinned public ones, nothing that opens."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.verifying import VerifyingKey
from tipline.envelopes.writing import GatewayKeys

DEDUPE = "dedupe"
ENVELOPE_TAG = "envelope-tag"
STATUS_TAG = "status-tag"


@dataclass(frozen=True, slots=True, repr=False)
class GatewayKeySet:
    """Opened once at the start and kept in memory."""

    secrets: GatewayKeys
    intake_pin: VerifyingKey
    delivery_pin: VerifyingKey
    console_pin: VerifyingKey

    @classmethod
    def load(cls, folder: KeyFolder) -> GatewayKeySet:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: the folder is incomplete or does not open.
        """
        return cls(
            secrets=GatewayKeys(
                folder.read(DEDUPE), folder.read(ENVELOPE_TAG), folder.read(STATUS_TAG)
            ),
            intake_pin=folder.pinned("intake"),
            delivery_pin=folder.pinned("delivery"),
            console_pin=folder.pinned("console"),
        )
