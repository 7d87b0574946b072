"""A member's blob: private key and TOTP secret, under the password and the console's pepper.

There is no separate password hash: a right password is one that opens the blob.
"""

from __future__ import annotations

import json
import os
from base64 import b32encode, b64decode, b64encode
from dataclasses import dataclass

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import SALT_LENGTH, hkdf, stretch
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import SECRET_LENGTH


@dataclass(frozen=True, slots=True, repr=False)
class Passkey:
    """A passkey's id and public key (COSE). Public, but sealed, so that nobody else adds one."""

    id: bytes
    public: bytes


@dataclass(frozen=True, slots=True, repr=False)
class MemberSecret:
    """What only the signed-in member has: a private key, and what proves a second factor."""

    key: OpeningKey
    totp_secret: bytes
    passkeys: tuple[Passkey, ...] = ()

    def seal(self, member_id: str, password: str, pepper: bytes) -> bytes:
        """Return the blob: salt, then AES-GCM under HKDF(Argon2id(password), pepper)."""
        content = {
            "key": b64encode(self.key.seed).decode(),
            "totp": b64encode(self.totp_secret).decode(),
            "passkeys": [
                [b64encode(one.id).decode(), b64encode(one.public).decode()]
                for one in self.passkeys
            ],
        }
        salt = os.urandom(SALT_LENGTH)
        key = _blob_key(password, salt, pepper)
        return salt + encrypt(key, json.dumps(content).encode(), _context(member_id))

    @classmethod
    def open(cls, member_id: str, blob: bytes, password: str, pepper: bytes) -> MemberSecret:
        """Return the opened secret.

        Raises:
            CannotOpenError: the password is wrong, or the blob is not this member's.
        """
        salt, sealed = blob[:SALT_LENGTH], blob[SALT_LENGTH:]
        content = json.loads(
            decrypt(_blob_key(password, salt, pepper), sealed, _context(member_id))
        )
        passkeys = tuple(
            Passkey(b64decode(one), b64decode(public))
            for one, public in content.get("passkeys", ())
        )
        return cls(OpeningKey(b64decode(content["key"])), b64decode(content["totp"]), passkeys)


def new_totp_secret() -> bytes:
    """Return a new secret for one-time codes (160 bits, RFC 4226, section 4)."""
    return os.urandom(SECRET_LENGTH)


def totp_text(secret: bytes) -> str:
    """Return a secret as authenticator apps take it: base32 without padding."""
    return b32encode(secret).decode().rstrip("=")


def spend_password_time(password: str) -> None:
    """Cost what opening a blob costs, for an account that does not exist."""
    stretch(password, bytes(SALT_LENGTH))


def _blob_key(password: str, salt: bytes, pepper: bytes) -> bytes:
    if len(salt) != SALT_LENGTH:
        raise CannotOpenError
    return hkdf(stretch(password, salt), "member blob", salt=pepper)


def _context(member_id: str) -> Context:
    return Context("member blob", thread=member_id)
