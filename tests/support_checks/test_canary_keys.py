"""The canary scan finds a key by its bytes, however they are written."""

from __future__ import annotations

import base64
import json
import pickle
import random
import zlib
from urllib.parse import quote

import pytest

from tests.support.canary import Canary, scan_bytes

KEY = bytes(range(200, 232))
CANARIES = [Canary("a key", KEY.hex(), "key")]
FORMS = {
    "raw": KEY,
    "backwards": KEY[::-1],
    "hex": KEY.hex().encode(),
    "HEX": KEY.hex().upper().encode(),
    "base64": base64.b64encode(KEY),
    "base64 shifted by 1": base64.b64encode(b"." + KEY),
    "base64 shifted by 2": base64.b64encode(b".." + KEY),
    "base64 for URLs": base64.urlsafe_b64encode(KEY).rstrip(b"="),
    "json": json.dumps(base64.b64encode(KEY).decode()).encode(),
    "repr": repr(KEY).encode(),
    "URL": quote(KEY).encode(),
    "zlib": zlib.compress(KEY + KEY.hex().encode()),
    "pickle": pickle.dumps({"key": KEY}),
}


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_found_by_its_bytes(form: str) -> None:
    assert scan_bytes(FORMS[form], CANARIES)
    assert scan_bytes(noise(5000, 1) + b"\0" + FORMS[form] + b"\0" + noise(5000, 2), CANARIES)


def test_another_key_is_not_found() -> None:
    assert not scan_bytes(noise(20_000, 3), CANARIES)
    assert not scan_bytes(bytes(range(201, 233)).hex().encode(), CANARIES)


def test_a_key_of_a_few_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Canary("a key", "ab" * 15, "key")
