"""Admitting by comparing fingerprints, and what a swapped public key gets."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from tests.lines.acts import Acts
from tests.support.house import LINE, House
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.opening import OpeningKey
from tipline.lines.admissions import (
    KeysChangedError,
    LineMember,
    NotOnLineError,
    WrongFingerprintError,
    admit,
    line_members,
    matches_fingerprint,
)
from tipline.lines.bundles import LineBundle
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant, LineKey
from tipline.lines.roles import Role
from tipline.members.basics import SignedIn
from tipline.members.models import Member

KEY = bytes(range(256)) * 4


def fingerprint_of(member: SignedIn) -> str:
    return fingerprint(member.key.public.raw)


def admit_as_supervisor(acts: Acts, member: SignedIn, typed: str) -> None:
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    admit(acts.house.stores.main, acts.console.public, keyring, member.member_id, typed)


def standing(acts: Acts, member: SignedIn) -> LineMember:
    members = line_members(acts.house.stores.main, acts.line().certificate)
    return next(entry for entry in members if entry.id == member.member_id)


def swap_public_key(house: House, member: SignedIn, key: OpeningKey) -> None:
    with house.stores.main.begin() as connection:
        row = update(Member).where(Member.id == member.member_id)
        connection.execute(row.values(public=key.public.raw))


def test_a_fingerprint_is_a_hundred_bits_of_sha256() -> None:
    written = fingerprint(KEY)
    bare = "".join(character for character in written if character.isalnum())
    digits = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".index(character) for character in bare]
    bits = "".join(f"{digit:05b}" for digit in digits)
    assert int(bits, 2) == int.from_bytes(hashlib.sha256(KEY).digest(), "big") >> 156
    assert len(written) == 24


@pytest.mark.parametrize("change", [str, str.lower, str.split, lambda t: t.replace(" ", "-")])
def test_however_a_fingerprint_is_typed_it_is_the_same(change: object) -> None:
    typed = change(fingerprint(KEY))
    assert matches_fingerprint(KEY, typed if isinstance(typed, str) else "\t ".join(typed))


@given(st.one_of(st.text(max_size=40), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 ", max_size=30)))
def test_nothing_else_is_the_fingerprint(typed: str) -> None:
    assert not matches_fingerprint(KEY, typed)


def test_each_character_of_a_fingerprint_counts() -> None:
    written = fingerprint(KEY)
    for place, character in enumerate(written):
        if character.isalnum():
            other = "A" if character != "A" else "B"
            assert not matches_fingerprint(KEY, written[:place] + other + written[place + 1 :])
            assert not matches_fingerprint(KEY, written[:place] + written[place + 1 :])


def test_a_new_member_is_granted_every_generation_that_the_supervisor_has(acts: Acts) -> None:
    acts.remove(acts.of_cast("investigator"))
    new = acts.new_member("new")
    assert not standing(acts, new).holds_keys
    assert not standing(acts, new).held_keys
    assert acts.held(new) == set()
    admit_as_supervisor(acts, new, fingerprint_of(new))
    assert acts.held(new) == {1, 2}
    assert standing(acts, new).holds_keys


def test_with_a_wrong_fingerprint_nothing_is_granted(acts: Acts) -> None:
    new = acts.new_member("new")
    before = acts.house.rows(KeyGrant)
    others = (fingerprint_of(acts.of_cast("supervisor")), fingerprint_of(new)[:-1], "")
    for typed in others:
        with pytest.raises(WrongFingerprintError):
            admit_as_supervisor(acts, new, typed)
    assert acts.house.rows(KeyGrant) == before


def test_a_public_key_that_was_swapped_in_the_database_is_not_admitted(acts: Acts) -> None:
    """The member reads out the fingerprint of the key that their own session holds."""
    new, attacker = acts.new_member("new"), OpeningKey.generate()
    swap_public_key(acts.house, new, attacker)
    with pytest.raises(WrongFingerprintError):
        admit_as_supervisor(acts, new, fingerprint_of(new))
    assert new.member_id not in {row.holder for row in acts.house.rows(KeyGrant)}


@pytest.mark.parametrize("role", [None, Role.CUSTODIAN, Role.APPROVER])
def test_whoever_has_no_reading_role_is_not_admitted(acts: Acts, role: Role | None) -> None:
    new = acts.new_member("new", role)
    with pytest.raises(NotOnLineError):
        admit_as_supervisor(acts, new, fingerprint_of(new))


def test_whoever_is_disabled_is_not_admitted(acts: Acts) -> None:
    new = acts.new_member("new")
    with acts.house.stores.main.begin() as connection:
        row = update(Member).where(Member.id == new.member_id)
        connection.execute(row.values(is_disabled=True))
    with pytest.raises(NotOnLineError):
        admit_as_supervisor(acts, new, fingerprint_of(new))


def test_a_member_with_a_new_key_is_shown_and_admitted_again(acts: Acts) -> None:
    """As after a forgotten password: the grants that are left are of no use to anybody."""
    investigator = acts.of_cast("investigator")
    fresh = OpeningKey.generate()
    swap_public_key(acts.house, investigator, fresh)
    shown = standing(acts, investigator)
    assert (shown.holds_keys, shown.is_refused, shown.held_keys) == (False, True, True)
    again = SignedIn(investigator.member_id, fresh)
    admit_as_supervisor(acts, again, fingerprint_of(again))
    assert acts.held(again) == {1}
    assert standing(acts, again).holds_keys


def test_only_the_newest_keys_admit(acts: Acts) -> None:
    """Whoever was removed, and kept their keyring, admits nobody."""
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    acts.remove(acts.of_cast("investigator"))
    new = acts.new_member("new")
    main, pin = acts.house.stores.main, acts.console.public
    with pytest.raises(KeysChangedError):
        admit(main, pin, keyring, new.member_id, fingerprint_of(new))
    forged = LineKeyring.of(LineBundle.generate(acts.house.bundles[LINE].line_id, 2))
    with pytest.raises(NotAuthenticError):
        admit(main, pin, forged, new.member_id, fingerprint_of(new))
    assert acts.held(new) == set()


def test_no_admission_while_a_key_of_the_line_is_not_authentic(acts: Acts) -> None:
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    new = acts.new_member("new")
    with acts.house.stores.main.begin() as connection:
        connection.execute(update(LineKey).values(certificate=bytes(73)))
    with pytest.raises(NotAuthenticError):
        admit(
            acts.house.stores.main,
            acts.console.public,
            keyring,
            new.member_id,
            fingerprint_of(new),
        )


def test_a_grant_without_a_signature_holds_until_the_next_generation(acts: Acts) -> None:
    """Grants from before there were signatures open, but their holders are to be admitted again."""
    investigator = acts.of_cast("investigator")
    with acts.house.stores.main.begin() as connection:
        mine = update(KeyGrant).where(KeyGrant.holder == investigator.member_id)
        connection.execute(mine.values(admission=None))
    assert acts.held(investigator) == {1}
    assert standing(acts, investigator).is_refused
    with acts.house.stores.main.begin() as connection:
        connection.execute(delete(KeyGrant).where(KeyGrant.holder == investigator.member_id))
    assert not standing(acts, investigator).held_keys
