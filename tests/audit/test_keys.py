"""The log's name: digits of its key beside the host, so that no other log has it."""

from __future__ import annotations

import pytest

from tests.support.house import House
from tipline.audit.keys import RecordsKeys
from tipline.audit.publishing import OtherLogError
from tipline.crypto.signing import SigningKey

KEYS = RecordsKeys(SigningKey(bytes(range(32))))
DIGITS = KEYS.signing.public.key_id.hex()[:8]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://tips.example.org", "tips.example.org"),
        ("https://Tips.Example.ORG:8443/here", "tips.example.org"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
    ],
)
def test_a_log_is_named_after_host_and_key(url: str, host: str) -> None:
    origin = KEYS.new_origin(url)
    assert origin == f"{host}/log/{DIGITS}"
    verifier = KEYS.signer(origin).verifier
    assert verifier.name == origin
    assert verifier.key.raw == KEYS.signing.public.raw


def test_two_instances_at_one_host_have_two_logs() -> None:
    other = RecordsKeys(SigningKey.generate())
    assert other.new_origin("https://a.example.org") != KEYS.new_origin("https://a.example.org")


@pytest.mark.parametrize("origin", ["a.example.org/log/00000000", f"a.example.org/{DIGITS}0", ""])
def test_another_keys_log_is_not_signed(origin: str) -> None:
    with pytest.raises(OtherLogError):
        KEYS.signer(origin)


def test_the_key_is_shown_in_no_print(sqlite_house: House) -> None:
    keys = RecordsKeys.load(sqlite_house.folders.records)
    assert keys.signing.seed.hex() not in repr(keys)
    assert str(keys.signing.seed) not in repr(keys)
