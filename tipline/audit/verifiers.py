"""Who signs notes, and what a signature is: names, key ids, verifier keys.

Two kinds of keys are known: a log's own (Ed25519, https://c2sp.org/signed-note), and that of a
witness, who says when it saw that a log had only grown (https://c2sp.org/tlog-cosignature).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from tipline.audit.lines import MOST, decoded, encoded, is_line
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.verifying import PUBLIC_LENGTH, SIGNATURE_LENGTH, VerifyingKey
from tipline.errors import TiplineError

KEY_ID_LENGTH: Final = 4  # bytes
TIME_LENGTH: Final = 8  # bytes, before a cosignature
SIGNED_BY: Final = "— "  # U+2014


class NoteError(TiplineError):
    """What stands where a signed note belongs is none."""

    code = "note"
    message = "A signed note is not written as the format says."


class WrongSignatureError(NoteError):
    """A known key has not signed what a signature in its name stands under."""

    code = "note_wrong_signature"
    message = "A signature in the name of a known key is wrong."


class VerifierKeyError(NoteError):
    """What stands where a verifier key belongs is none, or two are taken for one another."""

    code = "note_verifier_key"
    message = "A verifier key is not written as the format says."


class SignatureType(IntEnum):
    """What a key signs: the byte by which the kinds are told apart."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


@dataclass(frozen=True, slots=True, repr=False)
class Signature:
    """One line of signature.

    Attributes:
        name: the key's name.
        key_id: what tells the key from others of that name (4 bytes).
        raw: what it signed with: its format is the key's.

    Raises:
        NoteError: one of them cannot be written.
    """

    name: str
    key_id: bytes
    raw: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.key_id) != KEY_ID_LENGTH or not self.raw:
            raise NoteError

    def line(self) -> str:
        """Return the line, ended."""
        return f"{SIGNED_BY}{self.name} {encoded(self.key_id + self.raw)}\n"


@dataclass(frozen=True, slots=True, repr=False)
class Verifier:
    """Whose signatures are believed: a name, a kind, a public key.

    Raises:
        VerifierKeyError: the name is none that a key can have.
    """

    name: str
    kind: SignatureType
    key: VerifyingKey

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise VerifierKeyError

    @property
    def key_id(self) -> bytes:
        """Return what tells the key from others of its name (4 bytes)."""
        material = self.name.encode() + b"\n" + bytes([self.kind]) + self.key.raw
        return hashlib.sha256(material).digest()[:KEY_ID_LENGTH]

    @classmethod
    def from_vkey(cls, text: str) -> Self:
        """Return the key that is written `name+key id+base64`.

        Raises:
            VerifierKeyError: it is not written so, or of another kind.
        """
        name, _, rest = text.partition("+")
        key_id, _, key = rest.partition("+")
        material = decoded(key)
        if material is None or len(material) != 1 + PUBLIC_LENGTH:
            raise VerifierKeyError
        if material[0] not in list(SignatureType):
            raise VerifierKeyError
        verifier = cls(name, SignatureType(material[0]), VerifyingKey(material[1:]))
        if verifier.key_id.hex() != key_id:
            raise VerifierKeyError
        return verifier

    def vkey(self) -> str:
        """Return the key as `name+key id+base64`, which is what operators exchange."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.key.raw)}"

    @property
    def fingerprint(self) -> str:
        """Return what two people read to each other to be sure of the key and its name."""
        return fingerprint(self.vkey().encode())

    def check(self, text: str, signature: Signature) -> None:
        """Check that this key has signed a note's text.

        Raises:
            WrongSignatureError: it has not.
        """
        message, raw = text.encode(), signature.raw
        try:
            if self.kind is SignatureType.COSIGNATURE_V1:
                message = cosigned_message(text, cosigned_at(signature))
                raw = raw[TIME_LENGTH:]
            self.key.verify_raw(raw, message)
        except (NotAuthenticError, NoteError):
            raise WrongSignatureError from None


def is_key_name(name: str) -> bool:
    """Return whether a key can be called so: not empty, no space, no plus, no control character."""
    return is_line(name) and "+" not in name and not any(map(str.isspace, name))


def cosigned_at(signature: Signature) -> int:
    """Return when a witness signed, in seconds since 1970 (UTC).

    Raises:
        NoteError: the signature is no cosignature.
    """
    seconds = int.from_bytes(signature.raw[:TIME_LENGTH])
    if len(signature.raw) != TIME_LENGTH + SIGNATURE_LENGTH or seconds > MOST:
        raise NoteError
    return seconds


def cosigned_message(text: str, seconds: int) -> bytes:
    """Return what a witness signs of a checkpoint's text, `seconds` after 1970 began (UTC)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
