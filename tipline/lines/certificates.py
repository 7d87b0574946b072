"""Line certificates: which public keys, address and words belong to a line.

The first generation is certified by the console's signing key, which intake, delivery and gateway
have pinned. So whoever writes to the database cannot put a key of their own, another line's
address, or other words for the first answer in a line's place.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "line certificate"


@dataclass(frozen=True, slots=True)
class LineCertificate:
    """What is certified of a line."""

    line_id: str
    generation: int
    slug: str
    name: str
    address: str
    acknowledgement: str
    sealing: SealingKey
    verifying: VerifyingKey
    office_hours: str = ""
    after_hours: str = ""

    def fields(self) -> tuple[str | int | bytes, ...]:
        """Return the fields that are signed, in order."""
        return (
            self.line_id,
            self.generation,
            self.slug,
            self.name,
            self.address,
            self.acknowledgement,
            self.sealing.raw,
            self.verifying.raw,
            *self._hours(),
        )

    def _hours(self) -> tuple[str, ...]:
        """Return what is signed of the hours. Nothing without any: as before there were hours."""
        hours = (self.office_hours, self.after_hours)
        return hours if any(hours) else ()

    def check(self, sealing: bytes, verifying: bytes) -> None:
        """Check that public keys are the certified ones.

        Raises:
            CannotOpenError: somebody granted other keys than the line's.
        """
        if (sealing, verifying) != (self.sealing.raw, self.verifying.raw):
            raise CannotOpenError
