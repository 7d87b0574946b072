"""Two admins decide on a third, on each database."""

from __future__ import annotations

import pytest

from tests.support.house import PASSWORD, House
from tipline.members.accounts import Accounts
from tipline.members.admin_requests import (
    AdminRequests,
    NoSuchRequestError,
    NotYoursToDecideError,
    Request,
    RequestKind,
)
from tipline.members.invitations import (
    EmailTakenError,
    InvitationRefusedError,
    Invitations,
    newcomer,
)
from tipline.members.models import Member
from tipline.members.overview import Account, AccountOverview, AccountState

ROLES = (("admin", ""),)
ZOE = newcomer("zoe@example.org", "Zoe Adeyemi", ROLES)


def admin(name: str, made_by: str | None = None) -> Account:
    return Account(name, f"{name}@example.org", name, AccountState.ACTIVE, None, made_by)


class Board:
    def __init__(self, house: House) -> None:
        self.house = house
        stores = house.stores
        self.invitations = Invitations(stores.main, stores.perishable, house.clock)
        self.requests = AdminRequests(self.invitations, stores.perishable, house.clock)
        self.given: list[Request] = []
        self.former_admins: set[str] = set()

    def agree(self, request: Request, by: Account, asker: Account | None = None) -> None:
        asker = asker or admin(request.asked_by)
        self.requests.agree(request.id, by, asker, self.given.append)

    def fetch(self, request: Request, by: str) -> str:
        is_admin = self.former_admins.isdisjoint
        return self.requests.fetch(request.id, by, lambda who: is_admin({who}))[1]


@pytest.fixture
def board(house: House) -> Board:
    return Board(house)


def test_there_is_no_link_before_a_second_admin_agrees(board: Board) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    [request] = board.requests.waiting()
    with pytest.raises(NotYoursToDecideError):
        board.fetch(request, "ada")
    board.agree(request, admin("bob"))
    assert board.invitations.open_ones() == []
    with pytest.raises(NotYoursToDecideError):
        board.fetch(request, "bob")
    code = board.fetch(request, "ada")
    assert board.invitations.find(code).newcomer == ZOE
    assert board.invitations.find(code).made_by == "ada"
    assert board.requests.waiting() == []
    with pytest.raises(NoSuchRequestError):
        board.fetch(request, "ada")


@pytest.mark.parametrize(
    ("who", "asker"),
    [
        (admin("ada"), admin("ada")),
        (admin("eve", made_by="ada"), admin("ada")),
        (admin("bob"), admin("ada", made_by="bob")),
        (admin("bob", made_by="cat"), admin("ada", made_by="cat")),
        (admin("bob"), admin("cat")),
    ],
    ids=["asker", "made-by-asker", "made-the-asker", "made-by-the-same", "another-asker"],
)
def test_whom_the_asker_controls_does_not_agree(board: Board, who: Account, asker: Account) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    [request] = board.requests.waiting()
    assert not request.may_be_agreed_to(who, asker)
    with pytest.raises(NotYoursToDecideError):
        board.agree(request, who, asker)
    assert board.requests.waiting() == [request]
    assert board.invitations.open_ones() == []


def test_nobody_agrees_to_a_new_key_or_a_role_of_their_own(board: Board) -> None:
    member = board.house.members["admin"]
    board.requests.ask_for(RequestKind.RESET, member.id, "ada", ())
    [request] = board.requests.waiting()
    with pytest.raises(NotYoursToDecideError):
        board.agree(request, admin(member.id))
    board.agree(request, admin("bob"))
    [agreed] = board.requests.waiting()
    assert not agreed.may_be_agreed_to(admin("cat"), admin("ada"))
    assert board.invitations.find(board.fetch(agreed, "ada")).member_id == member.id


def test_a_role_is_given_once(board: Board) -> None:
    member = board.house.members["investigator"]
    board.requests.ask_for(RequestKind.GIVE, member.id, "ada", ROLES)
    [request] = board.requests.waiting()
    board.agree(request, admin("bob"))
    assert [given.member_id for given in board.given] == [member.id]
    with pytest.raises(NoSuchRequestError):
        board.agree(request, admin("cat"))
    assert len(board.given) == 1


def test_who_becomes_an_admin_has_no_link_open_that_one_admin_made(board: Board) -> None:
    member = board.house.members["investigator"]
    other = board.house.members["supervisor"]
    code = board.invitations.reset(member.id, "ada")
    others = board.invitations.reset(other.id, "ada")
    board.requests.ask_for(RequestKind.GIVE, member.id, "ada", ROLES)
    [request] = board.requests.waiting()
    assert board.invitations.find(code)
    board.agree(request, admin("bob"))
    with pytest.raises(InvitationRefusedError):
        board.invitations.find(code)
    assert board.invitations.find(others).member_id == other.id


def test_a_link_names_who_agreed(board: Board) -> None:
    member = board.house.members["admin"]
    board.requests.ask_for(RequestKind.RESET, member.id, "ada", ())
    [request] = board.requests.waiting()
    board.agree(request, admin("bob"))
    by_two = board.invitations.find(board.fetch(request, "ada"))
    assert (by_two.made_by, by_two.agreed_by) == ("ada", "bob")
    assert by_two.leads_into_an_admins_account
    by_one = board.invitations.find(board.invitations.reset(member.id, "ada"))
    assert not by_one.leads_into_an_admins_account
    by_operator = board.invitations.find(board.invitations.reset(member.id, None))
    assert by_operator.leads_into_an_admins_account


def test_the_word_of_a_former_admin_counts_no_more(board: Board) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    [request] = board.requests.waiting()
    board.agree(request, admin("bob"))
    board.former_admins.add("bob")
    with pytest.raises(NotYoursToDecideError):
        board.fetch(request, "ada")
    board.requests.withdraw_all("bob")
    with pytest.raises(NotYoursToDecideError):
        board.fetch(request, "ada")
    board.agree(request, admin("cat"))
    assert board.invitations.find(board.fetch(request, "ada")).agreed_by == "cat"


def test_a_request_that_cannot_be_done_waits_on(board: Board) -> None:
    member = board.house.members["investigator"]
    board.requests.ask_for(RequestKind.GIVE, member.id, "ada", ROLES)
    [request] = board.requests.waiting()

    def broken(_request: Request) -> None:
        raise EmailTakenError

    with pytest.raises(EmailTakenError):
        board.requests.agree(request.id, admin("bob"), admin("ada"), broken)
    assert board.requests.waiting() == [request]


def test_a_request_lives_seven_days(board: Board) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    [request] = board.requests.waiting()
    board.house.clock.move(days=6, hours=23, minutes=59)
    assert board.requests.waiting() == [request]
    board.house.clock.move(minutes=1)
    assert board.requests.waiting() == []
    with pytest.raises(NoSuchRequestError):
        board.agree(request, admin("bob"))
    with pytest.raises(NoSuchRequestError):
        board.requests.decline(request.id)


def test_declined_is_gone_and_asking_again_replaces(board: Board) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    board.requests.ask_to_invite(ZOE, "bob")
    [request] = board.requests.waiting()
    assert request.asked_by == "bob"
    board.requests.decline(request.id)
    assert board.requests.waiting() == []


def test_requests_of_a_former_admin_and_about_somebody_end(board: Board) -> None:
    member = board.house.members["admin"]
    board.requests.ask_to_invite(ZOE, "ada")
    board.requests.ask_for(RequestKind.RESET, member.id, "bob", ())
    board.requests.withdraw_all("ada")
    assert [one.kind for one in board.requests.waiting()] == [RequestKind.RESET]
    board.requests.withdraw_all(member.id)
    assert board.requests.waiting() == []


def test_an_address_taken_meanwhile_is_said(board: Board) -> None:
    board.requests.ask_to_invite(ZOE, "ada")
    [request] = board.requests.waiting()
    house = board.house
    Accounts(house.stores.main, house.console_keys.pepper, house.clock).create(
        ZOE.email, PASSWORD, bytes(20)
    )
    board.agree(request, admin("bob"))
    with pytest.raises(EmailTakenError):
        board.fetch(request, "ada")
    with pytest.raises(EmailTakenError):
        board.requests.ask_to_invite(ZOE, "ada")


def test_states_of_accounts(board: Board) -> None:
    house = board.house
    overview = AccountOverview(house.stores.main, house.clock)
    member = house.members["investigator"].id

    def change(**values: object) -> AccountState:
        with house.stores.main.begin() as connection:
            table = Member.__table__
            connection.execute(table.update().where(table.c.id == member).values(**values))
        return overview.one(member).state

    assert overview.one(member).state is AccountState.ACTIVE
    assert change(is_locked=True) is AccountState.LOCKED
    assert change(is_disabled=True) is AccountState.DISABLED
    overview.enable(member)
    assert overview.one(member).state is AccountState.LOCKED
    overview.release(member)
    assert overview.one(member).state is AccountState.ACTIVE
    house.clock.move(days=89)
    assert overview.one(member).state is AccountState.ACTIVE
    house.clock.move(days=1)
    assert overview.one(member).state is AccountState.IDLE
    overview.enable(member)
    assert overview.one(member).state is AccountState.ACTIVE
    assert {one.id for one in overview.all()} == {m.id for m in house.members.values()}
