"""Intake marks urgent threads by the line's words, and never unmarks one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.alerts.models import Escalation
from tipline.intake.urgency import Urgency
from tipline.lines.directory import LineDirectory
from tipline.lines.models import WordList
from tipline.lines.word_lists import UrgentWordLists
from tipline.threads.models import Thread


def text(house: House, body: str, sender: str = ANNA, line: str = LINE) -> None:
    assert house.text(sender, body, line=line).status_code == 200
    house.drain()


def keep(house: House, *entries: str, line: str = LINE, seen: int = 0) -> None:
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    UrgentWordLists(house.stores.main, lines).keep(house.bundles[line], entries, seen=seen)


def change(house: House, model: Any, **values: Any) -> None:
    with house.stores.main.begin() as connection:
        assert connection.execute(update(model).values(**values)).rowcount


@pytest.mark.parametrize(
    ("body", "urgency"), [("He has a Gun", 1), ("Va a matar a alguien", 1), ("Graffiti", 0)]
)
def test_the_first_message_decides(house: House, body: str, urgency: int) -> None:
    text(house, body)
    assert house.only_thread().urgency == urgency


def test_a_later_message_raises_and_none_lowers(house: House) -> None:
    text(house, "Graffiti")
    text(house, "now he pulled a knife")
    assert house.only_thread().urgency == 1
    text(house, "he is gone")
    assert house.only_thread().urgency == 1


def test_the_clock_of_an_urgent_tip_starts_with_it(house: House) -> None:
    text(house, "Graffiti")
    assert house.rows(Escalation) == []
    text(house, "now he pulled a knife")
    (waiting,) = house.rows(Escalation)
    assert (waiting.thread_id, waiting.escalated) == (house.only_thread().id, False)
    house.clock.move(minutes=5)
    text(house, "he has a gun, too")
    assert [row.due for row in house.rows(Escalation)] == [waiting.due], "and is not put back"


def test_urgency_in_a_batch_stays_with_its_own_thread(house: House) -> None:
    house.text(ANNA, "a bomb")
    house.text(BEN, "a noise")
    house.text(ANNA, "please hurry")
    house.drain()
    assert sorted(thread.urgency for thread in house.threads()) == [0, 1]
    assert house.threads()[0].urgency == 1, "and comes first"


def test_the_lines_own_words_count_and_only_on_it(house: House) -> None:
    keep(house, "fuego", "smells of gas")
    text(house, "It smells of GAS!", ANNA)
    text(house, "a gun", BEN)
    assert sorted(thread.urgency for thread in house.threads()) == [0, 1]
    text(house, "a gun", ANNA, OTHER_LINE)
    assert house.only_thread(OTHER_LINE).urgency == 1
    keep(house, "gun", seen=1)
    text(house, "as I said, a gun", BEN)
    assert [thread.urgency for thread in house.threads()] == [1, 1]


def test_a_forged_list_is_reported_once_and_the_default_words_count(house: House) -> None:
    keep(house, "gun")
    change(house, WordList, content="nothing at all")
    text(house, "a gun")
    assert house.only_thread().urgency == 1
    text(house, "nothing at all", BEN)
    assert sorted(thread.urgency for thread in house.threads()) == [0, 1]
    assert house.incidents()["forged_word_list"] == 1


def test_somebody_in_danger_is_urgent_whatever_the_words() -> None:
    assert Urgency({}).is_urgent("line", "hello", in_danger=True)
    assert not Urgency({}).is_urgent("line", "hello")


def test_the_newest_message_of_the_resident_is_known(house: House) -> None:
    def resident_sequence() -> int:
        (row,) = house.rows(Thread)
        return int(row.resident_sequence)

    text(house, "ice")
    assert resident_sequence() == 1
    house.reply("Where?")
    assert resident_sequence() == 1
    text(house, "there")
    assert resident_sequence() == 3
    text(house, "STOP")
    assert resident_sequence() == 3
