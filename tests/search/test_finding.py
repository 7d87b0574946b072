"""Finding: the right threads, the newest first, whether they are indexed or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tests.search.desk import aliases, index, note, search, shown, texts, tip
from tests.support.house import ANNA, BEN, CLEO, LINE, OTHER_LINE, House
from tipline.search import finding
from tipline.search.finding import Query, Search
from tipline.search.indexer import Indexer
from tipline.threads.models import EraseKey, Message, Thread
from tipline.threads.reading import OpenThread


@pytest.fixture(params=[True, False], ids=["indexed", "not indexed"])
def is_indexed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def change(house: House, alias: str, **values: object) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).where(Thread.alias == alias).values(**values))


def test_all_words_must_occur_somewhere_in_the_thread(house: House, is_indexed: bool) -> None:
    both = tip(house, ANNA, "A stolen bicycle", "near the old mill")
    tip(house, BEN, "A stolen car")
    if is_indexed:
        index(house)
    assert aliases(search(house, "mill stolen")) == [both]
    assert aliases(search(house, "mill car")) == []
    assert len(aliases(search(house, "stolen"))) == 2


def test_what_is_indexed_during_a_search_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = tip(house, ANNA, "A stolen bicycle")
    looked = 0

    def indexing_in_between(look: Callable[..., object]) -> Callable[..., object]:
        def first_or_last(*arguments: object) -> object:
            nonlocal looked
            looked += 1
            if looked == 2:
                index(house)
            return look(*arguments)

        return first_or_last

    for name in ("newest_waiting", "find_threads"):
        monkeypatch.setattr(finding, name, indexing_in_between(getattr(finding, name)))
    assert aliases(search(house, "bicycle")) == [alias]
    assert looked == 2


def test_a_phrase_must_stand_in_one_message(house: House, is_indexed: bool) -> None:
    alias = tip(house, ANNA, "A black van", "black and white, a van")
    tip(house, BEN, "all black", "van outside")
    if is_indexed:
        index(house)
    page = search(house, '"black van"')
    assert aliases(page) == [alias]
    assert shown(page) == ["A [black van]"]


def test_notes_and_replies_are_found_and_said_to_be_so(house: House, is_indexed: bool) -> None:
    alias = tip(house, ANNA, "A tip")
    house.reply("Which warehouse?", alias=alias)
    note(house, alias, "The warehouse again")
    if is_indexed:
        index(house)
    (result,) = search(house, "warehouse tip").results
    kinds = [snippet.kind for snippet in result.snippets]
    assert kinds in (["resident", "reply"], ["resident", "note"])
    assert [snippet.kind for snippet in search(house, "again").results[0].snippets] == ["note"]


def test_the_newest_is_first_and_pages_hold_each_thread_once(
    house: House, is_indexed: bool
) -> None:
    made = [tip(house, f"+1209555{number:04}", "A bicycle") for number in range(7)]
    if is_indexed:
        index(house)
    found, place = [], None
    while True:
        page = Search(house.stores, [texts(house)], Query("bicycle")).page(place, size=3)
        found.append(aliases(page))
        place = page.next
        if place is None:
            break
        assert page.stopped_at is None
    made.reverse()
    assert found == [made[:3], made[3:6], made[6:]]


def test_what_one_answer_may_cost_is_bounded_and_one_can_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tip(house, ANNA, "The needle")
    for number in range(6):
        tip(house, f"+1209555{number:04}", "Some hay")
    monkeypatch.setattr(finding, "MOST_OPENED", 4)
    search_ = Search(house.stores, [texts(house)], Query("needle"))
    page = search_.page()
    assert aliases(page) == []
    assert page.stopped_at is not None
    assert page.next is not None
    page = Search(house.stores, [texts(house)], Query("needle")).page(page.next)
    assert aliases(page) == [wanted]
    assert page.next is None


def test_common_words_are_found_among_the_newest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [tip(house, f"+1209555{number:04}", "A bicycle") for number in range(9)]
    change(house, made[4], is_closed=True)
    index(house)
    monkeypatch.setattr(finding, "FEW_CANDIDATES", 3)
    monkeypatch.setattr(finding, "ROWS_AT_ONCE", 2)
    assert aliases(search(house, "bicycle")) == made[::-1]
    assert aliases(search(house, "bicycle", is_closed=True)) == [made[4]]
    first = Search(house.stores, [texts(house)], Query("bicycle")).page(size=5)
    rest = Search(house.stores, [texts(house)], Query("bicycle")).page(first.next, size=5)
    assert aliases(first) + aliases(rest) == made[::-1]


def test_by_alias_and_how_it_begins(house: House) -> None:
    alias = tip(house, ANNA, "A tip")
    tip(house, BEN, "Another")
    assert aliases(search(house, alias=alias)) == [alias]
    assert alias in aliases(search(house, alias=alias[:4]))
    assert aliases(search(house, alias="%")) == aliases(search(house, alias="_" * 9)) == []


def test_by_state(house: House) -> None:
    urgent, closed, plain = (tip(house, sender, "A tip") for sender in (ANNA, BEN, CLEO))
    change(house, urgent, urgency=1)
    change(house, closed, is_closed=True, is_opened=True)
    assert aliases(search(house, is_urgent=True)) == [urgent]
    assert aliases(search(house, is_closed=True)) == [closed]
    assert aliases(search(house, is_closed=False)) == [plain, urgent]
    assert aliases(search(house, is_unopened=True)) == [plain, urgent]
    assert aliases(search(house, "tip", is_unopened=True, is_closed=False)) == [plain, urgent]


def test_by_the_days_of_a_conversation(house: House) -> None:
    today = house.clock().date()
    old = tip(house, ANNA, "A tip")
    house.clock.move(days=2)
    house.keep_keys()
    assert tip(house, ANNA, "More") == old
    new = tip(house, BEN, "A tip")

    def on(first: date | None, last: date | None) -> list[str]:
        return aliases(search(house, "tip", first_day=first, last_day=last))

    assert on(today, today) == [old]
    assert on(today + timedelta(1), today + timedelta(1)) == [old], "it lasted through that day"
    assert on(today + timedelta(2), None) == [new, old]
    assert on(None, today - timedelta(1)) == on(today + timedelta(3), None) == []


def test_only_the_lines_that_are_searched(house: House, is_indexed: bool) -> None:
    mine = tip(house, ANNA, "A bicycle")
    other = tip(house, ANNA, "A bicycle", line=OTHER_LINE)
    if is_indexed:
        index(house)
        index(house, line=OTHER_LINE)
    assert aliases(search(house, "bicycle")) == [mine]
    both = [texts(house), texts(house, line=OTHER_LINE)]
    page = Search(house.stores, both, Query("bicycle")).page()
    assert set(aliases(page)) == {mine, other}


def test_a_thread_that_does_not_open_is_not_shown(house: House, is_indexed: bool) -> None:
    alias = tip(house, ANNA, "A bicycle")
    if is_indexed:
        index(house)
    thread = house.open(LINE, alias).summary
    with house.stores.perishable.begin() as connection:
        connection.execute(
            update(EraseKey).where(EraseKey.thread_id == thread.id).values(key=bytes(32))
        )
    assert search(house, "bicycle").results == []


def test_a_message_that_is_not_authentic_is_not_found(house: House) -> None:
    alias = tip(house, ANNA, "A bicycle", "A basket")
    index(house)
    with house.stores.main.begin() as connection:
        connection.execute(update(Message).where(Message.sequence == 1).values(sealed=b"\x01" * 99))
    assert search(house, "bicycle").results == []
    assert aliases(search(house, "basket")) == [alias]


def test_what_stands_beside_the_messages_is_found_too(house: House, is_indexed: bool) -> None:
    alias = tip(house, ANNA, "A tip")

    def tags(_thread: OpenThread) -> list[str]:
        return ["narcotics"]

    reader = texts(house, more_texts=tags)
    if is_indexed:
        Indexer(reader).run()
    page = Search(house.stores, [reader], Query("narcotics tip")).page()
    assert aliases(page) == [alias]
    assert shown(page) == ["A [tip]", "[narcotics]"]


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("a gun, two guns", "gun", "a [gun], two [guns]"),
        ("a " * 100 + "gun" + " i" * 200, "gun", "…" + "a " * 40 + "[gun]" + " i" * 98 + " …"),
        ("black van", 'van "black van"', "[black van]"),
        ("the <b>gun</b>", "gun", "the <b>[gun]</b>"),
    ],
    ids=["each form", "a long text is cut", "overlapping", "markup is text"],
)
def test_snippets_mark_what_was_searched(
    sqlite_house: House, text: str, typed: str, expected: str
) -> None:
    tip(sqlite_house, ANNA, text)
    assert shown(search(sqlite_house, typed)) == [expected]
