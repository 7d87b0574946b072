"""Making a line's keys: nothing is committed before the recovery key was typed back."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.lines.acts import Acts
from tests.support.house import ANNA, House
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_key, recovery_words
from tipline.lines.descriptions import LineDescription
from tipline.lines.directory import NoSuchLineError
from tipline.lines.founding import (
    LineHasKeysError,
    NothingPendingError,
    WrongRecoveryWordsError,
    confirm_keys,
    has_pending_keys,
    start_keys,
)
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, LineKey, PendingLineKeys
from tipline.lines.recovery import WrongRecoveryKeyError, recover_keys
from tipline.lines.registry import UnknownLineError, make_line
from tipline.lines.roles import Role
from tipline.members.basics import SignedIn

NEW_LINE = "+12095550177"
NEW = LineDescription("gangs", "Gang tips", NEW_LINE, "Thank you.", "America/Los_Angeles")


@pytest.fixture
def line_id(house: House) -> str:
    return make_line(house.stores.main, NEW)


@pytest.fixture
def sue(acts: Acts, line_id: str) -> SignedIn:
    member = acts.new_member("sue", None)
    Memberships(acts.house.stores.main).add(member.member_id, line_id, Role.SUPERVISOR)
    return member


def start(acts: Acts, line_id: str, member: SignedIn) -> str:
    return start_keys(acts.house.stores.main, line_id, member.member_id, member.key.public)


def confirm(acts: Acts, line_id: str, member: SignedIn, words: str) -> None:
    house = acts.house
    confirm_keys(house.stores.main, acts.console, line_id, member, words, house.clock())


def is_unknown(acts: Acts) -> bool:
    """Whether the line takes no tips: no process finds it, and no webhook for it is kept."""
    assert acts.house.text(ANNA, "hello", line=NEW_LINE).status_code == 404
    with pytest.raises(NoSuchLineError):
        acts.directory().by_address(NEW_LINE)
    return True


def test_a_line_takes_tips_once_the_recovery_key_was_typed_back(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    house = acts.house
    assert is_unknown(acts)
    words = start(acts, line_id, sue)
    assert has_pending_keys(house.stores.main, line_id, sue.member_id)
    assert is_unknown(acts)
    confirm(acts, line_id, sue, words.lower().replace("-", " "))
    assert not has_pending_keys(house.stores.main, line_id, sue.member_id)
    house.clock.move(seconds=11)
    assert house.text(ANNA, "A tip for the new line", line=NEW_LINE).status_code == 200
    house.drain_intake()
    keyring = acts.keyring(sue, NEW_LINE)
    assert keyring is not None
    house.bundles[NEW_LINE] = keyring.newest
    assert house.texts(NEW_LINE) == ["A tip for the new line"]
    certificate = acts.line(NEW_LINE).certificate
    assert certificate.made_at == house.clock().replace(second=5)
    assert certificate.recovery is not None
    assert certificate.recovery.raw == recovery_key(words).public.raw


def test_the_recovery_key_that_was_shown_opens_the_new_line(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    words = start(acts, line_id, sue)
    confirm(acts, line_id, sue, words)
    (row,) = (
        row
        for row in acts.house.rows(KeyGrant)
        if (row.line_id, row.holder) == (line_id, RECOVERY_HOLDER)
    )
    opened = LineBundle.open(line_id, 1, RECOVERY_HOLDER, row.sealed, recovery_key(words))
    keyring = acts.keyring(sue, NEW_LINE)
    assert keyring is not None
    assert opened.opening.seed == keyring.newest.opening.seed


@pytest.mark.parametrize(
    "words",
    ["", "not a recovery key", recovery_words(OpeningKey.generate()), "\0", "é" * 60, "\ud800"],
    ids=["empty", "words", "another", "nul", "accents", "surrogate"],
)
def test_with_other_words_nothing_is_committed(
    acts: Acts, line_id: str, sue: SignedIn, words: str
) -> None:
    right = start(acts, line_id, sue)
    with pytest.raises(WrongRecoveryWordsError):
        confirm(acts, line_id, sue, words)
    assert is_unknown(acts)
    assert line_id not in {row.line_id for row in acts.house.rows(KeyGrant)}
    confirm(acts, line_id, sue, right)
    assert acts.held(sue, NEW_LINE) == {1}


def test_starting_over_makes_the_first_words_worthless(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    first, second = start(acts, line_id, sue), start(acts, line_id, sue)
    assert first != second
    with pytest.raises(WrongRecoveryWordsError):
        confirm(acts, line_id, sue, first)
    confirm(acts, line_id, sue, second)
    assert acts.held(sue, NEW_LINE) == {1}


def test_of_two_supervisors_the_first_to_confirm_makes_the_keys(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    tom = acts.new_member("tom", None)
    words = {member.member_id: start(acts, line_id, member) for member in (sue, tom)}
    with pytest.raises(WrongRecoveryWordsError):
        confirm(acts, line_id, tom, words[sue.member_id])
    confirm(acts, line_id, tom, words[tom.member_id])
    with pytest.raises(LineHasKeysError):
        confirm(acts, line_id, sue, words[sue.member_id])
    with pytest.raises(LineHasKeysError):
        start(acts, line_id, sue)
    assert (acts.held(tom, NEW_LINE), acts.held(sue, NEW_LINE)) == ({1}, set())
    assert acts.house.rows(PendingLineKeys) == []


def test_nothing_is_confirmed_that_was_not_started(acts: Acts, line_id: str, sue: SignedIn) -> None:
    with pytest.raises(NothingPendingError):
        confirm(acts, line_id, sue, recovery_words(OpeningKey.generate()))
    with pytest.raises(UnknownLineError):
        start(acts, "0" * 32, sue)


def test_a_bundle_that_somebody_else_put_in_between_is_not_committed(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    """Whoever writes to the database can seal a bundle of their own to the supervisor."""
    words = start(acts, line_id, sue)
    forged = LineBundle.generate(line_id, 1).seal_to(sue.member_id, sue.key.public)
    with acts.house.stores.main.begin() as connection:
        connection.execute(update(PendingLineKeys).values(sealed=forged))
    with pytest.raises(NotAuthenticError):
        confirm(acts, line_id, sue, words)
    assert is_unknown(acts)


def test_no_pending_row_holds_a_private_key_or_the_recovery_key(
    acts: Acts, line_id: str, sue: SignedIn
) -> None:
    words = start(acts, line_id, sue)
    (row,) = acts.house.rows(PendingLineKeys)
    opened = LineBundle.open(line_id, 1, sue.member_id, row.sealed, sue.key)
    secrets = (opened.opening.seed, opened.signing.seed, recovery_key(words).seed)
    for value in row:
        raw = value if isinstance(value, bytes) else str(value).encode()
        assert not any(secret in raw for secret in secrets)


def test_a_supervisor_recovers_all_generations(acts: Acts, line_id: str, sue: SignedIn) -> None:
    words = start(acts, line_id, sue)
    confirm(acts, line_id, sue, words)
    tom = acts.new_member("tom", None)
    main, pin = acts.house.stores.main, acts.console.public
    other = acts.house.template.recovery["+12095550100"]
    for wrong in ("", other, "AAAA-BBBB"):
        with pytest.raises(WrongRecoveryKeyError):
            recover_keys(main, pin, line_id, tom, wrong)
    assert acts.held(tom, NEW_LINE) == set()
    assert recover_keys(main, pin, line_id, tom, words) == 1
    assert acts.held(tom, NEW_LINE) == {1}
    assert recover_keys(main, pin, line_id, tom, words) == 1, "twice does no harm"
    assert len(acts.house.rows(LineKey)) == 3
