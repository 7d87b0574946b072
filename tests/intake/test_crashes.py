"""Crashes between two commits, lost leases, workers side by side, and sweeping what they leave."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.intake.steps import change, living_contacts, once, perishable, put, reasons, told
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.clock import stored
from tipline.db.engines import open_stores
from tipline.envelopes.models import DedupeTag, Envelope, LaneLease
from tipline.identity.models import AddressTag, Contact
from tipline.intake.service import OF_A_LANE, Intake
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.threads.models import EraseKey, Thread

SOMEBODY = "somebody else"
SENDERS, ENVELOPES = 30, 300


class Crash(Exception):
    """The process ends here."""


def crash() -> None:
    raise Crash


def crash_in_drain(house: House) -> None:
    with pytest.raises(Crash):
        house.drain_intake()


def same_worker(house: House) -> None:
    """It was an error that passed."""


def another_worker(house: House) -> None:
    """The process was started again; its old lease has to run out first."""
    house.intake = house.new_intake()
    house.drain_intake()
    assert house.rows(Envelope) != []
    house.clock.move(seconds=31)


redone = pytest.mark.parametrize("redo", [same_worker, another_worker])
Redo = Callable[[House], None]


@redone
def test_first_message_after_a_crash_between_the_commits(
    house: House, monkeypatch: pytest.MonkeyPatch, redo: Redo
) -> None:
    once(monkeypatch, "_write_main", after=crash)
    house.text(ANNA, "one")
    house.text(ANNA, "two")
    crash_in_drain(house)
    assert house.threads() == []
    assert len(house.rows(Envelope)) == 2
    assert perishable(house) == (1, 1, 1, 0)
    redo(house)
    house.drain()
    thread = house.only_thread()
    assert told(house) == [["one", "two"]]
    assert living_contacts(house) == [thread.id]
    assert [row.thread_id for row in house.rows(AddressTag)] == [thread.id]
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    house.text(ANNA, "three")
    house.reply("an answer")
    house.drain()
    assert told(house) == [["one", "two", "an answer", "three"]]
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, "an answer"]
    assert house.incidents() == {}


@redone
def test_stop_after_a_crash_between_the_commits(
    house: House, monkeypatch: pytest.MonkeyPatch, redo: Redo
) -> None:
    house.text(ANNA, "a tip")
    house.drain_intake()
    house.text(ANNA, "STOP")
    once(monkeypatch, "_write_main", after=crash)
    crash_in_drain(house)
    assert told(house) == [["a tip"]]
    assert perishable(house)[1] == 0
    redo(house)
    house.drain()
    assert told(house) == [["a tip", "[opted_out]"]]
    assert perishable(house) == (1, 0, 0, 1)
    assert house.outbox_states() == ["cancelled"]
    assert house.provider.sent == []


@redone
def test_start_after_a_crash_between_the_commits(
    house: House, monkeypatch: pytest.MonkeyPatch, redo: Redo
) -> None:
    for text in ("STOP", "a tip", "START"):
        house.text(ANNA, text)
        if text != "START":
            house.drain_intake()
    once(monkeypatch, "_write_main", after=crash)
    crash_in_drain(house)
    redo(house)
    house.drain()
    assert perishable(house) == (1, 1, 1, 0)
    house.reply("an answer")
    house.drain()
    assert house.provider.bodies_to(ANNA) == ["an answer"]


def test_crash_before_a_stopped_senders_tags_are_dropped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.text(ANNA, "a tip")
    house.drain_intake()
    once(monkeypatch, "_drop_tags", before=crash)
    house.text(ANNA, "STOP")
    crash_in_drain(house)
    assert told(house) == [["a tip", "[opted_out]"]]
    assert perishable(house) == (1, 0, 1, 1)
    house.text(ANNA, "another tip")
    house.drain()
    assert told(house) == [["a tip", "[opted_out]"], ["another tip"]]
    assert perishable(house) == (2, 0, 1, 1)
    assert house.provider.sent == []
    assert house.incidents() == {}


# -- leases --------------------------------------------------------------------------------------


def take_over(house: House) -> Callable[[], None]:
    """Another worker takes all lanes that are leased, for half a minute."""

    def take() -> None:
        until = stored(house.clock() + timedelta(seconds=30))
        change(house, LaneLease, LaneLease.holder.is_not(None), holder=SOMEBODY, until=until)

    return take


def lanes_of(house: House) -> list[Any]:
    lanes = {row.lane for row in house.rows(Envelope)}
    return [row for row in house.rows(LaneLease) if row.lane in lanes]


@pytest.mark.parametrize("moment", ["before both", "between"])
def test_lost_lease_commits_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    before = house.rows(DedupeTag)
    house.text(ANNA, "one")
    house.text(ANNA, "two")
    place = {"before both": ("write", "before"), "between": ("_write_perishable", "after")}[moment]
    once(monkeypatch, place[0], **{place[1]: take_over(house)})
    house.drain_intake()
    assert house.threads() == []
    assert len(house.rows(Envelope)) == 2
    assert perishable(house) == ((0, 0, 0, 0) if moment == "before both" else (1, 1, 1, 0))
    assert {row.holder for row in lanes_of(house)} == {SOMEBODY}
    house.clock.move(seconds=31)
    house.drain()
    assert told(house) == [["one", "two"]]
    assert len(living_contacts(house)) == 1
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert len(house.rows(DedupeTag)) == len(before) + 2


def test_two_workers_with_the_same_plan_commit_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sleeps over its lease and wakes up when the other has done the work."""
    house.text(ANNA, "one")
    house.text(ANNA, "two")

    def other_does_it() -> None:
        house.clock.move(seconds=31)
        house.new_intake().drain(60)

    once(monkeypatch, "write", before=other_does_it)
    house.drain_intake()
    house.drain_delivery()
    assert told(house) == [["one", "two"]]
    assert perishable(house) == (1, 1, 1, 0)
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert {row.holder for row in house.rows(LaneLease)} == {None}


@pytest.mark.parametrize(
    ("ahead", "blocks"), [(20, True), (30, True), (-1, False), (3600, False), (86400, False)]
)
def test_only_a_possible_lease_blocks(house: House, ahead: int, blocks: bool) -> None:
    house.text(ANNA, "one")
    until = stored(house.clock() + timedelta(seconds=ahead))
    change(house, LaneLease, holder=SOMEBODY, until=until)
    house.drain_intake()
    assert told(house) == ([] if blocks else [["one"]])


def test_lanes_are_given_back(house: House) -> None:
    house.text(ANNA, "one")
    house.drain_intake()
    assert {(row.holder, row.until) for row in house.rows(LaneLease)} == {(None, None)}


def test_lanes_are_given_back_when_the_time_is_over(house: House) -> None:
    for number in range(OF_A_LANE + 1):
        house.text(ANNA, f"{number}")
    assert house.intake.drain(0) is True
    assert len(house.rows(Envelope)) == 1
    assert {(row.holder, row.until) for row in house.rows(LaneLease)} == {(None, None)}


def test_two_workers_share_many_envelopes(house: House) -> None:
    numbers = [f"+1209555{1000 + index}" for index in range(SENDERS)]
    for index in range(ENVELOPES):
        sender, line = index % SENDERS, LINE if index % 2 else OTHER_LINE
        assert (
            house.text(numbers[sender], f"letter {index} of {sender}.", line=line).status_code
            == 200
        )
    both = [open_stores(house.urls.main, house.urls.perishable) for _ in range(2)]
    errors: list[BaseException] = []

    def work(intake: Intake) -> None:
        try:
            while house.rows(Envelope):
                intake.drain(60)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(house.new_intake(each),)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    for each in both:
        each.main.dispose()
        each.perishable.dispose()
    assert errors == []
    found = told(house, LINE) + told(house, OTHER_LINE)
    expected = [
        [f"letter {index} of {sender}." for index in range(sender, ENVELOPES, SENDERS)]
        for sender in range(SENDERS)
    ]
    assert sorted(found) == sorted(expected)
    assert perishable(house) == (SENDERS, SENDERS, SENDERS, 0)
    assert len(house.outbox_states()) == SENDERS
    assert house.incidents() == {}


# -- conflicts -----------------------------------------------------------------------------------


def test_a_reply_between_look_up_and_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.text(ANNA, "one")
    house.text(BEN, "another")
    house.drain()
    alias = next(t.alias for t in house.threads() if house.texts(alias=t.alias) == ["one"])
    for sender, text in (
        (ANNA, "two"),
        (BEN, "and more"),
        (ANNA, "three"),
        ("+12095550149", "new"),
    ):
        house.text(sender, text)
    once(monkeypatch, "write", before=lambda: house.reply("an answer", alias=alias))
    house.drain()
    assert sorted(told(house)) == [
        ["another", "and more"],
        ["new"],
        ["one", "an answer", "two", "three"],
    ]
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, "an answer"]
    assert len(house.provider.bodies_to("+12095550149")) == 1
    assert len(living_contacts(house)) == 3
    assert reasons(house) == []


def test_a_reply_at_the_moment_of_stop(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.text(ANNA, "one")
    house.drain()
    house.text(ANNA, "STOP")
    once(monkeypatch, "write", before=lambda: house.reply("an answer"))
    house.drain()
    assert told(house) == [["one", "an answer", "[opted_out]"]]
    assert perishable(house) == (1, 0, 0, 1)
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    assert reasons(house) == []


def test_a_small_batch_after_a_conflict_grows_again(house: House) -> None:
    """Put back what was processed: it conflicts all alone, and the rest goes on in whole."""
    house.text(ANNA, "one")
    copies = house.rows(Envelope)
    house.drain_intake()
    for index in range(10):
        house.text(BEN, f"part {index}")
    put(house, Envelope, *copies)
    house.drain_intake()
    assert sorted(told(house)) == [["one"], [f"part {index}" for index in range(10)]]
    for index in range(5):
        house.text(BEN, f"later {index}")
    house.intake.drain_batch()
    assert house.rows(Envelope) == []


# -- sweeping ------------------------------------------------------------------------------------


def leave_orphans(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Anna's thread is whole; of Ben's only what belongs into the perishable store is there."""
    house.text(ANNA, "one")
    house.drain_intake()
    living = house.only_thread()
    house.text(BEN, "lost in a crash")
    once(monkeypatch, "_write_main", after=crash)
    crash_in_drain(house)
    assert perishable(house) == (2, 2, 2, 0)
    return living


def test_orphans_are_swept_when_seen_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    living = leave_orphans(house, monkeypatch)
    for _ in range(2):
        house.sweeper.sweep()
        assert perishable(house) == (2, 2, 2, 0)
    house.clock.move(minutes=9, seconds=59)
    house.sweeper.sweep()
    assert perishable(house) == (2, 2, 2, 0)
    house.clock.move(seconds=2)
    house.sweeper.sweep()
    assert perishable(house) == (1, 1, 1, 0)
    for model in (EraseKey, Contact, AddressTag):
        assert [row.thread_id for row in house.rows(model)] == [living.id]
    house.drain()
    assert sorted(told(house)) == [["lost in a crash"], ["one"]]
    assert perishable(house) == (2, 2, 2, 0)


def test_what_was_redone_survives_the_sweep(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_orphans(house, monkeypatch)
    house.sweeper.sweep()
    house.drain()
    house.clock.move(minutes=11)
    house.sweeper.sweep()
    threads = sorted(row.id for row in house.rows(Thread))
    for model in (EraseKey, Contact, AddressTag):
        assert sorted(row.thread_id for row in house.rows(model)) == threads
    assert perishable(house) == (2, 2, 2, 0)


def test_dedupe_tags_are_kept_longer_than_envelopes(house: House) -> None:
    sid = "SM" + "5" * 32
    house.text(ANNA, "once", sid=sid)
    house.drain_intake()
    house.clock.move(days=399)
    house.keep_keys()
    house.sweeper.sweep()
    assert len(house.rows(DedupeTag)) == 1
    assert house.text(ANNA, "once", sid=sid).status_code == 200
    assert house.rows(Envelope) == []
    house.clock.move(days=2)
    house.sweeper.sweep()
    assert house.rows(DedupeTag) == []


def test_suppressions_are_kept_for_years(house: House) -> None:
    house.text(ANNA, "STOP")
    house.drain_intake()
    house.clock.move(days=5 * 365 - 1)
    house.sweeper.sweep()
    assert perishable(house) == (0, 0, 0, 1)
    house.clock.move(days=2)
    house.sweeper.sweep()
    assert perishable(house) == (0, 0, 0, 0)
