"""A resident's own details are gone before anything is stored; others' stay."""

from __future__ import annotations

from datetime import date

import pytest

from tests.intake.details import (
    AGAIN,
    NAME,
    OTHER,
    PHONE,
    REDACTED,
    SPANISH_TIP,
    SPLIT,
    SUSPECT,
    TIP,
    memories,
    say,
)
from tests.intake.steps import change, intake_key, is_stored, once, put, told
from tests.mailboxes.acts import Resident
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.crypto.generations import prepare, use
from tipline.identity.models import DetailTag, OpenEnd
from tipline.intake import memory
from tipline.intake.keys import INDEX
from tipline.intake.recalling import open_end_context
from tipline.intake.retiring import KeyRetirer
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.threads.models import EraseKey, Thread

TODAY = date(2026, 11, 2)


def kinds(house: House) -> list[tuple[str, int]]:
    return sorted((row.kind, row.number) for row in house.rows(DetailTag))


def test_a_text_is_stored_without_its_senders_details(house: House) -> None:
    say(house, TIP)
    assert house.texts() == [REDACTED]
    assert kinds(house) == [("NAME", 1), ("PHONE", 1)]
    for needle in (NAME, PHONE, "2095550142", "marigoldostrander"):
        assert not is_stored(house, needle)


def test_a_web_tip_and_what_is_added_to_it(house: House) -> None:
    resident = Resident(house)
    resident.tip(TIP)
    resident.add(f"{AGAIN} {OTHER}")
    house.drain_intake()
    expected = [REDACTED, "My number is [phone 1]. Or call me back at my number [phone 2]."]
    assert told(house) == [["[web_tip]", *expected]]
    resident.add(OTHER)
    house.drain_intake()
    assert house.texts()[-1] == "Or call me back at my number [phone 2]."
    assert kinds(house) == [("NAME", 1), ("PHONE", 1), ("PHONE", 2)]


@pytest.mark.parametrize("is_one_batch", [True, False], ids=["one batch", "batches"])
def test_a_value_keeps_its_placeholder_and_another_gets_its_own(
    house: House, is_one_batch: bool
) -> None:
    for text in (TIP, OTHER, AGAIN):
        house.text(ANNA, text)
        if not is_one_batch:
            house.drain_intake()
            house.intake = house.new_intake()  # What it knew in memory is gone.
    house.drain_intake()
    assert house.texts() == [
        REDACTED,
        "Or call me back at my number [phone 2].",
        "My number is [phone 1].",
    ]
    assert len(house.rows(DetailTag)) == 3


def test_two_threads_do_not_tell_that_they_hold_the_same_detail(house: House) -> None:
    say(house, AGAIN)
    say(house, AGAIN, line=OTHER_LINE)
    say(house, AGAIN, sender=BEN)
    assert kinds(house) == [("PHONE", 1)] * 3
    assert len({row.tag for row in house.rows(DetailTag)}) == 3


def test_the_number_that_it_was_sent_from_is_the_senders(house: House) -> None:
    written = f"The dealer answers at {SUSPECT}. The dealer answers at 209-555-0141."
    say(house, written, sender=BEN)
    say(house, written)
    assert told(house)[0] == [written]
    assert told(house)[1] == [f"The dealer answers at {SUSPECT}. The dealer answers at [phone 1]."]


@pytest.mark.parametrize("is_one_batch", [True, False], ids=["one batch", "batches"])
def test_a_number_in_two_messages_is_gone_from_both(house: House, is_one_batch: bool) -> None:
    for text in SPLIT:
        house.text(ANNA, text)
        if not is_one_batch:
            house.drain_intake()
            house.intake = house.new_intake()
    house.drain_intake()
    first, second = house.texts()
    assert "555" not in first
    assert "0142" not in second


def test_a_reply_in_between_does_not_hide_what_was_left_open(house: House) -> None:
    say(house, SPLIT[0])
    house.reply("Which number is that?")
    say(house, SPLIT[1])
    assert "0142" not in house.texts()[-1]


class Crash(Exception):
    """The process ends here."""


def crash() -> None:
    raise Crash


def test_after_a_crash_between_the_commits_the_right_end_is_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(house, SPLIT[0])
    house.text(ANNA, SPLIT[1])
    once(monkeypatch, "_write_main", after=crash)
    with pytest.raises(Crash):
        house.drain_intake()
    house.drain_intake()
    assert len(house.texts()) == 2
    assert "0142" not in house.texts()[1]


def test_an_open_end_does_not_keep_the_days_key_and_ends_with_it(house: House) -> None:
    say(house, SPLIT[0])
    (row,) = house.rows(OpenEnd)
    assert not is_stored(house, "My number is")
    house.clock.move(days=1)
    house.keep_keys()
    house.clock.move(hours=2)
    assert house.intake_ring.destroy_drained([]) == 1
    house.intake = house.new_intake()
    say(house, "The pier is where they meet at")
    assert house.texts()[-1] == "The pier is where they meet at"
    assert house.incidents() == {}
    house.sweeper.sweep()
    assert row.key_id not in {each.key_id for each in house.rows(OpenEnd)}
    assert len(house.rows(OpenEnd)) == 1


def test_a_message_that_ends_leaves_nothing_open(house: House) -> None:
    say(house, SPLIT[0], "They meet at the pier.", "At night.")
    assert house.rows(OpenEnd) == []


# -- the acknowledgement --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tip", "said"),
    [
        (AGAIN, "We removed 1 personal detail."),
        (f"{TIP} {AGAIN}", "We removed 2 personal details."),
        (f"Mi número es {PHONE}. Venden droga en el parque.", "Quitamos 1 dato personal."),
        (SPANISH_TIP, "Quitamos 2 datos personales."),
    ],
)
def test_the_acknowledgement_says_how_many_were_removed(house: House, tip: str, said: str) -> None:
    assert isinstance(house.provider, RecordingProvider)
    house.text(ANNA, tip)
    house.drain()
    assert house.provider.bodies_to(ANNA) == [f"{DEFAULT_ACKNOWLEDGEMENT} {said}"]


def test_of_nothing_removed_nothing_is_said(house: House) -> None:
    assert isinstance(house.provider, RecordingProvider)
    house.text(ANNA, f"The dealer answers at {SUSPECT}.")
    house.drain()
    assert house.texts() == [f"The dealer answers at {SUSPECT}."]
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]


def test_a_placeholder_does_not_tell_the_language(sqlite_house: House) -> None:
    house = sqlite_house
    say(house, SPANISH_TIP)
    assert house.open().language == "es"


# -- forgetting -----------------------------------------------------------------------------------


def test_stop_forgets_the_details(house: House) -> None:
    say(house, TIP, SPLIT[0])
    say(house, AGAIN, sender=BEN)
    assert len(house.rows(OpenEnd)) == 1
    say(house, "STOP")
    assert kinds(house) == [("PHONE", 1)], "somebody else's"
    assert house.rows(OpenEnd) == []


def test_forget_me_forgets_the_details(house: House) -> None:
    resident = Resident(house)
    resident.tip(f"{TIP} {SPLIT[0]}")
    house.drain_intake()
    assert memories(house) != (0, 0)
    resident.forget()
    house.drain_intake()
    assert memories(house) == (0, 0)


def sweep(house: House, times: int) -> None:
    for _ in range(times):
        house.sweeper.sweep()
        house.clock.move(minutes=11)


@pytest.mark.parametrize("how", ["destroyed", "gone", "closed"])
def test_details_of_a_dead_thread_are_swept(house: House, how: str) -> None:
    say(house, TIP, SPLIT[0])
    details, ends = house.rows(DetailTag), house.rows(OpenEnd)
    say(house, AGAIN, sender=BEN)
    kill(house, how, details[0].thread_id)
    if how == "closed":  # A worker that had lost its lease put them back.
        put(house, DetailTag, *details)
        put(house, OpenEnd, *ends)
    sweep(house, 1)
    assert len(house.rows(DetailTag)) == len(details) + 1, "it may be on its way"
    sweep(house, 1)
    assert kinds(house) == [("PHONE", 1)], "what lives stays"
    assert house.rows(OpenEnd) == []


def kill(house: House, how: str, thread_id: str) -> None:
    if how == "closed":
        say(house, "STOP")
        return
    with house.stores.perishable.begin() as perishable, house.stores.main.begin() as main:
        perishable.execute(EraseKey.__table__.delete().where(EraseKey.thread_id == thread_id))
        if how == "gone":
            main.execute(Thread.__table__.delete().where(Thread.id == thread_id))


# -- keys, and what others write ------------------------------------------------------------------


def test_an_older_index_key_is_kept_until_its_details_came_again(house: House) -> None:
    say(house, AGAIN)
    old = house.rows(DetailTag)
    use(house.folders.intake, INDEX, prepare(house.folders.intake, INDEX).number, TODAY)
    house.intake = house.new_intake()
    retirer = KeyRetirer(house.folders.intake, house.stores_of("intake").perishable, house.clock)
    say(house, OTHER)
    retirer.retire()
    house.clock.move(minutes=6)
    assert retirer.retire() == 0
    say(house, AGAIN)
    assert house.texts()[-1] == "My number is [phone 1]."
    rows = house.rows(DetailTag)
    assert {row.generation for row in rows} == {2}
    assert len(rows) == 2
    assert old[0].tag not in {row.tag for row in rows}
    assert retirer.retire() == 1


def test_nobody_else_says_that_two_details_are_the_same(house: House) -> None:
    say(house, TIP, OTHER)
    second = next(row for row in house.rows(DetailTag) if (row.kind, row.number) == ("PHONE", 2))
    change(house, DetailTag, DetailTag.tag == second.tag, number=1)
    say(house, OTHER)
    assert house.texts()[-1] == "Or call me back at my number [phone 2]."
    assert house.incidents() == {"swapped_address_tag": 1}
    say(house, OTHER)
    assert house.incidents() == {"swapped_address_tag": 1}, "it was replaced"


def test_nobody_else_says_how_a_message_ended(house: House) -> None:
    """With "my number is" before them, others' numbers would be taken for the resident's."""
    say(house, "The pier is where they meet at")
    (row,) = house.rows(OpenEnd)
    context = open_end_context(house.bundles[LINE].line_id, row.thread_id, row.sequence)
    key = intake_key(house)
    change(house, OpenEnd, sealed=key.seal(b"My number is ", context), key_id=key.key_id)
    say(house, f"The dealer answers at {SUSPECT}.")
    assert house.texts()[-1] == f"The dealer answers at {SUSPECT}."
    assert house.incidents() == {"swapped_address_tag": 1}


def test_a_flood_of_details_is_not_remembered_without_end(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_DETAILS", 2)
    say(sqlite_house, TIP, OTHER, AGAIN)
    assert sqlite_house.texts()[1:] == [
        "Or call me back at my number [phone].",
        "My number is [phone 1].",
    ]
    assert len(sqlite_house.rows(DetailTag)) == 2
