"""Which passwords are taken, and what somebody is told whose password is not."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.house import PASSWORD
from tipline.members.passwords import (
    BannedPasswordError,
    LongPasswordError,
    PasswordRefusedError,
    RepeatingPasswordError,
    ShortPasswordError,
    TellingPasswordError,
    check_password,
)

ABOUT = ("ann.okafor@stockton.example.org", "Ann Okafor")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "lunar sausage bridge",
        "почему мокрый трактор",
        "qx7#Lw9!pz2&",
        "lunar sausage bridge " * 30,
        "two spaces  and a tab\t are kept",
    ],
    ids=["words", "short-words", "cyrillic", "random", "long", "spaces"],
)
def test_long_and_unlikely_is_enough(password: str) -> None:
    check_password(password, ABOUT)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", ShortPasswordError),
        ("qx7#Lw9!pz2", ShortPasswordError),
        ("x" * 1025, LongPasswordError),
        ("Password1234", BannedPasswordError),
        ("iloveyou1234", BannedPasswordError),
        ("aaaaaaaaaaaaaaaa", RepeatingPasswordError),
        ("abcdefghijklmnop", RepeatingPasswordError),
        ("AnnOkafor2026", TellingPasswordError),
        ("stockton.example.org", TellingPasswordError),
        ("tiplineokafor!", TellingPasswordError),
        ("stocktonpolice", PasswordRefusedError),
    ],
    ids=str,
)
def test_what_is_easily_guessed_is_refused_and_says_why(
    password: str, why: type[PasswordRefusedError]
) -> None:
    with pytest.raises(why) as refusal:
        check_password(password, ABOUT)
    assert str(refusal.value) == type(refusal.value).message % type(refusal.value).figures
    assert password == "" or password not in str(refusal.value)


def test_twelve_and_1024_characters_are_the_bounds() -> None:
    check_password("qx7#Lw9!pz2&", ABOUT)
    check_password("lunar sausage bridge".ljust(1024, "."), ABOUT)


def test_somebody_elses_name_is_no_reason() -> None:
    password = "ann.okafor@stockton.example.org"
    with pytest.raises(TellingPasswordError):
        check_password(password, ABOUT)
    check_password(password, ("ben@example.org", "Ben"))


def test_checks_at_the_same_time_do_not_mix_up_their_owners() -> None:
    """The library keeps one call's words where the next one finds them."""

    def refused(number: int) -> bool:
        owner = f"zyxwortel{number}quib"
        try:
            check_password(f"{owner}77", (f"{owner}@example.org", owner))
        except TellingPasswordError:
            return True
        return False

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads interrupt each other as often as they can
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(refused, range(200)))
    finally:
        sys.setswitchinterval(interval)


@given(st.text(max_size=1200), st.text(max_size=80))
def test_whatever_is_typed_is_taken_or_refused(password: str, name: str) -> None:
    try:
        check_password(password, (name, name))
    except PasswordRefusedError:
        return
    assert 12 <= len(password) <= 1024


def test_half_a_character_is_no_error() -> None:
    check_password("\ud800 lunar sausage bridge", ABOUT)
