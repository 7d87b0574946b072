"""A line's key bundle: the private keys that only its members hold."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey

RECOVERY_HOLDER = "recovery"
SEED_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class LineBundle:
    """The opening and signing key of one generation of a line."""

    line_id: str
    generation: int
    opening: OpeningKey
    signing: SigningKey

    @classmethod
    def generate(cls, line_id: str, generation: int) -> LineBundle:
        """Return a new bundle."""
        return cls(line_id, generation, OpeningKey.generate(), SigningKey.generate())

    def seal_to(self, holder: str, key: SealingKey) -> bytes:
        """Return the bundle sealed to a member's key, or to the recovery key."""
        content = self.opening.seed + self.signing.seed
        return key.seal(content, _context(self.line_id, self.generation, holder))

    @classmethod
    def open(
        cls, line_id: str, generation: int, holder: str, sealed: bytes, key: OpeningKey
    ) -> LineBundle:
        """Return the bundle that was granted to a holder.

        Raises:
            CannotOpenError: it was not sealed to this holder for this line and generation.
        """
        content = key.open(sealed, _context(line_id, generation, holder))
        if len(content) != 2 * SEED_LENGTH:
            raise CannotOpenError
        return cls(
            line_id,
            generation,
            OpeningKey(content[:SEED_LENGTH]),
            SigningKey(content[SEED_LENGTH:]),
        )


def recovery_words(key: OpeningKey) -> str:
    """Return the offline recovery key as groups of four characters (base32, 256 bits)."""
    text = base64.b32encode(key.seed).decode().rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def recovery_key(words: str) -> OpeningKey:
    """Return the recovery key from its groups of characters.

    Raises:
        CannotOpenError: these are no recovery key.
    """
    text = words.replace("-", "").replace(" ", "").upper()
    try:
        return OpeningKey(base64.b32decode(text + "=" * (-len(text) % 8)))
    except ValueError:
        raise CannotOpenError("This is not a recovery key.") from None


def _context(line_id: str, generation: int, holder: str) -> Context:
    return Context("line bundle", line_id, holder, generation)
