"""Signing in: what somebody with half of what it takes gets, and what an attacker learns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import update

from tests.support.house import PASSWORD, House, TestMember
from tipline.crypto import members
from tipline.crypto.derivation import stretch
from tipline.crypto.totp import STEP_SECONDS
from tipline.db.engines import open_store
from tipline.lines.memberships import Memberships
from tipline.lines.roles import Role
from tipline.members.accounts import FAILURE_WINDOW, MAX_FAILURES, Accounts, SignInFailedError
from tipline.members.basics import NoSuchMemberError, SignedIn
from tipline.members.models import Member

# Argon2 takes its time on purpose; these tests sign in a lot.
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def accounts(house: House) -> Accounts:
    return Accounts(house.stores.main, house.console_keys.pepper, house.clock)


@pytest.fixture
def member(house: House) -> TestMember:
    return house.members["investigator"]


def sign_in(accounts: Accounts, house: House, member: TestMember, **instead: str) -> SignedIn:
    email = instead.get("email", member.email)
    password = instead.get("password", member.password)
    return accounts.sign_in(email, password, instead.get("code", member.code(house.clock())))


def next_code(house: House) -> None:
    house.clock.move(seconds=STEP_SECONDS)


def wrong(member: TestMember, house: House) -> str:
    """Six digits that are no code of this minute."""
    now = house.clock()
    near = [member.code(now + timedelta(seconds=STEP_SECONDS * step)) for step in (-1, 0, 1)]
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def fail(accounts: Accounts, house: House, member: TestMember, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailedError):
            sign_in(accounts, house, member, code=wrong(member, house))


def test_whoever_has_everything_gets_the_key(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    signed_in = sign_in(accounts, house, member, email=f"  {member.email.upper()} ")
    assert signed_in.member_id == member.id
    assert signed_in.key.seed == member.key.seed
    (line,) = Memberships(house.stores.main).of(member.id)
    assert (line.slug, line.role) == ("police", Role.INVESTIGATOR)


@pytest.mark.parametrize(
    "instead",
    [
        {"password": PASSWORD + "."},
        {"password": PASSWORD.upper()},
        {"password": ""},
        {"password": PASSWORD + "x" * 2000},
        {"password": "\ud800 half a character"},
        {"email": "nobody@staff.example.org"},
        {"email": ""},
        {"email": "investi\x00gator@staff.example.org"},
        {"code": ""},
        {"code": "12345"},
        {"code": "１２３４５６"},
    ],
    ids=str,
)
def test_anything_wrong_is_answered_alike(instead: dict[str, str], house: House) -> None:
    accounts = Accounts(house.stores.main, house.console_keys.pepper, house.clock)
    with pytest.raises(SignInFailedError) as failure:
        sign_in(accounts, house, house.members["investigator"], **instead)
    assert str(failure.value) == SignInFailedError.message


def test_another_members_code_and_password_are_no_use(accounts: Accounts, house: House) -> None:
    one, other = house.members["investigator"], house.members["supervisor"]
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, one, code=other.code(house.clock()))


def test_a_code_works_once(accounts: Accounts, house: House, member: TestMember) -> None:
    early = member.code(house.clock() - timedelta(seconds=STEP_SECONDS))
    sign_in(accounts, house, member)
    for code in (member.code(house.clock()), early):
        with pytest.raises(SignInFailedError):
            sign_in(accounts, house, member, code=code)
    next_code(house)
    sign_in(accounts, house, member)


def test_of_several_who_use_a_code_at_once_one_gets_in(house: House, member: TestMember) -> None:
    code, barrier = member.code(house.clock()), Barrier(4)
    engines = [open_store(house.urls.main) for _ in range(4)]

    def attempt(number: int) -> bool:
        accounts = Accounts(engines[number], house.console_keys.pepper, house.clock)
        barrier.wait(30)
        try:
            sign_in(accounts, house, member, code=code)
        except SignInFailedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        got_in = list(pool.map(attempt, range(4)))
    for engine in engines:
        engine.dispose()
    assert sorted(got_in) == [False, False, False, True]


def test_five_failures_lock_until_released(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    fail(accounts, house, member, MAX_FAILURES)
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, member)
    house.clock.move(days=30)
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, member)
    accounts.release(member.email.upper())
    sign_in(accounts, house, member)


def test_four_failures_do_not_lock_and_a_success_starts_the_count_anew(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    for _ in range(2):
        fail(accounts, house, member, MAX_FAILURES - 1)
        next_code(house)
        sign_in(accounts, house, member)


def test_failures_far_apart_do_not_lock(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    fail(accounts, house, member, MAX_FAILURES - 1)
    house.clock.move(seconds=FAILURE_WINDOW.total_seconds() + 1)
    fail(accounts, house, member, MAX_FAILURES - 1)
    sign_in(accounts, house, member)


def test_wrong_passwords_count_as_wrong_codes_do(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInFailedError):
            sign_in(accounts, house, member, password="something else entirely")
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, member)


def test_failures_of_one_lock_nobody_else(accounts: Accounts, house: House) -> None:
    fail(accounts, house, house.members["supervisor"], MAX_FAILURES)
    sign_in(accounts, house, house.members["investigator"])


def test_a_disabled_account_stays_out_and_has_no_lines(
    accounts: Accounts, house: House, member: TestMember
) -> None:
    with house.stores.main.begin() as connection:
        disable = update(Member).where(Member.id == member.id)
        connection.execute(disable.values(is_disabled=True))
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, member)
    assert Memberships(house.stores.main).of(member.id) == []
    assert not accounts.is_active(member.id, member.key)


def test_a_blob_in_another_members_row_opens_for_nobody(accounts: Accounts, house: House) -> None:
    """Whoever writes to the database cannot sign in as somebody else with a password of theirs."""
    victim, attacker = house.members["supervisor"], house.members["other"]
    blobs = {row.id: row.blob for row in house.rows(Member)}
    with house.stores.main.begin() as connection:
        swap = update(Member).where(Member.id == victim.id)
        connection.execute(swap.values(blob=blobs[attacker.id]))
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, attacker, email=victim.email)


def test_without_the_pepper_nobody_signs_in(house: House, member: TestMember) -> None:
    accounts = Accounts(house.stores.main, bytes(32), house.clock)
    with pytest.raises(SignInFailedError):
        sign_in(accounts, house, member)


def test_finding_out_whether_an_account_exists_costs_as_much_as_a_wrong_password(
    accounts: Accounts, house: House, member: TestMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stretching the password is nearly all of the time that an answer takes."""
    stretched: list[str] = []

    def noted(password: str, salt: bytes) -> bytes:
        stretched.append(password)
        return stretch(password, salt)

    monkeypatch.setattr(members, "stretch", noted)
    for instead in ({"password": "wrong password"}, {"email": "nobody@staff.example.org"}):
        with pytest.raises(SignInFailedError):
            sign_in(accounts, house, member, **instead)
    assert stretched == ["wrong password", member.password]


def test_releasing_nobody_says_so(accounts: Accounts) -> None:
    with pytest.raises(NoSuchMemberError) as failure:
        accounts.release("nobody@staff.example.org")
    assert "nobody" not in str(failure.value)
