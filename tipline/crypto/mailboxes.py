"""A mailbox's key pair, derived from the seven words that its resident has just brought.

The gateway may reach this module and no other that opens anything: the key is made of a receipt and
of nothing else, so no stored key opens with it, and what opens is a letter and nothing else.
"""

from __future__ import annotations

from functools import cache

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.hybrid import HybridPrivateKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.receipts import Receipt
from tipline.crypto.sealing import SealingKey

LETTER = "letter"


class MailboxKey:
    """The private key of one receipt's mailbox, for as long as a request lasts."""

    __slots__ = ("_key", "public", "tag")

    public: SealingKey

    def __init__(self, receipt: Receipt, salt: bytes) -> None:
        """Derive tag and key pair from a receipt's words and a salt (32 bytes)."""
        self._key = HybridPrivateKey(receipt.mailbox_seed(salt))
        self.public = self._key.public
        self.tag = receipt.mailbox_tag(salt)

    def open_letter(self, sealed: bytes, line_id: str, thread_id: str, sequence: int) -> bytes:
        """Return what a letter says.

        Raises:
            CannotOpenError: it is none, or is sealed to another mailbox or for another place.
        """
        return self._key.open(sealed, letter_context(line_id, thread_id, sequence))

    def open_nothing(self) -> None:
        """Do the work of opening a letter, with a value that opens for nobody."""
        try:
            self._key.decrypt(_decoy(), letter_context("", "", 0))
        except CannotOpenError:
            return


def letter_context(line_id: str, thread_id: str, sequence: int) -> Context:
    """Return the place to which a letter is bound: that of the reply in its thread."""
    return Context(LETTER, line_id, thread_id, sequence)


@cache
def _decoy() -> bytes:
    """Return a value as long as a letter, sealed to a key that was forgotten at once."""
    forgotten = MailboxKey(Receipt.generate(), b"").public
    return forgotten.seal(b"", letter_context("", "", 0), MESSAGE_BUCKET)
