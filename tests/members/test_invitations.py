"""Invitations and what becomes of them, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from tests.support.house import PASSWORD, House
from tipline.approvals.kinds import Kind
from tipline.approvals.requests import Wanted, Words
from tipline.approvals.services import Approvals, new_request_id
from tipline.crypto.members import MemberSecret
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.members.accounts import Accounts, SignInFailedError
from tipline.members.basics import NoSuchMemberError
from tipline.members.enrolling import Draft, Enrolment, WrongCodeError
from tipline.members.invitations import (
    EmailRefusedError,
    EmailTakenError,
    InvitationRefusedError,
    Invitations,
    NameRefusedError,
    OpenInvitation,
    add_invitation,
    hash_of,
    newcomer,
)
from tipline.members.models import Invitation, Member
from tipline.members.passwords import PasswordRefusedError

ZOE = newcomer("Zoe@Example.org ", " Zoe   Adeyemi", (("investigator", "a line"),))

YAN = newcomer("yan@example.org", "Yan")


class Desk:
    """What enrolling takes."""

    def __init__(self, house: House) -> None:
        self.house = house
        stores, pepper = house.stores, house.console_keys.pepper
        self.invitations = Invitations(stores.main, stores.perishable, house.clock)
        self.approvals = Approvals(stores, pepper, house.clock)
        self.enrolment = Enrolment(
            stores.main,
            self.invitations,
            stores.perishable,
            pepper,
            house.clock,
            self.approvals.withdraw_of,
        )
        self.accounts = Accounts(stores.main, pepper, house.clock)
        self.with_it: list[tuple[str, OpenInvitation]] = []

    def code(self, draft: Draft) -> str:
        return code_at(draft.totp_secret, int(self.house.clock().timestamp()) // STEP_SECONDS)

    def also(
        self, _main: Connection, _rest: Connection, member_id: str, invitation: OpenInvitation
    ) -> None:
        self.with_it.append((member_id, invitation))

    def enrol(self, code: str) -> tuple[str, Draft]:
        draft, sealed = self.enrolment.begin(code, PASSWORD)
        return self.enrolment.complete(code, sealed, self.code(draft), self.also), draft

    def members(self) -> dict[str, str]:
        return {row.email: row.id for row in self.house.rows(Member)}


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_an_invitation_makes_an_account_that_signs_in(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, "an admin")
    member_id, draft = desk.enrol(code)
    desk.house.clock.move(seconds=STEP_SECONDS)
    signed_in = desk.accounts.sign_in("zoe@example.org", PASSWORD, desk.code(draft))
    assert signed_in.member_id == member_id
    assert signed_in.key.public.raw == draft.public
    assert desk.accounts.names([member_id]) == {member_id: "Zoe Adeyemi"}
    [(also_id, invitation)] = desk.with_it
    assert also_id == member_id
    assert invitation.newcomer.roles == (("investigator", "a line"),)
    row = next(row for row in desk.house.rows(Member) if row.id == member_id)
    assert row.made_by == "an admin"
    assert row.banner_accepted_on == desk.house.clock().date()


def test_the_code_that_confirmed_does_not_sign_in(desk: Desk) -> None:
    _, draft = desk.enrol(desk.invitations.invite(ZOE, None))
    with pytest.raises(SignInFailedError):
        desk.accounts.sign_in(ZOE.email, PASSWORD, desk.code(draft))


def test_an_invitation_works_once(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
    for again in (
        lambda: desk.enrolment.begin(code, PASSWORD),
        lambda: desk.enrolment.complete(code, sealed, desk.code(draft), desk.also),
    ):
        with pytest.raises(InvitationRefusedError):
            again()
    assert len(desk.with_it) == 1


def test_what_was_kept_is_known_to_who_sends_it_again(desk: Desk) -> None:
    code, other = desk.invitations.invite(ZOE, None), desk.invitations.invite(YAN, None)
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    _, second = desk.enrolment.begin(code, PASSWORD)
    assert not desk.enrolment.is_kept(code, sealed)
    desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
    assert desk.enrolment.is_kept(code, sealed)
    for others in ((code, second), (other, sealed), ("", sealed), (code, ""), (code, "é")):
        assert not desk.enrolment.is_kept(*others)


def test_a_new_key_ends_what_was_asked_about_the_old_one(desk: Desk) -> None:
    member, why = desk.house.members["investigator"], Words("To follow Ada")
    for kind, about in ((Kind.MAKE_ADMIN, member.id), (Kind.INVITE_ADMIN, None)):
        desk.approvals.ask(new_request_id(), Wanted(kind, member_id=about), why, "ada")
    desk.enrol(desk.invitations.reset(member.id, "bob"))
    assert [one.kind for one in desk.approvals.open_ones()] == [Kind.INVITE_ADMIN]


def test_of_several_at_once_one_gets_the_account(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    drafts = [desk.enrolment.begin(code, PASSWORD) for _ in range(3)]
    barrier = Barrier(3)

    def finish(number: int) -> bool:
        draft, sealed = drafts[number]
        barrier.wait(30)
        try:
            desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
        except InvitationRefusedError:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(finish, range(3))) == [False, False, True]
    assert ZOE.email in desk.members()


def test_an_invitation_lives_72_hours(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    desk.house.clock.move(hours=71, minutes=59)
    assert desk.invitations.find(code).newcomer == ZOE
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    desk.house.clock.move(minutes=1)
    with pytest.raises(InvitationRefusedError):
        desk.invitations.find(code)
    with pytest.raises(InvitationRefusedError):
        desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
    assert desk.invitations.open_ones() == []


def test_a_newer_invitation_ends_the_older_and_a_withdrawn_one_is_gone(desk: Desk) -> None:
    first = desk.invitations.invite(ZOE, None)
    second = desk.invitations.invite(ZOE, None)
    with pytest.raises(InvitationRefusedError):
        desk.invitations.find(first)
    [known] = desk.invitations.open_ones()
    desk.invitations.withdraw(known.id)
    with pytest.raises(InvitationRefusedError):
        desk.invitations.find(second)
    for nonsense in ("", "x" * 64, "ab"):
        desk.invitations.withdraw(nonsense)


def test_what_an_admin_began_can_be_ended_together(desk: Desk) -> None:
    desk.invitations.invite(ZOE, "an admin")
    desk.invitations.invite(newcomer("yan@example.org", "Yan"), "another")
    with desk.house.stores.perishable.begin() as connection:
        who, now = newcomer("xia@example.org", "Xia"), desk.house.clock().replace(tzinfo=None)
        add_invitation(connection, who, "another", now, agreed_by="an admin")
    desk.invitations.withdraw_all("an admin")
    assert [one.newcomer.name for one in desk.invitations.open_ones()] == ["Yan"]


def test_the_stores_hold_neither_code_nor_secret(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    rows = repr(desk.house.rows(Invitation)) + repr(desk.house.rows(Member))
    plain = code.replace("-", "")
    for secret in (code, plain, repr(draft.totp_secret)[2:-1], sealed):
        assert secret not in rows
    assert len(desk.house.rows(Invitation)) == 1
    assert desk.members().get(ZOE.email) is None, "nothing is there before it is confirmed"


def test_a_wrong_one_time_code_loses_nothing(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    for wrong in ("", "000000", "１２３４５６", "x" * 500):
        with pytest.raises(WrongCodeError):
            desk.enrolment.complete(code, sealed, wrong, desk.also)
    desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)


def test_what_the_page_carries_belongs_to_one_invitation(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    other = desk.invitations.invite(newcomer("yan@example.org", "Yan"), None)
    draft, sealed = desk.enrolment.begin(other, PASSWORD)
    for forged in (sealed, sealed[:-4] + "AAAA", "", "é", "AAAA"):
        with pytest.raises(InvitationRefusedError):
            desk.enrolment.complete(code, forged, desk.code(draft), desk.also)


def test_a_reset_makes_another_key_and_works_once(desk: Desk) -> None:
    member = desk.house.members["investigator"]
    code = desk.invitations.reset(member.id, "an admin")
    draft, sealed = desk.enrolment.begin(code, "another " + PASSWORD)
    desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
    desk.house.clock.move(seconds=STEP_SECONDS)
    with pytest.raises(SignInFailedError):
        desk.accounts.sign_in(member.email, member.password, member.code(desk.house.clock()))
    signed_in = desk.accounts.sign_in(member.email, "another " + PASSWORD, desk.code(draft))
    assert signed_in.member_id == member.id
    assert signed_in.key.public.raw == draft.public != member.key.public.raw
    assert not desk.accounts.is_active(member.id, member.key), "sessions with the old key end"
    assert desk.accounts.is_active(member.id, signed_in.key)


def test_a_reset_is_for_the_key_that_the_account_had(desk: Desk) -> None:
    """Also when the machine stopped after the account was kept and before the code was gone."""
    member = desk.house.members["investigator"]
    code = desk.invitations.reset(member.id, None)
    [row] = desk.house.rows(Invitation)
    desk.enrol(code)
    with desk.house.stores.perishable.begin() as connection:
        connection.execute(Invitation.__table__.insert(), dict(row._mapping))
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    with pytest.raises(InvitationRefusedError):
        desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)


def test_a_reset_releases_and_leaves_a_disabled_account_disabled(desk: Desk) -> None:
    member = desk.house.members["investigator"]
    with desk.house.stores.main.begin() as connection:
        change = update(Member).where(Member.id == member.id)
        connection.execute(change.values(is_locked=True, failures=5, is_disabled=True))
    desk.enrol(desk.invitations.reset(member.id, "an admin"))
    with desk.house.stores.main.connect() as connection:
        query = select(Member.is_locked, Member.failures, Member.is_disabled)
        row = connection.execute(query.where(Member.id == member.id)).one()
    assert tuple(row) == (False, 0, True)


def test_an_address_that_is_taken_is_not_invited(desk: Desk) -> None:
    taken = desk.house.members["investigator"].email.upper()
    with pytest.raises(EmailTakenError):
        desk.invitations.invite(newcomer(taken, "Somebody"), None)
    with pytest.raises(NoSuchMemberError):
        desk.invitations.reset("nobody", None)


def test_an_address_that_is_taken_meanwhile_is_not_taken_over(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    draft, sealed = desk.enrolment.begin(code, PASSWORD)
    desk.accounts.create(ZOE.email, PASSWORD, bytes(20))
    with pytest.raises(InvitationRefusedError):
        desk.enrolment.complete(code, sealed, desk.code(draft), desk.also)
    assert desk.members()[ZOE.email] != draft.member_id


def test_a_bad_password_is_refused_before_anything_is_made(desk: Desk) -> None:
    code = desk.invitations.invite(ZOE, None)
    with pytest.raises(PasswordRefusedError):
        desk.enrolment.begin(code, "zoe adeyemi 1")
    desk.enrolment.begin(code, PASSWORD)


def test_the_blob_is_the_members_alone(desk: Desk) -> None:
    member_id, draft = desk.enrol(desk.invitations.invite(ZOE, None))
    pepper = desk.house.console_keys.pepper
    opened = MemberSecret.open(member_id, draft.blob, PASSWORD, pepper)
    assert opened.totp_secret == draft.totp_secret


@pytest.mark.parametrize(
    "email",
    ["", "zoe", "zoe@", "@example.org", "zoe@example", "a b@example.org", "a\0@example.org",
     "a@b@example.org", "x" * 250 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(EmailRefusedError):
        newcomer(email, "Zoe")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b", "right\u202eleft"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(NameRefusedError):
        newcomer("zoe@example.org", name)


@given(st.text(max_size=100))
def test_any_text_is_some_code_or_none(text: str) -> None:
    assert len(hash_of(text)) == 32


def test_a_code_is_found_however_it_was_typed() -> None:
    code = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23-4567"
    same = [code.lower(), code.replace("-", " "), f"#{code}", f" {code}\n", code.replace("-", "")]
    assert {hash_of(text) for text in same} == {hash_of(code)}
    assert hash_of(code) != hash_of("") == hash_of(code[:-1])
