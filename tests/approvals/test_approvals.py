"""Asking, deciding and carrying out, on each database: once, by two people, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, insert, select, update

from tests.approvals.board import WHY, Board
from tipline.approvals.errors import (
    NoSuchRequestError,
    NotYoursToDecideError,
    ReasonRefusedError,
    ReferenceRefusedError,
)
from tipline.approvals.kinds import Kind
from tipline.approvals.models import ApprovalRow
from tipline.approvals.requests import Approval, State, Wanted, Words, words_of
from tipline.approvals.services import Approvals, new_request_id
from tipline.clock import stored
from tipline.errors import TiplineError

NAMED = {"email": "zoe@example.org", "name": "Zoe", "roles": [["admin", ""]]}


def ask(board: Board, asked_by: str = "ada", about: str | None = None) -> str:
    request_id = new_request_id()
    board.approvals.ask(request_id, Wanted(Kind.INVITE_ADMIN, NAMED, about), WHY, asked_by)
    return request_id


def nothing(_connection: Connection, _request: Approval) -> str:
    return "done"


def state(board: Board, request_id: str) -> State:
    now = stored(board.house.clock())
    known = [*board.approvals.open_ones(), *board.approvals.decided()]
    return next(one for one in known if one.id == request_id).state(now)


def test_from_asking_to_having_it_done(board: Board) -> None:
    request = ask(board)
    assert state(board, request) is State.WAITING
    board.house.clock.move(hours=1)
    board.approvals.agree(request, "bob")
    assert state(board, request) is State.AGREED
    board.house.clock.move(hours=1)
    assert board.approvals.carry_out(request, "ada", nothing) == "done"
    [done] = board.approvals.decided()
    assert done.outcome is State.CARRIED_OUT
    assert (done.asked_by, done.agreed_by, done.ended_by) == ("ada", "bob", "ada")
    assert done.asked_at < done.agreed_at < done.ended_at
    assert board.approvals.words(done) == WHY
    assert board.approvals.open_ones() == []


@pytest.mark.parametrize(
    ("asker", "decider", "about"),
    [
        ("ada", "ada", None),
        ("ada", "of-ada", None),
        ("of-ada", "ada", None),
        ("of-ada", "too-of-ada", None),
        ("ada", "bob", "bob"),
        ("ada", "aud", None),
        ("ada", "nobody", None),
        ("ada", "off", None),
    ],
    ids=["asker", "made-by-asker", "made-the-asker", "made-by-the-same", "about-them", "no-admin",
         "no-member", "disabled"],
)  # fmt: skip
def test_who_does_not_agree(board: Board, asker: str, decider: str, about: str | None) -> None:
    board.admin("of-ada", made_by="ada")
    board.admin("too-of-ada", made_by="ada")
    board.admin("aud", role="auditor")
    board.admin("off")
    board.disable("off")
    request = ask(board, asker, about)
    with pytest.raises(NotYoursToDecideError):
        board.approvals.agree(request, decider)
    assert state(board, request) is State.WAITING
    board.approvals.agree(request, "cat")
    assert state(board, request) is State.AGREED


def test_what_a_former_admin_asked_is_agreed_to_by_nobody(board: Board) -> None:
    request = ask(board)
    board.dismiss("ada")
    with pytest.raises(NoSuchRequestError):
        board.approvals.agree(request, "bob")


def test_an_agreement_lasts_as_long_as_who_agreed_still_may(board: Board) -> None:
    """Bob is let in anew by Ada, who asked: from then on his word is not a second one."""
    from tipline.members.models import Member

    request = ask(board)
    board.approvals.agree(request, "bob")
    with board.house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == "bob").values(made_by="ada"))
    with pytest.raises(NotYoursToDecideError):
        board.approvals.carry_out(request, "ada", nothing)
    assert state(board, request) is State.AGREED, "and it was not used up"
    board.approvals.withdraw_all("bob", "cat")
    assert state(board, request) is State.WAITING
    board.approvals.agree(request, "cat")
    assert board.approvals.carry_out(request, "ada", nothing) == "done"


def test_only_the_asker_carries_out_and_only_what_was_agreed_to(board: Board) -> None:
    request = ask(board)
    with pytest.raises(NotYoursToDecideError):
        board.approvals.carry_out(request, "ada", nothing)
    board.approvals.agree(request, "bob")
    for other in ("bob", "cat"):
        with pytest.raises(NotYoursToDecideError):
            board.approvals.carry_out(request, other, nothing)


def test_an_agreement_is_used_once_however_many_come_at_once(board: Board) -> None:
    request = ask(board)
    board.approvals.agree(request, "bob")
    barrier, used = Barrier(4), []

    def use(_number: int) -> bool:
        barrier.wait(30)
        try:
            board.approvals.carry_out(request, "ada", lambda *_: used.append(1))
        except NoSuchRequestError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]
    assert used == [1]


def test_two_who_agree_at_once_do_it_once(board: Board) -> None:
    request = ask(board)
    barrier, done = Barrier(2), []

    def agree(name: str) -> bool:
        barrier.wait(30)
        try:
            board.approvals.agree(request, name, lambda *_: done.append(name))
        except NoSuchRequestError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(agree, ("bob", "cat"))) == [False, True]
    assert len(done) == 1


def just_before(board: Board, do: Callable[[], None]) -> None:
    """Do something once, after all was looked at and just before something is written."""
    store, left = board.house.stores.perishable, [do]

    def begins(connection: Connection) -> None:
        if left and not connection.get_execution_options().get("read_only"):
            left.pop()()

    event.listen(store, "begin", begins, insert=True)


def test_who_is_put_out_while_agreeing_has_agreed_to_nothing(board: Board) -> None:
    request = ask(board)
    just_before(board, lambda: board.dismiss("bob"))
    with pytest.raises(NotYoursToDecideError):
        board.approvals.agree(request, "bob")
    assert state(board, request) is State.WAITING


def test_nor_is_it_carried_out_whose_second_admin_is_put_out_meanwhile(board: Board) -> None:
    request = ask(board)
    board.approvals.agree(request, "bob")
    just_before(board, lambda: board.disable("bob"))
    with pytest.raises(NotYoursToDecideError):
        board.approvals.carry_out(request, "ada", nothing)
    assert state(board, request) is State.AGREED


def test_what_fails_while_it_is_carried_out_can_be_done_again(board: Board) -> None:
    class NotTodayError(TiplineError):
        code, message = "not_today", "Not today."

    def broken(_connection: Connection, _request: Approval) -> None:
        raise NotTodayError

    request = ask(board)
    with pytest.raises(NotTodayError):
        board.approvals.agree(request, "bob", broken)
    assert state(board, request) is State.WAITING
    board.approvals.agree(request, "bob")
    with pytest.raises(NotTodayError):
        board.approvals.carry_out(request, "ada", broken)
    assert board.approvals.carry_out(request, "ada", nothing) == "done"


def test_a_request_lives_seven_days_and_is_shown_thirty_more(board: Board) -> None:
    waiting, agreed = ask(board), ask(board, "bob")
    board.approvals.agree(agreed, "cat")
    board.house.clock.move(days=6, hours=23, minutes=59)
    assert len(board.approvals.open_ones()) == 2
    board.house.clock.move(minutes=1)
    assert board.approvals.open_ones() == []
    for act in (
        lambda: board.approvals.agree(waiting, "bob"),
        lambda: board.approvals.decline(waiting, "bob"),
        lambda: board.approvals.withdraw(waiting, "ada"),
        lambda: board.approvals.carry_out(agreed, "bob", nothing),
    ):
        with pytest.raises(NoSuchRequestError):
            act()
    assert {state(board, one) for one in (waiting, agreed)} == {State.EXPIRED}
    board.house.clock.move(days=29, hours=23)
    board.house.sweeper.sweep()
    assert len(board.approvals.decided()) == 2
    board.house.clock.move(hours=1)
    assert board.approvals.decided() == []
    assert len(board.house.rows(ApprovalRow)) == 2
    board.house.sweeper.sweep()
    assert board.house.rows(ApprovalRow) == []


def test_declining_and_withdrawing(board: Board) -> None:
    board.admin("aud", role="auditor")
    first, second, third = ask(board), ask(board), ask(board)
    for name in ("ada", "aud", "nobody"):
        with pytest.raises(NotYoursToDecideError):
            board.approvals.decline(first, name)
    with pytest.raises(NoSuchRequestError):
        board.approvals.withdraw(first, "bob")
    board.approvals.decline(first, "bob")
    board.approvals.withdraw(second, "ada")
    board.approvals.agree(third, "bob")
    board.approvals.decline(third, "cat")
    outcomes = {one.id: (one.outcome, one.ended_by) for one in board.approvals.decided()}
    assert outcomes == {
        first: (State.DECLINED, "bob"),
        second: (State.WITHDRAWN, "ada"),
        third: (State.DECLINED, "cat"),
    }
    for gone in (first, second, third):
        for again in (board.approvals.agree, board.approvals.decline):
            with pytest.raises(NoSuchRequestError):
                again(gone, "bob")


def test_no_copy_of_the_store_shows_why(board: Board) -> None:
    """Nor how long the reason is; with another secret, or for another request, it does not open."""
    first, second = ask(board), ask(board)
    store = board.house.stores.perishable
    with store.connect() as connection:
        rows = {row.id: row.words for row in connection.execute(select(ApprovalRow.__table__))}
        assert WHY.reason not in repr(rows)
        assert WHY.reference.encode() not in b"".join(rows.values())
    assert {len(words) for words in rows.values()} == {1024 + 1 + 12 + 16}
    with store.begin() as connection:
        swapped = update(ApprovalRow).where(ApprovalRow.id == first)
        connection.execute(swapped.values(words=rows[second]))
    found = board.approvals.find(first)
    assert board.approvals.words(found) is None
    elsewhere = Approvals(board.house.stores, bytes(32), board.house.clock)
    assert elsewhere.words(board.approvals.find(second)) is None
    assert board.approvals.words(board.approvals.find(second)) == WHY


def test_a_kind_of_a_newer_version_is_passed_over(board: Board) -> None:
    request = ask(board)
    with board.house.stores.perishable.begin() as connection:
        row = dict(connection.execute(select(ApprovalRow.__table__)).mappings().one())
        newer = {**row, "id": "f" * 32, "kind": "reveal"}
        connection.execute(insert(ApprovalRow), newer)
    assert [one.id for one in board.approvals.open_ones()] == [request]
    with pytest.raises(NoSuchRequestError):
        board.approvals.agree("f" * 32, "bob")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 1001, "a\x00b", "\ud800"])
def test_what_is_no_reason(reason: str) -> None:
    with pytest.raises(ReasonRefusedError):
        words_of(reason)


@pytest.mark.parametrize("reference", ["x" * 81, "two\nrows", "\x07"])
def test_what_is_no_reference(reference: str) -> None:
    with pytest.raises(ReferenceRefusedError):
        words_of("Because", reference)


def test_words_are_kept_as_they_were_typed() -> None:
    assert words_of(" One\r\ntwo ", " RMS 2026/815 ") == Words("One\ntwo", "RMS 2026/815")
    assert words_of("ü" * 1000).reason == "ü" * 1000
