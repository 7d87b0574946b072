"""Web Push against the RFC's own published example, and against a browser's side written here."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.webpush import PADDED_LENGTH, PushKey, check_browser, encrypt_push

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# RFC 8291, Appendix A.
SENDER = raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
BROWSER = raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
BROWSER_PUBLIC = raw(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
SECRET = raw("BTBZMqHH6r4Tts7J_aSIgg")
SALT = raw("DGv6ra1nlYgDCS1FRnbzlw")
TEXT = b"When I grow up, I want to be a watermelon"
BODY = raw(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
    "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
    "gSxsj_Qulcy4a-fN"
)


def opened(body: bytes, browser: PushKey, secret: bytes) -> bytes:
    """What a browser does with a push (RFC 8188, section 2; RFC 8291, section 3.4)."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size <= 4096

    def derive(key: bytes, by: bytes, info: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, by, info).derive(key)

    info = b"WebPush: info\x00" + browser.public + sender
    material = derive(browser.shared(sender), secret, info, 32)
    key = derive(material, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = derive(material, salt, b"Content-Encoding: nonce\x00", 12)
    text, mark, padding = AESGCM(key).decrypt(nonce, record, None).rpartition(b"\x02")
    assert mark == b"\x02"
    assert not padding.strip(b"\x00")
    return text


def test_the_published_example() -> None:
    key = PushKey(SENDER)
    made = encrypt_push(TEXT, BROWSER_PUBLIC, SECRET, key=key, salt=SALT, padded=len(TEXT) + 1)
    assert made == BODY
    assert opened(BODY, PushKey(BROWSER), SECRET) == TEXT


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=900).filter(lambda text: b"\x02" not in text))
def test_a_browser_opens_what_was_made_for_it_and_its_length_says_nothing(text: bytes) -> None:
    browser = PushKey(BROWSER)
    body = encrypt_push(text, browser.public, SECRET)
    assert opened(body, browser, SECRET) == text
    assert len(body) == len(encrypt_push(b"", browser.public, SECRET))
    assert len(body) < PADDED_LENGTH + 200
    assert body != encrypt_push(text, browser.public, SECRET), "key and salt are new every time"


def test_another_browser_or_another_secret_opens_nothing() -> None:
    body = encrypt_push(TEXT, BROWSER_PUBLIC, SECRET)
    with pytest.raises(InvalidTag):
        opened(body, PushKey.generate(), SECRET)
    with pytest.raises(InvalidTag):
        opened(body, PushKey(BROWSER), bytes(16))


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        (b"", SECRET),
        (BROWSER_PUBLIC[:-1], SECRET),
        (BROWSER_PUBLIC + b"\x00", SECRET),
        (b"\x04" + bytes(64), SECRET),
        (b"\x00" * 65, SECRET),
        (BROWSER_PUBLIC, b""),
        (BROWSER_PUBLIC, SECRET + b"\x00"),
    ],
    ids=["none", "short", "long", "not on the curve", "zero", "no secret", "long secret"],
)
def test_what_is_no_key_is_refused(public: bytes, secret: bytes) -> None:
    with pytest.raises(CannotOpenError):
        check_browser(public, secret)
    with pytest.raises(CannotOpenError):
        encrypt_push(TEXT, public, secret)


@pytest.mark.parametrize("seed", [b"", bytes(32), b"\xff" * 32], ids=["none", "zero", "too big"])
def test_what_is_no_private_key_is_refused(seed: bytes) -> None:
    with pytest.raises(CannotOpenError):
        PushKey(seed)


def test_a_push_service_can_check_who_sends() -> None:
    """RFC 8292: a JWT that is good for one push service, with the key that signed it."""
    key = PushKey.generate()
    assert PushKey(key.seed).public == key.public
    said = key.authorization("https://push.example.net", "https://staff.example.org", NOW)
    scheme, _, rest = said.partition(" ")
    parts = dict(part.split("=") for part in rest.split(", "))
    assert (scheme, raw(parts["k"])) == ("vapid", key.public)
    signed, _, signature = parts["t"].rpartition(".")
    head, claims = (json.loads(raw(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {
        "aud": "https://push.example.net",
        "sub": "https://staff.example.org",
        "exp": int(NOW.timestamp()),
    }
    pair = raw(signature)
    assert len(pair) == 64
    der = encode_dss_signature(int.from_bytes(pair[:32]), int.from_bytes(pair[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(parts["k"]))
    public.verify(der, signed.encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, signed.encode() + b"x", ec.ECDSA(SHA256()))
