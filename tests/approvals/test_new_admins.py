"""Two admins decide on a third, on each database."""

from __future__ import annotations

import pytest

from tests.approvals.board import ROLES, Board
from tests.support.house import PASSWORD
from tipline.approvals.errors import NoSuchRequestError, NotYoursToDecideError
from tipline.approvals.kinds import Kind
from tipline.approvals.requests import State
from tipline.lines.models import Membership
from tipline.lines.role_changes import RolesConflictError
from tipline.members.accounts import Accounts
from tipline.members.invitations import EmailTakenError, InvitationRefusedError, newcomer
from tipline.members.models import Invitation

ZOE = newcomer("zoe@example.org", "Zoe Adeyemi", ROLES)


def admins(board: Board) -> set[str]:
    return {row.member_id for row in board.house.rows(Membership) if row.role == "admin"}


def test_there_is_no_link_before_a_second_admin_agrees(board: Board) -> None:
    request = board.ask_to_invite(ZOE, "ada")
    with pytest.raises(NotYoursToDecideError):
        board.admins.fetch(request, "ada")
    board.agree(request, "bob")
    assert board.invitations.open_ones() == []
    with pytest.raises(NotYoursToDecideError):
        board.admins.fetch(request, "bob")
    _, code = board.admins.fetch(request, "ada")
    assert board.invitations.find(code).newcomer == ZOE
    assert board.invitations.find(code).made_by == "ada"
    assert board.waiting() == []
    with pytest.raises(NoSuchRequestError):
        board.admins.fetch(request, "ada")


def test_nobody_agrees_to_a_new_key_or_a_role_of_their_own(board: Board) -> None:
    request = board.ask_for(Kind.RESET_ADMIN, "cat", "ada")
    with pytest.raises(NotYoursToDecideError):
        board.agree(request, "cat")
    board.agree(request, "bob")
    with pytest.raises(NoSuchRequestError):
        board.agree(request, board.admin("dan"))
    _, code = board.admins.fetch(request, "ada")
    assert board.invitations.find(code).member_id == "cat"


def test_a_role_is_given_once(board: Board) -> None:
    member = board.admin("aud", role="auditor")
    request = board.ask_for(Kind.MAKE_ADMIN, member, "ada")
    before = admins(board)
    board.agree(request, "bob")
    assert [given.wanted.member_id for given in board.given] == [member]
    assert admins(board) == before | {member}
    with pytest.raises(NoSuchRequestError):
        board.agree(request, "cat")
    assert len(board.given) == 1


def test_who_becomes_an_admin_has_no_link_open_that_one_admin_made(board: Board) -> None:
    member = board.admin("aud", role="auditor")
    other = board.house.members["supervisor"].id
    code = board.invitations.reset(member, "ada")
    others = board.invitations.reset(other, "ada")
    request = board.ask_for(Kind.MAKE_ADMIN, member, "ada")
    assert board.invitations.find(code)
    board.agree(request, "bob")
    with pytest.raises(InvitationRefusedError):
        board.invitations.find(code)
    assert board.invitations.find(others).member_id == other


def test_a_link_names_who_agreed(board: Board) -> None:
    request = board.ask_for(Kind.RESET_ADMIN, "cat", "ada")
    board.agree(request, "bob")
    by_two = board.invitations.find(board.admins.fetch(request, "ada")[1])
    assert (by_two.made_by, by_two.agreed_by) == ("ada", "bob")
    assert by_two.leads_into_an_admins_account
    by_one = board.invitations.find(board.invitations.reset("cat", "ada"))
    assert not by_one.leads_into_an_admins_account
    by_operator = board.invitations.find(board.invitations.reset("cat", None))
    assert by_operator.leads_into_an_admins_account


def test_the_word_of_a_former_admin_counts_no_more(board: Board) -> None:
    request = board.ask_to_invite(ZOE, "ada")
    board.agree(request, "bob")
    board.dismiss("bob")
    with pytest.raises(NotYoursToDecideError):
        board.admins.fetch(request, "ada")
    assert board.house.rows(Invitation) == []
    board.approvals.withdraw_all("bob", "cat")
    with pytest.raises(NotYoursToDecideError):
        board.admins.fetch(request, "ada")
    board.agree(request, "cat")
    assert board.invitations.find(board.admins.fetch(request, "ada")[1]).agreed_by == "cat"


def test_a_role_that_cannot_be_given_waits_on(board: Board) -> None:
    """An investigator reads tips, so no admin is made of them, and the link stays."""
    member = board.house.members["investigator"].id
    code = board.invitations.reset(member, "ada")
    request = board.ask_for(Kind.MAKE_ADMIN, member, "ada")
    with pytest.raises(RolesConflictError):
        board.agree(request, "bob")
    assert member not in admins(board)
    assert board.waiting() == [request]
    assert board.approvals.find(request).agreed_by is None
    assert board.invitations.find(code).member_id == member


def test_asking_again_replaces(board: Board) -> None:
    first = board.ask_to_invite(ZOE, "ada")
    second = board.ask_to_invite(ZOE, "bob")
    other = board.ask_to_invite(newcomer("yan@example.org", "Yan", ROLES), "bob")
    assert board.waiting() == sorted([second, other])
    [gone] = board.approvals.decided()
    assert (gone.id, gone.outcome, gone.ended_by) == (first, State.WITHDRAWN, "bob")


def test_requests_of_a_former_admin_and_about_somebody_end(board: Board) -> None:
    board.ask_to_invite(ZOE, "ada")
    reset = board.ask_for(Kind.RESET_ADMIN, "cat", "bob")
    board.approvals.withdraw_all("ada", "bob")
    assert board.waiting() == [reset]
    board.approvals.withdraw_all("cat", "bob")
    assert board.waiting() == []
    assert {one.outcome for one in board.approvals.decided()} == {State.WITHDRAWN}


def test_an_address_taken_meanwhile_is_said(board: Board) -> None:
    request = board.ask_to_invite(ZOE, "ada")
    house = board.house
    Accounts(house.stores.main, house.console_keys.pepper, house.clock).create(
        ZOE.email, PASSWORD, bytes(20)
    )
    board.agree(request, "bob")
    with pytest.raises(EmailTakenError):
        board.admins.fetch(request, "ada")
    assert board.waiting() == [request]
    with pytest.raises(EmailTakenError):
        board.ask_to_invite(ZOE, "ada")
