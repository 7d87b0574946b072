"""Indexing: nothing is missed, nothing stays that must go, and two may do it at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, insert, update

from tests.search.desk import aliases, in_index, index, note, search, shown, texts, tip
from tests.support.canary import Canary, scan_tree
from tests.support.house import ANNA, BEN, CLEO, LINE, OTHER_LINE, House
from tipline.lines.bundles import LineBundle
from tipline.search import waiting, writing
from tipline.search.index import forget
from tipline.search.indexer import Indexer
from tipline.search.models import SearchLine, SearchPage, SearchPlace, SearchSegment, SearchState
from tipline.threads.contents import MessageKind
from tipline.threads.models import EraseKey, Thread


def change(house: House, alias: str, **values: object) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).where(Thread.alias == alias).values(**values))


def test_messages_replies_and_notes_are_indexed_and_events_are_not(house: House) -> None:
    alias = tip(house, ANNA, "A stolen bicycle", "It is green")
    house.reply("Which street?", alias=alias)
    note(house, alias, "Matches the burglary")
    note(house, alias, "memberidentifier", MessageKind.EVENT)
    index(house)
    for word in ("bicycle", "green", "street", "burglary"):
        assert in_index(house, word) == {alias}
    assert in_index(house, "memberidentifier") == set()


def test_what_comes_later_is_added(house: House) -> None:
    first = tip(house, ANNA, "A stolen bicycle")
    index(house)
    assert tip(house, ANNA, "It has a basket") == first
    second = tip(house, BEN, "A basket of apples")
    note(house, first, "Seen before")
    assert in_index(house, "basket") == set()
    index(house)
    assert in_index(house, "basket") == {first, second}
    assert in_index(house, "bicycle") == in_index(house, "seen") == {first}


def test_indexing_what_is_indexed_changes_nothing(house: House) -> None:
    tip(house, ANNA, "A stolen bicycle")
    index(house)
    before = [house.rows(model) for model in (SearchSegment, SearchPage, SearchState)]
    index(house)
    assert [house.rows(model) for model in (SearchSegment, SearchPage, SearchState)] == before


def test_a_line_has_an_index_of_its_own(house: House) -> None:
    tip(house, ANNA, "A stolen bicycle")
    other = tip(house, ANNA, "A rude officer", line=OTHER_LINE)
    index(house)
    index(house, line=OTHER_LINE)
    assert in_index(house, "officer", line=OTHER_LINE) == {other}
    assert in_index(house, "bicycle", line=OTHER_LINE) == set()
    assert aliases(search(house, "officer")) == []
    # Nor with the one line's index and the other's keys.
    forged = LineBundle(house.bundles[LINE].line_id, 1, *_keys(house.bundles[OTHER_LINE]))
    assert in_index(house, "bicycle", forged) == set()


def _keys(bundle: LineBundle) -> tuple[object, object]:
    return bundle.opening, bundle.signing


def test_small_segments_are_put_together(house: House) -> None:
    expected = {}
    for number in range(writing.MERGED_AT_ONCE):
        expected[number] = tip(house, f"+1209555{number:04}", f"unusual{number} bicycle")
        index(house)
    assert len(house.rows(SearchSegment)) == 1
    assert in_index(house, "bicycle") == set(expected.values())
    for number, alias in expected.items():
        assert in_index(house, f"unusual{number}") == {alias}
    pages = {row.segment_id for row in house.rows(SearchPage)}
    places = {row.segment_id for row in house.rows(SearchPlace)}
    assert pages == places == {row.id for row in house.rows(SearchSegment)}


def test_a_new_generation_takes_the_index_over_and_leaves_the_old_keys_nothing(
    house: House,
) -> None:
    old = house.bundles[LINE]
    new = LineBundle.generate(old.line_id, 2)
    alias = tip(house, ANNA, "A stolen bicycle")
    index(house)
    assert in_index(house, "bicycle", new) == set(), "not renewed yet"
    index(house, old, new)
    assert {row.generation for row in house.rows(SearchSegment)} == {2}
    assert in_index(house, "bicycle", new) == {alias}
    assert in_index(house, "bicycle", old) == set()


def test_a_thread_that_does_not_open_for_one_member_is_left_to_another(house: House) -> None:
    old = house.bundles[LINE]
    new = LineBundle.generate(old.line_id, 2)
    alias = tip(house, ANNA, "A stolen bicycle")
    index(house, new)
    assert in_index(house, "bicycle", new) == set()
    index(house, old, new)
    assert in_index(house, "bicycle", new) == {alias}


def test_forgetting_a_thread_leaves_no_trace_of_it_and_loses_no_other(house: House) -> None:
    gone = tip(house, ANNA, "A stolen bicycle")
    kept = tip(house, BEN, "Another bicycle")
    index(house)
    thread = house.open(LINE, gone).summary
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey).where(EraseKey.thread_id == thread.id))
        forget(connection, thread.line_id, [thread.id])
    for model in (SearchPlace, SearchState):
        assert thread.id not in {row.thread_id for row in house.rows(model)}
    assert house.rows(SearchPage) == []
    assert aliases(search(house, "bicycle")) == [kept], "found by opening"
    index(house)
    assert in_index(house, "bicycle") == {kept}
    assert thread.id not in {row.thread_id for row in house.rows(SearchPlace)}


def test_a_thread_destroyed_while_it_was_read_is_not_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = tip(house, ANNA, "A stolen bicycle")
    thread = house.open(LINE, alias).summary

    def destroy() -> None:
        with house.stores.perishable.begin() as connection:
            connection.execute(delete(EraseKey).where(EraseKey.thread_id == thread.id))
            forget(connection, thread.line_id, [thread.id])

    Indexer(texts(house), breathe=destroy).run()
    assert house.rows(SearchPlace) == house.rows(SearchPage) == []
    assert thread.id not in {row.thread_id for row in house.rows(SearchState)}


def test_a_thread_that_is_restricted_later_leaves_the_index(house: House) -> None:
    alias = tip(house, ANNA, "About a colleague")
    other = tip(house, BEN, "About a neighbour")
    index(house)
    change(house, alias, is_restricted=True)
    note(house, alias, "", MessageKind.EVENT)
    index(house)
    assert in_index(house, "colleague") == set()
    assert in_index(house, "neighbour") == {other}
    assert aliases(search(house, "colleague")) == [], "nobody is named in it"
    change(house, alias, is_restricted=False)
    note(house, alias, "", MessageKind.EVENT)
    index(house)
    assert in_index(house, "colleague") == {alias}


def test_a_restricted_thread_is_never_indexed(house: House) -> None:
    alias = tip(house, ANNA, "About a colleague")
    change(house, alias, is_restricted=True)
    index(house)
    assert house.rows(SearchPage) == house.rows(SearchPlace) == house.rows(SearchState) == []


def test_what_was_stored_too_late_for_its_number_is_found_by_comparing(house: House) -> None:
    alias = tip(house, ANNA, "A stolen bicycle")
    with house.stores.perishable.begin() as connection:
        line = house.bundles[LINE].line_id
        far = {"line_id": line, "seen": waiting.MESSAGES_READ_AGAIN * 2}
        connection.execute(insert(SearchLine), far)
    Indexer(texts(house)).run()
    assert in_index(house, "bicycle") == set(), "nobody can know"
    index(house)
    assert in_index(house, "bicycle") == {alias}


def test_several_processes_index_a_line_at_once(house: House) -> None:
    expected = {
        tip(house, f"+1209555{number:04}", f"bicycle number{number}"): number
        for number in range(12)
    }
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def work() -> None:
        start.wait()
        try:
            Indexer(texts(house)).run()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert in_index(house, "bicycle") == set(expected)
    places = [(row.thread_id, row.segment_id) for row in house.rows(SearchPlace)]
    assert len(places) == len({thread for thread, _ in places}), "each thread indexed once"


def test_a_changed_page_is_not_used_and_its_threads_are_indexed_again(house: House) -> None:
    alias = tip(house, ANNA, "A stolen bicycle")
    index(house)
    with house.stores.perishable.begin() as connection:
        connection.execute(update(SearchPage).values(sealed=b"\x01" + bytes(2000)))
    page = search(house, "bicycle")
    assert page.results == []
    assert page.is_whole is False, "and it is said that something may be missing"
    for number in range(writing.MERGED_AT_ONCE - 1):
        tip(house, f"+1209555{number:04}", "More")
        index(house)
    assert in_index(house, "bicycle") == {alias}


def test_no_word_stands_in_the_stores(sqlite_house: House) -> None:
    house = sqlite_house
    word = "pneumonoultramicroscopic"
    alias = tip(house, CLEO, f"The {word} garage")
    index(house)
    assert shown(search(house, word)) == [f"The [{word}] garage"]
    assert in_index(house, word) == {alias}
    key = writing.SearchKey.of(house.bundles[LINE])
    from tipline.crypto.tags import keyed_tag

    tag = keyed_tag(key.key, "search page", word).hex()
    canaries = [Canary("the word", word, "text"), Canary("its tag", tag, "id")]
    assert scan_tree(house.home, canaries) == []


def test_a_line_is_compared_with_its_index_page_by_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [tip(house, f"+1209555{number:04}", "A bicycle") for number in range(5)]
    index(house)
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(SearchState))
    monkeypatch.setattr(waiting, "THREADS_AT_ONCE", 2)
    line_id = house.bundles[LINE].line_id
    assert waiting.mark_lost(house.stores, line_id) == len(made)
    index(house)
    assert waiting.mark_lost(house.stores, line_id) == 0
    assert in_index(house, "bicycle") == set(made)
