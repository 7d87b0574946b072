"""Who makes a line: an only admin the first ones, and afterwards two, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete

from tests.approvals.board import WHY, Board
from tipline.approvals.errors import NotYoursToDecideError
from tipline.approvals.new_lines import SecondAdminNeededError
from tipline.approvals.requests import Approval, State
from tipline.approvals.services import new_request_id
from tipline.lines.descriptions import InvalidLineError, LineDescription, LineExistsError
from tipline.lines.models import Line, LineKey, Membership

NEW = LineDescription(
    " gang-tips ", "Gang Tips", "+1 209 555 0177", "Thank you.", office_hours="Mon 08:00-09:00",
    after_hours="Closed.", acknowledgement_es="Gracias.",
)  # fmt: skip


def ask(board: Board, wanted: LineDescription = NEW) -> str:
    request_id = new_request_id()
    board.lines.ask(request_id, wanted, WHY, "ada")
    return request_id


def agree(board: Board, request_id: str, by: str) -> list[str]:
    made: list[str] = []

    def make(_connection: Connection, request: Approval) -> None:
        board.lines.make(request, made.append)

    board.approvals.agree(request_id, by, make)
    return made


def alone(board: Board) -> None:
    """Ada is the only admin, and no line takes tips."""
    with board.house.stores.main.begin() as connection:
        connection.execute(delete(LineKey))
        others = (Membership.role == "admin") & (Membership.member_id != "ada")
        connection.execute(delete(Membership).where(others))


def slugs(board: Board) -> set[str]:
    return {row.slug for row in board.house.rows(Line)}


def test_a_second_admin_makes_the_line_by_agreeing(board: Board) -> None:
    before = slugs(board)
    request = ask(board)
    assert slugs(board) == before
    with pytest.raises(NotYoursToDecideError):
        agree(board, request, "ada")
    [line_id] = agree(board, request, "bob")
    [line] = [row for row in board.house.rows(Line) if row.id == line_id]
    assert (line.slug, line.address, line.after_hours) == ("gang-tips", "+12095550177", "Closed.")
    [done] = board.approvals.decided()
    assert (done.outcome, done.agreed_by, done.ended_by) == (State.CARRIED_OUT, "bob", "bob")


def test_the_only_admin_makes_the_first_lines(board: Board) -> None:
    alone(board)
    board.lines.make_first(NEW, "ada")
    second = LineDescription("second", "Second", "+12095550178", "Thank you.")
    board.lines.make_first(second, "ada")
    assert {"gang-tips", "second"} <= slugs(board)


def test_not_any_more_when_a_line_takes_tips(board: Board) -> None:
    with board.house.stores.main.begin() as connection:
        others = (Membership.role == "admin") & (Membership.member_id != "ada")
        connection.execute(delete(Membership).where(others))
    with pytest.raises(SecondAdminNeededError):
        board.lines.make_first(NEW, "ada")


@pytest.mark.parametrize("is_disabled", [False, True])
def test_nor_when_there_is_another_admin_even_a_disabled_one(
    board: Board, is_disabled: bool
) -> None:
    alone(board)
    board.admin("dan")
    if is_disabled:
        board.disable("dan")
    before = slugs(board)
    with pytest.raises(SecondAdminNeededError):
        board.lines.make_first(NEW, "ada")
    assert slugs(board) == before


def test_what_cannot_be_made_is_not_asked_for(board: Board) -> None:
    taken = board.house.rows(Line)[0]
    with pytest.raises(LineExistsError):
        ask(board, LineDescription(taken.slug, "Other", "+12095550178", "Thank you."))
    with pytest.raises(InvalidLineError):
        ask(board, LineDescription("Not a slug", "Other", "+12095550178", "Thank you."))
    assert board.waiting() == []


def test_what_cannot_be_made_any_more_waits_on(board: Board) -> None:
    first = ask(board)
    other = ask(board, LineDescription("other", "Other", "+12095550177", "Thank you."))
    agree(board, first, "bob")
    with pytest.raises(LineExistsError):
        agree(board, other, "bob")
    assert board.waiting() == [other]
    assert board.approvals.find(other).agreed_by is None


def test_asking_again_for_the_same_short_name_replaces(board: Board) -> None:
    first, second = ask(board), ask(board)
    assert board.waiting() == [second]
    assert [one.id for one in board.approvals.decided()] == [first]
