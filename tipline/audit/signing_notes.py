"""Signing notes: the private side of `notes`. The gateway must not reach this module."""

from __future__ import annotations

from tipline.audit.checkpoints import parse
from tipline.audit.lines import MOST
from tipline.audit.notes import format_note
from tipline.audit.verifiers import (
    TIME_LENGTH,
    NoteError,
    Signature,
    SignatureType,
    Verifier,
    cosigned_message,
)
from tipline.crypto.signing import SigningKey


class NoteSigner:
    """A log's own key, which signs nothing but its notes.

    Raises:
        VerifierKeyError: the name is none that a key can have.
    """

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, key: SigningKey) -> None:
        """Give the key its name: for a checkpoint, the log's origin."""
        self._key = key
        self.verifier = Verifier(name, SignatureType.ED25519, key.public)

    def sign(self, text: str) -> Signature:
        """Return the signature of a note's text."""
        raw = self._key.sign_raw(text.encode())
        return Signature(self.verifier.name, self.verifier.key_id, raw)


def sign_note(text: str, signer: NoteSigner) -> bytes:
    """Return a note of a text with one signature. Its last line must be ended.

    Raises:
        NoteError: the text cannot be signed.
    """
    try:
        return format_note(text, (signer.sign(text),))
    except UnicodeEncodeError:
        raise NoteError from None


def cosign(text: str, name: str, key: SigningKey, seconds: int) -> Signature:
    """Return a witness's signature (https://c2sp.org/tlog-cosignature) of a checkpoint's text.

    Whoever signs must have seen that this checkpoint begins with every one that it signed before,
    of the same log, with a key that signs nothing else.

    Args:
        text: the checkpoint's text.
        name: the witness's name.
        key: its key.
        seconds: when it saw that, in seconds since 1970 (UTC).

    Raises:
        CheckpointError: the text is no checkpoint.
        NoteError: the name is none that a key can have, or the time none that can be written.
    """
    parse(text)
    verifier = Verifier(name, SignatureType.COSIGNATURE_V1, key.public)
    if not 0 <= seconds <= MOST:
        raise NoteError
    raw = key.sign_raw(cosigned_message(text, seconds))
    return Signature(name, verifier.key_id, seconds.to_bytes(TIME_LENGTH) + raw)
