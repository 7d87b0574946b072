"""Drafts: one for each member and thread, sealed to that member's own key."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.house import LINE, OTHER_LINE, House, TestMember
from tests.threads.casework import directory, one_thread
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.lines.bundles import LineBundle
from tipline.threads.drafts import Drafts, SavedDraft
from tipline.threads.models import DraftRow
from tipline.threads.reading import OpenThread

TOKEN = "0" * 32


def drafts(house: House) -> Drafts:
    return Drafts(house.stores.perishable, directory(house))


def save(
    house: House,
    thread: OpenThread,
    member: TestMember,
    text: str,
    bundle: LineBundle | None = None,
) -> None:
    signer = bundle or house.bundles[LINE]
    draft = SavedDraft(text, TOKEN, house.clock())
    drafts(house).save(thread.summary, member.id, member.key.public, signer, draft)


def found(house: House, thread: OpenThread, member: TestMember) -> str | None:
    draft = drafts(house).find(thread.summary, member.id, member.key)
    return draft.text if draft else None


def test_each_member_has_a_draft_of_their_own_and_the_newest_stays(house: House) -> None:
    thread = one_thread(house)
    ann, ben = house.members["investigator"], house.members["supervisor"]
    save(house, thread, ann, "Where?")
    save(house, thread, ben, "Who?")
    save(house, thread, ann, "Where was it?\n<b>")
    assert found(house, thread, ann) == "Where was it?\n<b>"
    assert found(house, thread, ben) == "Who?"
    drafts(house).drop(thread.summary.id, ann.id)
    drafts(house).drop(thread.summary.id, ann.id)
    assert (found(house, thread, ann), found(house, thread, ben)) == (None, "Who?")
    save(house, thread, ben, " \r\n ")
    assert house.rows(DraftRow) == [], "one without words is none"


def test_nobody_else_opens_it_nor_puts_words_into_the_box(house: House) -> None:
    thread = one_thread(house)
    ann, ben = house.members["investigator"], house.members["supervisor"]
    save(house, thread, ann, "Where?")
    [row] = house.rows(DraftRow)
    assert b"Where?" not in row.sealed
    for key in (ben.key, house.bundles[LINE].opening, thread.key):
        with pytest.raises(CannotOpenError):
            drafts(house).find(thread.summary, ann.id, key)
    with house.stores.perishable.begin() as connection:
        connection.execute(update(DraftRow).values(member_id=ben.id))
    with pytest.raises(NotAuthenticError):
        found(house, thread, ben)
    save(house, thread, ben, "We know where you live", house.bundles[OTHER_LINE])
    with pytest.raises(NotAuthenticError):
        found(house, thread, ben)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"{}", b"[]", b'{"text": "x"}'])
def test_other_bytes_are_no_draft(raw: bytes) -> None:
    with pytest.raises(CannotOpenError):
        SavedDraft.from_bytes(raw)
