"""The search page: what a member of a line finds, and that no word of it stands anywhere else."""

from __future__ import annotations

import itertools
import logging
import re

import pytest
from werkzeug.test import TestResponse

from tests.console.house import (
    COMPLAINTS,
    Browser,
    House,
    thread_path,
    visible,
)
from tests.support.canary import Canary, scan_bytes, scan_tree
from tipline.console.search.background import EXTENSION, Indexing, indexing
from tipline.console.search.saved import DAYS_KEPT
from tipline.search.models import SearchPage, SearchState

WORD = "pneumonoultramicroscopic"


def searched(browser: Browser, **fields: str) -> TestResponse:
    """Fill in the form and follow to the results; the answer itself if it was refused."""
    answer = browser.submit("/search", browser.get("/search"), **fields)
    if answer.status_code != 303:
        return answer
    return browser.get(answer.headers["Location"])


def found(answer: TestResponse) -> list[str]:
    return re.findall(r'<h3><a href="/lines/[a-z-]+/threads/([a-z0-9-]+)">', answer.text)


def indexed(browser: Browser) -> None:
    """Let the background finish."""
    for bundle in browser.house.bundles.values():
        assert indexing(browser.app).wait(bundle.line_id, 60)


def test_a_tip_is_found_by_its_words_and_the_words_are_marked(house: House) -> None:
    alias = house.text("The garage on <Elm> has a red door")
    house.text("Something else", sender="+12095550999")
    answer = searched(house.signed_in("ann"), words="Door elm")
    assert found(answer) == [alias]
    assert "&lt;<mark>Elm</mark>&gt; has a red <mark>door</mark>" in answer.text
    assert "From the resident, 20 Nov 2026, 09:41:17 UTC" in visible(answer.text)
    assert 'value="Door elm"' in answer.text, "the form keeps what was typed"


def test_what_was_indexed_in_the_background_is_found(house: House) -> None:
    alias = house.text("A stolen bicycle")
    browser = house.signed_in("ann")
    assert found(searched(browser, words="bicycle")) == [alias]
    indexed(browser)
    assert house.rows(SearchPage)
    assert found(searched(browser, words="bicycles")) == [alias]
    house.text("It has a basket")
    assert found(searched(browser, words="basket bicycle")) == [alias], "not indexed yet"


def test_indexing_starts_again_when_it_ended_a_while_ago(house: House) -> None:
    alias = house.text("A stolen bicycle")
    browser = house.signed_in("ann")
    now = [0.0]
    running = browser.app.extensions[EXTENSION] = Indexing(lambda: now[0])
    browser.get("/search")
    indexed(browser)
    pages = len(house.rows(SearchPage))
    assert pages
    house.text("Another one", sender="+12095550999")
    browser.get("/search")
    indexed(browser)
    assert len(house.rows(SearchPage)) == pages, "a moment ago"
    now[0] = 60.0
    browser.get("/search")
    indexed(browser)
    assert len(house.rows(SearchPage)) > pages
    assert running is indexing(browser.app)
    assert found(searched(browser, words="bicycle")) == [alias]


def test_indexing_stops_after_a_while_and_goes_on_with_the_next_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys of somebody who was disabled meanwhile must not stay in memory."""
    monkeypatch.setattr("tipline.search.indexer.THREADS_AT_ONCE", 1)
    for number in range(3):
        house.text("A bicycle", sender=f"+1209555{number:04}")
    seconds = itertools.count(step=1000)
    browser = house.signed_in("ann")
    browser.app.extensions[EXTENSION] = Indexing(lambda: float(next(seconds)))
    for done in (1, 2, 3):
        browser.get("/search")
        indexed(browser)
        assert len(house.rows(SearchState)) == done


def test_indexing_that_fails_says_so_in_the_log_and_does_not_hinder_the_page(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = house.text(f"The {WORD} garage")

    def fail(*_arguments: object) -> None:
        raise RuntimeError(WORD)

    monkeypatch.setattr("tipline.search.indexer.write_batch", fail)
    browser = house.signed_in("ann")
    assert found(searched(browser, words=WORD)) == [alias]
    indexed(browser)
    assert any(record.msg == "indexing_failed" for record in caplog.records)
    assert WORD not in "".join(str(record.__dict__) for record in caplog.records)


def test_no_word_stands_in_an_address_a_log_or_a_store(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.text(f"The {WORD} garage")
    browser = house.signed_in("ann")
    answer = browser.submit("/search", browser.get("/search"), words=f"{WORD} garage")
    address = answer.headers["Location"]
    assert re.fullmatch(r"/search/[0-9a-f]{32}", address)
    assert len(found(browser.get(address))) == 1
    indexed(browser)
    canaries = [Canary("the word", WORD, "text")]
    assert scan_tree(house.instance.home, canaries) == []
    logged = "".join(str(record.__dict__) for record in caplog.records)
    assert scan_bytes(logged.encode() or b" ", canaries) == []


def test_a_search_is_the_members_own_and_is_kept_for_a_while(house: House) -> None:
    house.text("A stolen bicycle")
    ann = house.signed_in("ann")
    address = ann.submit("/search", ann.get("/search"), words="bicycle").headers["Location"]
    for name in ("ben", "cyd"):
        assert house.signed_in(name).get(address).status_code == 404
    for wrong in ("/search/" + "0" * 32, "/search/x", f"{address}0", f"{address}?after=x"):
        assert ann.get(wrong).status_code == 404
    assert ann.get(address).status_code == 200
    house.clock.move(days=DAYS_KEPT + 1)
    house.delivery_worker.drain(1)
    assert house.signed_in("ann").get(address).status_code == 404


def test_pages_of_ten_hold_each_thread_once(house: House) -> None:
    for number in range(25):
        house.post("A bicycle", sender=f"+1209555{number:04}")
    house.intake_worker.drain(60)
    browser = house.signed_in("ann")
    answer = searched(browser, words="bicycle")
    pages = [found(answer)]
    while older := re.search(r'<a href="(/search/[^"]+)">Older results', answer.text):
        assert "bicycle" not in older[1]
        answer = browser.get(older[1])
        pages.append(found(answer))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({alias for page in pages for alias in page}) == 25


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Type a word or an alias"),
        ({"words": "  "}, "Type a word or an alias"),
        ({"words": "?! ..."}, "Type letters or digits"),
        ({"words": "x" * 201}, "at most 200 characters"),
        ({"words": " ".join(f"w{n}" for n in range(13))}, "at most 12 words"),
        ({"alias": "quiet/heron"}, "An alias has letters"),
        ({"first_day": "yesterday"}, "Write the day as"),
        ({"first_day": "2026-02-30"}, "Write the day as"),
        ({"last_day": "9999-12-31"}, "Write the day as"),
        ({"first_day": "2026-11-20", "last_day": "2026-11-19"}, "before the first"),
        ({"words": "x", "line": COMPLAINTS}, "Choose one of your lines"),
        ({"words": "x", "state": "burnt"}, "Choose one of these"),
    ],
    ids=[
        "nothing", "spaces", "signs", "long", "many", "alias", "no day", "no such day",
        "the last day", "reversed", "another line", "no state",
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    house: House, fields: dict[str, str], said: str
) -> None:
    answer = searched(house.signed_in("ann"), **fields)
    assert answer.status_code == 400
    name = next((name for name in reversed(fields) if name != "words"), "words")
    problem = re.search(rf'id="{name}-problem"[^>]*>([^<]*)<', answer.text)
    assert problem is not None
    assert said in problem[1]
    assert re.search(rf'id="{name}"[^>]*aria-describedby="{name}-problem ', answer.text)
    for name, typed in fields.items():
        if typed.strip() and name not in ("line", "state"):
            assert f'value="{typed.strip()}"' in answer.text


def test_an_alias_is_found_as_people_write_it(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    assert found(searched(browser, alias=alias.upper().replace("-", " "))) == [alias]


def test_a_search_without_result_says_what_to_try(house: House) -> None:
    page = searched(house.signed_in("ann"), words="bicycle").text
    assert "Nothing was found. Try fewer words" in visible(page)


def test_a_member_finds_nothing_of_another_line(house: House) -> None:
    house.text("A bicycle")
    own = house.text("A bicycle", line=COMPLAINTS)
    for name in ("ann", "cyd"):
        browser = house.signed_in(name)
        searched(browser, words="bicycle")
        indexed(browser)
        answer = searched(browser, words="bicycle")
        assert (found(answer) == [own]) == (name == "cyd")
        assert len(found(answer)) == 1


@pytest.mark.parametrize("name", ["ada", "cus", "app", "aud"])
def test_who_reads_no_tips_has_no_search(house: House, name: str) -> None:
    house.text("A bicycle")
    browser = house.signed_in(name)
    assert browser.get("/search").status_code == 404
    assert 'href="/search"' not in browser.get("/").text


def test_a_result_is_not_an_opened_thread(house: House) -> None:
    """A snippet is no reading: that nobody has opened a tip stays visible."""
    alias = house.text("A bicycle")
    browser = house.signed_in("ann")
    answer = searched(browser, words="bicycle")
    assert "New" in visible(answer.text)
    assert found(searched(browser, unopened="yes")) == [alias]
    browser.get(thread_path(alias))
    assert found(searched(browser, unopened="yes")) == []
