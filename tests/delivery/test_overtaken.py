"""A reply that the conversation has overtaken waits for its author to read what is new."""

from __future__ import annotations

import pytest

from tests.support.house import ANNA, LINE, House
from tipline.delivery.models import Outgoing
from tipline.delivery.replying import AlreadySentError, OvertakenError, Reply
from tipline.threads.closing import close_thread
from tipline.threads.notes import Note, add_note


def send(house: House, text: str, token: str, seen: int | None) -> None:
    reply = Reply(text, "a member", token, seen)
    house.replier.reply(house.open(), house.bundles[LINE], reply)


@pytest.fixture
def started(house: House) -> House:
    house.text(ANNA, "ice")
    house.drain()
    return house


def outgoing(house: House) -> int:
    return len([row for row in house.rows(Outgoing) if row.kind == "reply"])


@pytest.mark.parametrize("by", ["resident", "colleague"])
def test_what_went_on_meanwhile_stops_it_and_nothing_is_kept(started: House, by: str) -> None:
    house = started
    if by == "resident":
        house.text(ANNA, "They are here now")
        house.drain()
    else:
        send(house, "Where?", "theirs", 1)
    before = (outgoing(house), house.open().summary.messages)
    with pytest.raises(OvertakenError):
        send(house, "Call me tomorrow", "mine", 1)
    assert (outgoing(house), house.open().summary.messages) == before
    send(house, "Call me tomorrow", "mine", 2)
    assert outgoing(house) == before[0] + 1


def test_what_only_staff_noted_does_not_stop_it(started: House) -> None:
    house, bundle = started, started.bundles[LINE]
    note = Note("A thought", "a member", "token")
    add_note(house.stores.main, house.open(), bundle, note, house.clock())
    close_thread(house.stores.main, house.open(), bundle, "a member", house.clock())
    send(house, "Where?", "mine", 1)
    assert outgoing(house) == 1


def test_a_repetition_is_told_as_such_and_not_as_overtaken(started: House) -> None:
    house = started
    send(house, "Where?", "mine", 1)
    assert house.replier.was_sent(house.open(), "mine") is True
    assert house.replier.was_sent(house.open(), "other") is False
    with pytest.raises(AlreadySentError):
        send(house, "Where?", "mine", 1)
