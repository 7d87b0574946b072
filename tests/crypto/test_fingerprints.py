from __future__ import annotations

import base64
import hashlib
import re

from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.opening import OpeningKey


def test_a_hundred_bits_of_the_keys_hash_in_groups_that_can_be_read_out() -> None:
    public = OpeningKey.generate().public.raw
    shown = fingerprint(public)
    assert re.fullmatch(r"[A-Z2-7]{4}( [A-Z2-7]{4}){4}", shown)
    first_100_bits = int.from_bytes(hashlib.sha256(public).digest()[:13]) >> 4
    padded = base64.b32decode(shown.replace(" ", "") + "A" * 4)
    assert int.from_bytes(padded) >> 20 == first_100_bits


def test_it_never_changes() -> None:
    assert fingerprint(b"a key") == fingerprint(b"a key") != fingerprint(b"another")
    # Computed once with `printf 'a key' | sha256sum | xxd -r -p | base32`.
    assert fingerprint(b"a key") == "R6R2 VMX2 VG3Z 4CQD TDNF"
