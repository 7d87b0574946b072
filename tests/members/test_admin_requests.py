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
from tipline.members.invitations import EmailTakenError, Invitations, newcomer
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

    def agree(self, request: Request, by: Account, asker: Account | None = None) -> None:
        asker = asker or admin(request.asked_by)
        self.requests.agree(request.id, by, asker, self.given.append)

    def fetch(self, request: Request, by: str) -> str:
        return self.requests.fetch(request.id, by)[1]


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
        (admin("bob"), admin("cat")),
    ],
    ids=["asker", "made-by-asker", "made-the-asker", "another-asker"],
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
