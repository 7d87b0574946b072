"""The key that the records worker holds, and the name that it gives the log.

The private side, as `signing_notes` is: the gateway must not reach this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tipline.audit.names import first_of
from tipline.audit.publishing import OtherLogError
from tipline.audit.signing_notes import NoteSigner
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.signing import SigningKey

SIGNING: Final = "signing"
DIGITS: Final = 8  # of the key's id, in hexadecimal


@dataclass(frozen=True, slots=True, repr=False)
class RecordsKeys:
    """Opened at the start and kept in memory."""

    signing: SigningKey

    @classmethod
    def load(cls, folder: KeyFolder) -> RecordsKeys:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: the folder is incomplete or does not open.
            CannotOpenError: what it holds is no such key.
        """
        return cls(signing=SigningKey(folder.read(SIGNING)))

    def new_origin(self, public_url: str) -> str:
        """Return the name of a log that this key begins: `tips.example.org/log/1f2e3d4c`.

        A log's name is its key's as well (https://c2sp.org/tlog-checkpoint) and belongs to no other
        log; so digits of the key stand in it, and another instance at this host gets another name.
        """
        return f"{urlsplit(public_url).hostname}/log/{self._digits}"

    def signer(self, origin: str) -> NoteSigner:
        """Return what signs the notes of the log of this name.

        The name is the log's own and not made anew: the host may have become another one since. A
        log that continues another has the same key, under its own name: what it signs begins with
        that name, so that nothing signed for one passes for the other's.

        Raises:
            OtherLogError: another key began this log.
            VerifierKeyError: no log can have this name.
        """
        if first_of(origin).rpartition("/")[2] != self._digits:
            raise OtherLogError
        return NoteSigner(origin, self.signing)

    @property
    def _digits(self) -> str:
        return self.signing.public.key_id.hex()[:DIGITS]
