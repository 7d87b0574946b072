"""One-time codes: as authenticator apps make them, and each works once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipline.crypto.members import new_totp_secret, totp_text
from tipline.crypto.totp import DRIFT_STEPS, STEP_SECONDS, code_at, matching_step

# RFC 6238, appendix B: the secret for SHA-1, and its eight digits, of which apps show the last six.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
STEP = 60_000_000
NOW = datetime.fromtimestamp(STEP * STEP_SECONDS + 11, UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES.items())
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, seconds // 30) == code[-6:]
    moment = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(RFC_SECRET, code[-6:], moment, 0) == seconds // 30


def test_a_code_works_once() -> None:
    code = code_at(RFC_SECRET, STEP)
    used = matching_step(RFC_SECRET, code, NOW, 0)
    assert used == STEP
    assert matching_step(RFC_SECRET, code, NOW, used) is None


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(drift: int) -> None:
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, STEP + drift), NOW, 0) == STEP + drift


@pytest.mark.parametrize("drift", [-3, -2, 2, 3])
def test_a_clock_may_not_be_further_off(drift: int) -> None:
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, STEP + drift), NOW, 0) is None


def test_no_older_code_works_after_a_newer_one() -> None:
    """Somebody who watched a code being typed and kept it must not come in with it later."""
    for used in range(STEP - DRIFT_STEPS, STEP + DRIFT_STEPS + 1):
        for step in range(STEP - DRIFT_STEPS, STEP + DRIFT_STEPS + 1):
            found = matching_step(RFC_SECRET, code_at(RFC_SECRET, step), NOW, used)
            assert found == (step if step > used else None)


def test_a_code_may_be_typed_in_groups_and_nothing_may_be_left_out() -> None:
    code = code_at(RFC_SECRET, STEP)
    assert matching_step(RFC_SECRET, f" {code[:3]} {code[3:]} ", NOW, 0) == STEP
    for wrong in ("", " ", code[:-1], code[1:], code + "0", "0" + code, code[::-1] + "x"):
        assert matching_step(RFC_SECRET, wrong, NOW, 0) is None


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=10))
@example("٣" * 6)
@example("²" * 6)
def test_whatever_is_typed_is_simply_wrong(typed: str) -> None:
    codes = {code_at(RFC_SECRET, STEP + drift) for drift in (-1, 0, 1)}
    if typed.replace(" ", "") not in codes:
        assert matching_step(RFC_SECRET, typed, NOW, 0) is None


def test_another_members_code_does_not_match() -> None:
    codes = [code_at(new_totp_secret(), STEP) for _ in range(20)]
    assert len(set(codes)) > 10
    assert matching_step(RFC_SECRET, code_at(bytes(20), STEP), NOW, 0) is None


def test_a_secret_is_shown_as_apps_take_it() -> None:
    assert totp_text(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert len(new_totp_secret()) == 20
    assert "=" not in totp_text(b"twelve bytes")
