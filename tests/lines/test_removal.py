"""Removing a member: what they lose, what the others are given, and what a forger gets."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.incidents.services import IncidentKind
from tipline.lines.admissions import KeysChangedError, NotOnLineError, admit, grant_row
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_key
from tipline.lines.certificates import LineCertificate
from tipline.lines.certifying import certified_row
from tipline.lines.directory import NoSuchLineError
from tipline.lines.leaving import former_holders
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, Line, LineKey, Membership
from tipline.lines.recovery import recover_keys
from tipline.lines.removal import LastKeyHolderError, NoSupervisorLeftError, remove_member
from tipline.lines.roles import Role
from tipline.members.basics import SignedIn
from tipline.members.models import Member


def write(acts: Acts, statement: Any, rows: Any = None) -> None:
    with acts.house.stores.main.begin() as connection:
        connection.execute(statement, rows)


def admitted(acts: Acts, name: str, role: Role = Role.INVESTIGATOR) -> SignedIn:
    """A member who was admitted to the line."""
    member = acts.new_member(name, role)
    bundle = acts.house.bundles[LINE]
    write(acts, insert(KeyGrant), grant_row(bundle, member.member_id, member.key.public))
    return member


def test_roles_and_grants_go_and_the_others_get_new_keys(acts: Acts) -> None:
    supervisor, gone = acts.of_cast("supervisor"), acts.of_cast("investigator")
    stays = admitted(acts, "stays")
    memberships = Memberships(acts.house.stores.main)
    memberships.add(gone.member_id, acts.line().id, Role.CUSTODIAN)
    removal = acts.remove(gone)
    assert (removal.generation, removal.refused, removal.recovery_refused) == (2, (), False)
    assert gone.member_id not in {row.holder for row in acts.house.rows(KeyGrant)}
    assert {entry.role for entry in memberships.of(gone.member_id)} == {Role.CUSTODIAN}
    assert acts.held(gone) == set()
    assert acts.held(supervisor) == acts.held(stays) == {1, 2}
    assert acts.line(OTHER_LINE).certificate.generation == 1
    assert acts.house.incidents() == {}


def test_what_comes_in_after_a_removal_is_closed_to_whoever_was_removed(acts: Acts) -> None:
    """Their keyring, copied while they had it, opens what was there, and nothing that comes."""
    house = acts.house
    gone = acts.of_cast("investigator")
    house.text(ANNA, "before")
    house.drain_intake()
    kept = house.bundles[LINE]
    acts.remove(gone)
    house.clock.move(seconds=11)
    house.text(BEN, "after")
    house.drain_intake()
    before, after = sorted(house.threads(), key=lambda thread: thread.activity)
    assert house.texts(alias=before.alias) == ["before"]
    with pytest.raises(CannotOpenError):
        house.texts(alias=after.alias)
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    house.bundles[LINE] = keyring.newest
    assert house.texts(alias=after.alias) == ["after"]
    assert keyring.newest.opening.seed != kept.opening.seed


def test_the_recovery_key_opens_the_new_generation_too(acts: Acts) -> None:
    acts.remove(acts.of_cast("investigator"))
    new = acts.new_member("new", Role.SUPERVISOR)
    words, line_id = acts.house.template.recovery[LINE], acts.line().id
    assert recover_keys(acts.house.stores.main, acts.console.public, line_id, new, words) == 2
    assert acts.held(new) == {1, 2}


def test_one_whose_public_key_was_swapped_is_not_granted_the_new_keys(acts: Acts) -> None:
    """Whoever writes to the database waits for the next generation in vain."""
    victim, attacker = admitted(acts, "victim"), OpeningKey.generate()
    swapped = update(Member).where(Member.id == victim.member_id)
    write(acts, swapped.values(public=attacker.public.raw))
    removal = acts.remove(acts.of_cast("investigator"))
    assert removal.refused == (victim.member_id,)
    newest = [row for row in acts.house.rows(KeyGrant) if row.generation == 2]
    holders = {row.holder for row in newest}
    assert holders == {RECOVERY_HOLDER, acts.of_cast("supervisor").member_id}
    assert acts.house.incidents() == {IncidentKind.SWAPPED_KEY.value: 1}


def test_neither_is_a_grant_that_the_database_made_up(acts: Acts) -> None:
    """A role, an account and a grant, all written by an attacker who holds no key of the line."""
    attacker = acts.new_member("attacker")
    forged = LineBundle.generate(acts.line().id, 1)
    write(acts, insert(KeyGrant), grant_row(forged, attacker.member_id, attacker.key.public))
    real = acts.house.bundles[LINE]
    moved = grant_row(real, "someone", attacker.key.public)["admission"]
    assert acts.remove(acts.of_cast("investigator")).refused == (attacker.member_id,)
    assert acts.held(attacker) == set()
    mine = update(KeyGrant).where(KeyGrant.holder == attacker.member_id)
    write(acts, mine.values(admission=moved))
    assert acts.remove(acts.of_cast("supervisor"), admitted_again(acts)).refused == ()
    assert acts.held(attacker) == set()


def admitted_again(acts: Acts) -> SignedIn:
    """Another supervisor, who holds all generations."""
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    member = acts.new_member("second", Role.SUPERVISOR)
    key = member.key.public
    rows = [grant_row(held, member.member_id, key) for held in keyring.by_generation.values()]
    write(acts, insert(KeyGrant), rows)
    return member


def test_a_swapped_recovery_key_is_not_granted_the_new_keys(acts: Acts) -> None:
    """Even if the console's key has certified it: the line's own key has signed another one."""
    attacker = OpeningKey.generate()
    certificate = acts.line().certificate
    fields = {
        field: getattr(certificate, field)
        for field in LineCertificate.__dataclass_fields__
        if field != "recovery"
    }
    forged = LineCertificate(**fields, recovery=attacker.public)
    row = certified_row(forged, acts.console)
    mine = update(LineKey).where(LineKey.line_id == certificate.line_id)
    write(acts, mine.values(**row))
    removal = acts.remove(acts.of_cast("investigator"))
    assert removal.recovery_refused
    newest = {row.holder for row in acts.house.rows(KeyGrant) if row.generation == 2}
    assert newest == {acts.of_cast("supervisor").member_id}
    assert acts.house.incidents() == {IncidentKind.SWAPPED_KEY.value: 1}


def test_whoever_lost_the_role_or_was_disabled_gets_no_new_keys(acts: Acts) -> None:
    demoted, disabled = admitted(acts, "demoted"), admitted(acts, "disabled")
    write(acts, delete(Membership).where(Membership.member_id == demoted.member_id))
    off = update(Member).where(Member.id == disabled.member_id)
    write(acts, off.values(is_disabled=True))
    assert acts.remove(acts.of_cast("investigator")).refused == ()
    newest = {row.holder for row in acts.house.rows(KeyGrant) if row.generation == 2}
    assert newest == {RECOVERY_HOLDER, acts.of_cast("supervisor").member_id}
    assert acts.remove(disabled).generation == 3, "what they still hold can be taken from them"
    assert disabled.member_id not in {row.holder for row in acts.house.rows(KeyGrant)}


def test_the_last_supervisor_with_keys_stays(acts: Acts) -> None:
    supervisor = acts.of_cast("supervisor")
    acts.new_member("waiting", Role.SUPERVISOR)
    before = acts.house.rows(KeyGrant)
    with pytest.raises(LastKeyHolderError):
        acts.remove(supervisor)
    assert acts.house.rows(KeyGrant) == before
    second = admitted(acts, "second", Role.SUPERVISOR)
    assert acts.remove(supervisor).generation == 2
    assert (acts.held(supervisor), acts.held(second)) == (set(), {1, 2})


def test_a_removal_that_would_leave_no_supervisor_with_keys_is_refused(acts: Acts) -> None:
    """Also when another one is removed: the supervisor's own key is not the admitted one."""
    supervisor = acts.of_cast("supervisor")
    swapped = update(Member).where(Member.id == supervisor.member_id)
    write(acts, swapped.values(public=OpeningKey.generate().public.raw))
    before = acts.house.rows(KeyGrant)
    with pytest.raises(NoSupervisorLeftError):
        acts.remove(acts.of_cast("investigator"))
    assert acts.house.rows(KeyGrant) == before
    assert acts.line().certificate.generation == 1


def test_what_is_left_with_the_member_goes_in_the_same_transaction(acts: Acts) -> None:
    """Or nothing does: a crash leaves nobody half removed."""
    supervisor, gone = acts.of_cast("supervisor"), acts.of_cast("investigator")
    keyring, before = acts.keyring(supervisor), acts.house.rows(KeyGrant)
    assert keyring is not None

    def dies(connection: Any) -> None:
        assert connection.execute(select(KeyGrant.holder)).first(), "it is the removal's own"
        raise InterruptedError

    with pytest.raises(InterruptedError):
        remove_member(
            acts.house.stores.main,
            acts.console,
            keyring,
            supervisor.member_id,
            gone.member_id,
            acts.house.clock(),
            dies,
        )
    assert acts.house.rows(KeyGrant) == before


def test_a_role_that_was_taken_and_given_back_brings_no_keys_back(acts: Acts) -> None:
    gone, line_id, main = acts.of_cast("investigator"), acts.line().id, acts.house.stores.main
    memberships = Memberships(main)
    memberships.add(gone.member_id, line_id, Role.SUPERVISOR)
    memberships.remove(gone.member_id, line_id, [Role.SUPERVISOR])
    assert acts.held(gone) == {1}, "they still read it as an investigator"
    memberships.remove(gone.member_id, line_id, [Role.INVESTIGATOR])
    assert [former.id for former in former_holders(main, line_id)] == [gone.member_id]
    memberships.add(gone.member_id, line_id, Role.INVESTIGATOR)
    assert acts.held(gone) == set()
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    read_out = fingerprint(gone.key.public.raw)
    admit(main, acts.console.public, keyring, gone.member_id, read_out)
    assert acts.held(gone) == {1}
    memberships.remove(gone.member_id, line_id, [Role.INVESTIGATOR])
    assert acts.remove(gone).generation == 2, "only this gives the line new keys"
    assert former_holders(main, line_id) == []


def test_nobody_is_removed_who_is_not_there(acts: Acts) -> None:
    for stranger in (acts.of_cast("other"), acts.of_cast("admin")):
        with pytest.raises(NotOnLineError):
            acts.remove(stranger)
    recovery = SignedIn(RECOVERY_HOLDER, acts.of_cast("admin").key)
    with pytest.raises(NotOnLineError):
        acts.remove(recovery)
    assert acts.line().certificate.generation == 1


def test_of_two_removals_at_once_the_second_is_asked_to_try_again(acts: Acts) -> None:
    """Else its new generation would lack somebody, or follow a generation that it never had."""
    first, second = admitted(acts, "first"), admitted(acts, "second")
    supervisor = acts.of_cast("supervisor")
    keyring = acts.keyring(supervisor)
    assert keyring is not None
    acts.remove(first)
    with pytest.raises(KeysChangedError):
        remove_member(
            acts.house.stores.main,
            acts.console,
            keyring,
            supervisor.member_id,
            second.member_id,
            acts.house.clock(),
        )
    assert acts.held(second) == {1, 2}
    assert acts.remove(second).generation == 3


def next_row(acts: Acts, before: SigningKey | None, console: SigningKey) -> dict[str, Any]:
    """A second generation whose keys somebody else has."""
    forged = LineBundle.generate(acts.line().id, 2)
    old = acts.line().certificate
    certificate = LineCertificate(
        old.line_id, 2, old.slug, old.name, old.address, old.acknowledgement,
        forged.opening.public, forged.signing.public, old.recovery, acts.house.clock(),
    )  # fmt: skip
    return certified_row(certificate, console, before)


@pytest.mark.parametrize("by", ["nobody", "another line", "not the console"])
def test_no_keys_follow_a_lines_keys_that_both_line_and_console_did_not_sign(
    by: str, acts: Acts
) -> None:
    """The thief of the console's key certifies, a former member signs: neither alone is enough."""
    house = acts.house
    signers = {
        "nobody": (None, acts.console),
        "another line": (house.bundles[OTHER_LINE].signing, acts.console),
        "not the console": (house.bundles[LINE].signing, SigningKey.generate()),
    }
    write(acts, insert(LineKey), next_row(acts, *signers[by]))
    with pytest.raises(NoSuchLineError):
        acts.line()
    assert house.text(ANNA, "a tip").status_code == 404
    keyring = LineKey.line_id == house.bundles[LINE].line_id
    write(acts, delete(LineKey).where(keyring, LineKey.generation == 2))
    assert acts.remove(acts.of_cast("investigator")).generation == 2


def test_deleting_the_newest_generation_does_not_bring_the_older_back(acts: Acts) -> None:
    """Not to a process that has seen it; whoever was removed would read what comes in."""
    acts.remove(acts.of_cast("investigator"))
    directory = acts.directory()
    assert directory.by_address(LINE).certificate.generation == 2
    line_id = acts.line().id
    write(acts, delete(LineKey).where(LineKey.line_id == line_id, LineKey.generation == 2))
    acts.house.clock.move(seconds=11)
    with pytest.raises(NoSuchLineError):
        directory.by_address(LINE)


def test_a_generation_left_out_in_between_is_noticed(acts: Acts) -> None:
    acts.remove(acts.of_cast("investigator"))
    acts.remove(admitted_again(acts))
    line_id = acts.line().id
    write(acts, delete(LineKey).where(LineKey.line_id == line_id, LineKey.generation == 2))
    with pytest.raises(NoSuchLineError):
        acts.line()
    keyring_error = (NoSuchLineError, NotAuthenticError)
    with pytest.raises(keyring_error):
        acts.remove(acts.of_cast("investigator"))
    assert len(acts.house.rows(Line)) == 2
    assert recovery_key(acts.house.template.recovery[LINE])
