"""Triage: who works on a thread and how urgent it is, changed once and noted in the thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.house import ANNA, LINE, House
from tipline.threads.contents import MessageContent, MessageKind, open_message
from tipline.threads.models import Message
from tipline.threads.reading import stored_messages
from tipline.threads.triage import Act, AlreadySoError, ThreadTakenError, Triage

ANN, BEN, CYD = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def triage(house: House) -> Triage:
    house.text(ANNA, "ice")
    house.drain()
    return Triage(house.stores, house.clock)


def act(house: House, member: str = ANN) -> Act:
    return Act(house.open(), house.bundles[LINE], member)


def events(house: House) -> list[tuple[str, str, str]]:
    """What is noted in the thread, opened with the line's keys and its signature checked."""
    thread = house.open()
    found: list[MessageContent] = [
        open_message(one.message, one.place, thread.key, house.bundles[LINE].signing.public)
        for one in stored_messages(house.stores, thread.summary)
        if one.place.kind is MessageKind.EVENT
    ]
    return [(one.notice, one.author, one.text) for one in found]


def test_claim_assign_and_release_are_noted(house: House, triage: Triage) -> None:
    triage.claim(act(house))
    assert house.only_thread().assignee == ANN
    triage.assign(act(house), BEN, seen=ANN)
    assert house.only_thread().assignee == BEN
    triage.release(act(house), seen=BEN)
    assert house.only_thread().assignee is None
    assert events(house) == [
        ("claimed", ANN, ""),
        ("assigned", ANN, BEN),
        ("released", ANN, ""),
    ]


def test_claiming_what_somebody_claimed_changes_nothing(house: House, triage: Triage) -> None:
    triage.claim(act(house, BEN))
    with pytest.raises(ThreadTakenError):
        triage.claim(act(house))
    with pytest.raises(ThreadTakenError):
        triage.assign(act(house), CYD, seen=None)
    with pytest.raises(ThreadTakenError):
        triage.release(act(house), seen=ANN)
    assert house.only_thread().assignee == BEN
    assert events(house) == [("claimed", BEN, "")]


def test_what_is_so_already_is_not_noted_again(house: House, triage: Triage) -> None:
    with pytest.raises(AlreadySoError):
        triage.release(act(house), seen=None)
    triage.claim(act(house))
    with pytest.raises(AlreadySoError):
        triage.claim(act(house))
    with pytest.raises(AlreadySoError):
        triage.set_urgent(act(house), False)
    assert len(events(house)) == 1


def test_of_eight_who_claim_at_once_one_does(house: House, triage: Triage) -> None:
    members = [f"{number:032x}" for number in range(8)]
    acts = [act(house, member) for member in members]

    def claim(one: Act) -> bool:
        try:
            triage.claim(one)
        except ThreadTakenError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [member for member, ok in zip(members, pool.map(claim, acts), strict=True) if ok]
    assert [house.only_thread().assignee] == won
    assert [author for _, author, _ in events(house)] == won


def test_urgency_goes_up_and_down(house: House, triage: Triage) -> None:
    triage.set_urgent(act(house), True)
    assert house.only_thread().urgency == 1
    triage.set_urgent(act(house), False)
    assert house.only_thread().urgency == 0
    assert [notice for notice, _, _ in events(house)] == ["marked_urgent", "marked_not_urgent"]


def test_a_change_that_cannot_be_noted_is_not_made(
    house: House, triage: Triage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("tipline.threads.triage.note_event", broken)
    with pytest.raises(RuntimeError):
        triage.claim(act(house))
    assert house.only_thread().assignee is None


def test_nothing_of_it_is_sent_to_the_resident(house: House, triage: Triage) -> None:
    before = house.outbox_states()
    triage.claim(act(house))
    triage.set_urgent(act(house), True)
    assert house.outbox_states() == before
    assert house.only_thread().is_waiting, "the resident still waits for an answer"
    assert {row.kind for row in house.rows(Message)} == {"resident", "event"}
