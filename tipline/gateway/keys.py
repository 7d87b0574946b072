"""The keys that the gateway holds: symmetric ones and pinned public ones, nothing that opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tipline import logs
from tipline.crypto.generations import Generations, destroy_older
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.verifying import VerifyingKey
from tipline.envelopes.keys import GatewayKeys
from tipline.envelopes.models import DEDUPE_LIFETIME

LANE = "lane"
# Kinds with generations.
DEDUPE = "dedupe"
ENVELOPE_TAG = "envelope-tag"
STATUS_TAG = "status-tag"


@dataclass(frozen=True, slots=True, repr=False)
class GatewayKeySet:
    """Opened at the start, and again when the folder has changed; kept in memory."""

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
                folder.read(LANE),
                Generations.load(folder, DEDUPE),
                Generations.load(folder, ENVELOPE_TAG).current.key,
                Generations.load(folder, STATUS_TAG).current.key,
            ),
            intake_pin=folder.pinned("intake"),
            delivery_pin=folder.pinned("delivery"),
            console_pin=folder.pinned("console"),
        )


def destroy_outlived(dedupe: Generations, folder: KeyFolder, today: date) -> None:
    """Destroy dedupe keys of which no tag is kept any more. Costs next to nothing if none is."""
    if not dedupe.older:
        return
    number = dedupe.outlived(today - DEDUPE_LIFETIME)
    if number == dedupe.all[-1].number:
        return
    try:
        destroy_older(folder, DEDUPE, number)
    except OSError as error:
        # A message must not be refused because an old key cannot be removed.
        logs.failure("key_not_destroyed", error)
