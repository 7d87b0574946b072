"""What waits for a second admin goes on waiting over the change to approvals, there and back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.approvals.board import WHY, Board
from tests.support.house import House
from tipline.approvals.kinds import Kind
from tipline.approvals.new_admins import newcomer_of
from tipline.approvals.requests import Wanted
from tipline.approvals.services import new_request_id
from tipline.db import schema
from tipline.db.schema import Store
from tipline.members.invitations import newcomer

BEFORE = "0013"
ZOE = newcomer("zoe@example.org", "Zoe Adeyemi", (("admin", ""),))
OLD = (
    "INSERT INTO admin_requests (id, kind, member_id, email, name, roles, asked_by, agreed_by,"
    " expires_at) VALUES (:id, :kind, :member_id, :email, :name, :roles, :asked_by, :agreed_by,"
    " :expires_at)"
)


@pytest.fixture
def board(house: House) -> Board:
    return Board(house)


def rows(board: Board) -> list[dict[str, object]]:
    with board.house.stores.perishable.connect() as connection:
        found = connection.execute(text("SELECT * FROM admin_requests ORDER BY kind"))
        return [dict(row) for row in found.mappings()]


def test_requests_of_before_can_be_agreed_to_and_fetched(board: Board) -> None:
    store = board.house.stores.perishable
    schema.downgrade(store, Store.PERISHABLE, BEFORE)
    ends = board.house.clock().replace(tzinfo=None) + timedelta(days=3)
    about = {"name": "Cat", "asked_by": "ada", "expires_at": ends}
    old = [
        {"id": "1" * 32, "kind": "invite", "member_id": None, "email": ZOE.email, "agreed_by": None,
         "roles": '[["admin", ""]]', **about},
        {"id": "2" * 32, "kind": "reset", "member_id": "cat", "email": "cat@example.org",
         "agreed_by": "bob", "roles": "[]", **about},
    ]  # fmt: skip
    with store.begin() as connection:
        connection.execute(text(OLD), old)
    schema.upgrade(store, Store.PERISHABLE)
    invite, reset = sorted(board.approvals.open_ones(), key=lambda one: one.id)
    assert (invite.kind, newcomer_of(invite).email) == (Kind.INVITE_ADMIN, ZOE.email)
    assert newcomer_of(invite).roles == ZOE.roles
    assert (invite.expires_at, invite.asked_at) == (ends, ends - timedelta(days=7))
    assert board.approvals.words(invite) is None
    assert (reset.kind, reset.wanted.member_id) == (Kind.RESET_ADMIN, "cat")
    board.agree(invite.id, "bob")
    assert board.invitations.find(board.admins.fetch(invite.id, "ada")[1]).agreed_by == "bob"
    assert board.admins.fetch(reset.id, "ada")[0].email == "cat@example.org"


def test_down_again_with_what_waits_and_what_was_decided(board: Board) -> None:
    waiting = board.ask_to_invite(ZOE, "ada")
    agreed = board.ask_for(Kind.RESET_ADMIN, "cat", "ada")
    board.agree(agreed, "bob")
    declined = board.ask_for(Kind.MAKE_ADMIN, board.admin("aud", role="auditor"), "ada")
    board.approvals.decline(declined, "bob")
    line = Wanted(Kind.MAKE_LINE, {"slug": "gang-tips"})
    board.approvals.ask(new_request_id(), line, WHY, "ada")
    store = board.house.stores.perishable
    schema.downgrade(store, Store.PERISHABLE, BEFORE)
    kept = [(row["id"], row["kind"], row["agreed_by"], row["email"]) for row in rows(board)]
    assert kept == [
        (waiting, "invite", None, ZOE.email),
        (agreed, "reset", "bob", "cat@example.org"),
    ]
    ends = board.house.clock().replace(tzinfo=None) + timedelta(days=7)
    assert {datetime.fromisoformat(str(row["expires_at"])) for row in rows(board)} == {ends}
    schema.upgrade(store, Store.PERISHABLE)
    assert {one.id for one in board.approvals.open_ones()} == {waiting, agreed}
