"""Notes stay with the line; a closed thread opens again when its resident writes."""

from __future__ import annotations

import pytest

from tests.support.house import ANNA, LINE, House
from tests.threads.casework import one_thread, staff_entries
from tipline.delivery.models import Outgoing
from tipline.threads.closing import close_thread, reopen_thread
from tipline.threads.contents import MessageKind
from tipline.threads.notes import (
    MOST_NOTE_CHARACTERS,
    AlreadyNotedError,
    EmptyNoteError,
    LongNoteError,
    Note,
    add_note,
)
from tipline.threads.reading import OpenThread


def note(house: House, thread: OpenThread, text: str, token: str = "a token") -> None:
    written = Note(text, "a member", token)
    add_note(house.stores.main, thread, house.bundles[LINE], written, house.clock())


def test_a_note_never_reaches_the_outbox(house: House) -> None:
    thread = one_thread(house)
    before = house.rows(Outgoing)
    note(house, thread, " He is lying.\r\nAsk ben. ")
    house.drain()
    assert [row.uid for row in house.rows(Outgoing)] == [row.uid for row in before]
    assert "lying" not in str(house.provider.sent)
    [(kind, content)] = staff_entries(house, thread)
    assert (kind, content.text) == (MessageKind.NOTE, "He is lying.\nAsk ben.")


def test_a_note_does_not_answer_anybody(house: House) -> None:
    thread = one_thread(house)
    before = house.only_thread()
    house.clock.move(hours=2)
    note(house, thread, "A thought")
    after = house.only_thread()
    assert after.is_waiting is True
    assert (after.activity, after.last_hour) == (before.activity, before.last_hour)


def test_a_note_is_added_once(house: House) -> None:
    thread = one_thread(house)
    note(house, thread, "A thought")
    with pytest.raises(AlreadyNotedError):
        note(house, thread, "Another thought")
    note(house, thread, "Another thought", "another token")
    assert len(staff_entries(house, thread)) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyNoteError),
        (" \r\n\t", EmptyNoteError),
        ("x" * (MOST_NOTE_CHARACTERS + 1), LongNoteError),
    ],
    ids=["empty", "blank", "long"],
)
def test_what_is_no_note(house: House, text: str, error: type[Exception]) -> None:
    thread = one_thread(house)
    with pytest.raises(error):
        note(house, thread, text)
    assert staff_entries(house, thread) == []
    note(house, thread, "ż" * MOST_NOTE_CHARACTERS)


def change(house: House, thread: OpenThread, is_closed: bool) -> bool:
    act = close_thread if is_closed else reopen_thread
    return act(house.stores.main, thread, house.bundles[LINE], "a member", house.clock())


def test_closing_and_reopening_are_noted_once(house: House) -> None:
    thread = one_thread(house)
    assert change(house, thread, True) is True
    assert change(house, thread, True) is False
    assert house.only_thread().is_closed is True
    assert change(house, thread, False) is True
    assert change(house, thread, False) is False
    assert house.only_thread().is_closed is False
    assert [content.notice for _, content in staff_entries(house, thread)] == ["closed", "reopened"]


@pytest.mark.parametrize(
    ("text", "is_closed"), [("There is more", False), ("STOP", True)], ids=["message", "opt-out"]
)
def test_only_a_message_opens_a_closed_thread(house: House, text: str, is_closed: bool) -> None:
    thread = one_thread(house)
    change(house, thread, True)
    house.reply("We are done")
    assert house.only_thread().is_closed is True, "staff may still write"
    house.text(ANNA, text)
    house.drain()
    assert house.only_thread().is_closed is is_closed
