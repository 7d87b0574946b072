"""Web Push: encrypting for a browser (RFC 8291, RFC 8188) and signing as its sender (RFC 8292).

These standards prescribe P-256 and AES-128-GCM; nothing else of ours uses them. What goes through
them is the same few words for everybody, so nothing depends on them but that.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tipline.crypto.errors import CannotOpenError

CURVE = ec.SECP256R1()
SEED_LENGTH = 32
PUBLIC_LENGTH = 65
SECRET_LENGTH = 16
SALT_LENGTH = 16
# Push services take at least this much (RFC 8030, section 7.2): header, record and its tag.
RECORD_LENGTH = 4096
# Every alert has the same length on its way.
PADDED_LENGTH = 1024
LAST_RECORD = b"\x02"


class PushKey:
    """A private P-256 key, kept as its 32-byte scalar."""

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        """Load the key.

        Raises:
            CannotOpenError: these bytes are no key.
        """
        try:
            self._key = ec.derive_private_key(int.from_bytes(seed), CURVE)
        except ValueError:
            raise CannotOpenError from None
        self.seed = seed
        self.public = _raw(self._key.public_key())

    @classmethod
    def generate(cls) -> PushKey:
        """Return a new random key."""
        number = ec.generate_private_key(CURVE).private_numbers().private_value
        return cls(number.to_bytes(SEED_LENGTH))

    def authorization(self, audience: str, subject: str, expires: datetime) -> str:
        """Return the `Authorization` header of a push (RFC 8292, section 3).

        `audience` is the origin of the push service, `subject` a URL of ours, `expires` at most a
        day away.
        """
        claims = {"aud": audience, "exp": int(expires.timestamp()), "sub": subject}
        head = {"typ": "JWT", "alg": "ES256"}
        signed = ".".join(_text(json.dumps(part).encode()) for part in (head, claims))
        der = self._key.sign(signed.encode(), ec.ECDSA(SHA256()))
        # RFC 7518, section 3.4: the two numbers side by side instead of DER.
        pair = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
        return f"vapid t={signed}.{_text(pair)}, k={_text(self.public)}"

    def shared(self, public: bytes) -> bytes:
        """Return the secret that this key shares with a public one (ECDH).

        Raises:
            CannotOpenError: these bytes are no public key.
        """
        return self._key.exchange(ec.ECDH(), _point(public))


def check_browser(public: bytes, secret: bytes) -> None:
    """Check what a browser handed over when it subscribed.

    Raises:
        CannotOpenError: it is no P-256 public key and 16-byte secret.
    """
    if len(secret) != SECRET_LENGTH:
        raise CannotOpenError
    _point(public)


def encrypt_push(
    plaintext: bytes,
    browser: bytes,
    secret: bytes,
    *,
    key: PushKey | None = None,
    salt: bytes | None = None,
    padded: int = PADDED_LENGTH,
) -> bytes:
    """Return the body of a push (content coding `aes128gcm`, one record).

    `key` and `salt` are new for every push; only a test with published values brings its own.

    Raises:
        CannotOpenError: the browser's public key or secret is none.
    """
    check_browser(browser, secret)
    key, salt = key or PushKey.generate(), salt or os.urandom(SALT_LENGTH)
    # RFC 8291, section 3.4.
    info = b"WebPush: info\0" + browser + key.public
    material = _derive(key.shared(browser), secret, info, 32)
    content_key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    record = (plaintext + LAST_RECORD).ljust(padded, b"\0")
    head = salt + RECORD_LENGTH.to_bytes(4) + bytes([len(key.public)]) + key.public
    return head + AESGCM(content_key).encrypt(nonce, record, None)


def _derive(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def _point(public: bytes) -> ec.EllipticCurvePublicKey:
    if len(public) != PUBLIC_LENGTH:
        raise CannotOpenError
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)
    except ValueError:
        raise CannotOpenError from None


def _raw(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
