"""No object that holds a key shows it: not in a traceback, a debugger's line or a log."""

from __future__ import annotations

from base64 import b32encode, b64encode
from pathlib import Path
from typing import Any

import pytest

from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import MemberSecret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.envelopes.keys import GatewayKeys
from tipline.identity.addresses import IndexKeys
from tipline.instance.supervisor import ProcessSpec
from tipline.intake.effects import Effects
from tipline.lines.bundles import LineBundle

# Letters, so that it would be seen in `bytes` as they print themselves.
SEED = b"ThirtyTwoBytesOfASecretKeyInside"
OPENING, SIGNING = OpeningKey(SEED), SigningKey(SEED)
FORMS = [
    SEED.decode(),
    SEED.hex(),
    b64encode(SEED).decode().rstrip("="),
    b32encode(SEED).decode().rstrip("="),
]


HOLDERS: list[Any] = [
    OPENING,
    SIGNING,
    MemberSecret(OPENING, SEED),
    KeyFolder(Path("/srv/keys/intake"), "intake", SEED),
    GatewayKeys(SEED, Generations.single(SEED), SEED, SEED),
    Generations.single(SEED),
    IndexKeys(Generations.single(SEED), Generations.single(SEED)),
    LineBundle("line", 1, OPENING, SIGNING),
    ProcessSpec("intake", ("python",), {"TOKEN": SEED.decode()}, SEED),
    Effects(erase_keys=[{"thread_id": "t", "key": SEED}]),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_nothing_of_the_key_is_shown(holder: Any) -> None:
    for shown in (repr(holder), str(holder), f"{holder}", repr([holder]), repr({"key": holder})):
        for form in FORMS:
            assert form not in shown
