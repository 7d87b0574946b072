"""A member's blob opens with password, pepper and the member's own id together.

Each opening costs a quarter of a second by design, so there are few of them here.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tipline.crypto import derivation
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret, spend_password_time
from tipline.crypto.opening import OpeningKey

PATIENCE_SECONDS = 20.0
PASSWORD, PEPPER = "correct horse battery staple", bytes(range(32))
SECRET = MemberSecret(OpeningKey(bytes(range(32))), b"12345678901234567890")


@pytest.fixture(autouse=True)
def costs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each stretching costs. Nothing is remembered here, as it is for other rooms' tests."""
    paid: list[dict[str, Any]] = []

    def argon2id(*, salt: bytes, **cost: Any) -> Argon2id:
        paid.append(cost)
        return Argon2id(salt=salt, **cost)

    monkeypatch.setattr(derivation, "Argon2id", argon2id)
    return paid


@pytest.fixture(scope="module")
def blob() -> bytes:
    return SECRET.seal("member-1", PASSWORD, PEPPER)


def test_the_blob_opens_for_its_member(blob: bytes) -> None:
    opened = MemberSecret.open("member-1", blob, PASSWORD, PEPPER)
    assert opened.key.seed == SECRET.key.seed
    assert opened.totp_secret == SECRET.totp_secret


@pytest.mark.parametrize(
    ("member", "password", "pepper"),
    [
        ("member-1", PASSWORD + " ", PEPPER),
        ("member-1", "", PEPPER),
        ("member-1", PASSWORD, bytes(32)),
        ("member-2", PASSWORD, PEPPER),
    ],
    ids=["password", "empty password", "pepper", "member"],
)
def test_the_blob_opens_with_nothing_else(
    blob: bytes, member: str, password: str, pepper: bytes
) -> None:
    with pytest.raises(CannotOpenError):
        MemberSecret.open(member, blob, password, pepper)


@pytest.mark.parametrize("position", [0, 15, 16, 17, -1], ids=str)
def test_a_changed_blob_does_not_open(blob: bytes, position: int) -> None:
    changed = bytearray(blob)
    changed[position] ^= 0x01
    with pytest.raises(CannotOpenError):
        MemberSecret.open("member-1", bytes(changed), PASSWORD, PEPPER)


def test_a_truncated_blob_does_not_open(blob: bytes) -> None:
    for length in (0, 15, 16, len(blob) - 1):
        with pytest.raises(CannotOpenError):
            MemberSecret.open("member-1", blob[:length], PASSWORD, PEPPER)


def test_the_same_password_seals_differently_each_time(blob: bytes) -> None:
    """Two members with one password, or one member twice, cannot be told from the database."""
    again = SECRET.seal("member-1", PASSWORD, PEPPER)
    assert again[:16] != blob[:16]
    assert again[16:] != blob[16:]
    for secret in (SECRET.key.seed, SECRET.totp_secret, PASSWORD.encode(), PEPPER):
        assert secret not in again


def test_members_who_sign_in_at_once_all_get_in(blob: bytes) -> None:
    """OpenSSL's Argon2id hangs for ever when two threads run it at once."""
    opened: list[bytes] = []

    def sign_in() -> None:
        opened.append(MemberSecret.open("member-1", blob, PASSWORD, PEPPER).key.seed)

    threads = [threading.Thread(target=sign_in, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert opened == [SECRET.key.seed] * 4


def test_guessing_costs_what_rfc_9106_asks_for() -> None:
    """Second recommended option: three passes over 64 MiB in four lanes, salt of 128 bits."""
    cost = (derivation.ARGON2_ITERATIONS, derivation.ARGON2_MEMORY_KIB, derivation.ARGON2_LANES)
    assert cost == (3, 64 * 1024, 4)
    assert derivation.SALT_LENGTH == 16


def test_an_account_that_does_not_exist_costs_as_much(
    blob: bytes, costs: list[dict[str, Any]]
) -> None:
    """The cost that an attacker could tell accounts apart by."""
    with pytest.raises(CannotOpenError):
        MemberSecret.open("member-1", blob, "wrong", PEPPER)
    spend_password_time("wrong")
    opening, spending = costs
    assert opening == spending
