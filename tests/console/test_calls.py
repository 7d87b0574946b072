"""A member types in what a caller says and reads a receipt out."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete
from werkzeug.test import TestResponse

from tests.console.house import COMPLAINTS, TIPS, Browser, House, thread_path, visible
from tipline.crypto.opening import OpeningKey
from tipline.crypto.receipts import Receipt
from tipline.envelopes.models import CallIn
from tipline.mailboxes.models import Mailbox
from tipline.mailboxes.receipts import newest_salt
from tipline.published_keys.models import PublishedKey
from tipline.threads.models import Thread

PATH = f"/lines/{TIPS}/call"
SAID = "Two men load crates into a grey van\r\nbehind the cannery."


def call(browser: Browser, page: TestResponse | None = None, **fields: str) -> TestResponse:
    typed = {"text": SAID, "danger": "no", **fields}
    return browser.submit(PATH, page or browser.get(PATH), **typed)


def receipt(page: str) -> Receipt:
    (words,) = re.findall(r'<ol class="usa-list" id="receipt"[^>]*>(.*?)</ol>', page, re.DOTALL)
    return Receipt(tuple(re.findall(r"<li>([a-z]+)</li>", words)))


def test_a_call_becomes_a_tip_and_the_words_find_its_mailbox(house: House) -> None:
    browser = house.signed_in("ann")
    answer = call(browser)
    assert answer.status_code == 200
    words = receipt(answer.text)
    assert len(words.words) == 7
    house.intake_worker.drain(30)
    alias = house.newest_alias()
    page = visible(browser.get(thread_path(alias)).text)
    assert "Two men load crates into a grey van behind the cannery." in page
    assert "A member of staff typed this tip in from a call." in page
    salt = newest_salt(house.stores.perishable)
    (mailbox,) = house.rows(Mailbox)
    assert mailbox.tag == words.mailbox_tag(salt)
    assert mailbox.public == OpeningKey(words.mailbox_seed(salt)).public.raw
    assert house.rows(Thread, Thread.urgency) == [(0,)]


def test_somebody_in_danger_makes_it_urgent(house: House) -> None:
    assert call(house.signed_in("sue"), danger="yes").status_code == 200
    house.intake_worker.drain(30)
    assert house.rows(Thread, Thread.urgency) == [(1,)]


def test_sent_twice_it_is_one_tip_with_the_same_words(house: House) -> None:
    browser = house.signed_in("ann")
    page = browser.get(PATH)
    first = receipt(call(browser, page).text)
    again = receipt(call(browser, page).text)
    assert len(house.rows(CallIn)) == 1
    house.intake_worker.drain(30)
    late = receipt(call(browser, page).text)
    house.intake_worker.drain(30)
    assert first.words == again.words == late.words
    assert len(house.rows(Thread)) == 1
    assert receipt(call(browser).text).words != first.words


@pytest.mark.parametrize("is_handled", [False, True], ids=["waiting", "handled"])
@pytest.mark.parametrize(
    "fields", [{"text": SAID + " One has a gun."}, {"danger": "yes"}], ids=["more text", "danger"]
)
def test_sent_again_with_other_words_nothing_is_thrown_away(
    house: House, fields: dict[str, str], is_handled: bool
) -> None:
    browser = house.signed_in("ann")
    page = browser.get(PATH)
    first = receipt(call(browser, page).text)
    if is_handled:
        house.intake_worker.drain(30)
    answer = call(browser, page, **fields)
    assert answer.status_code == 409
    assert "what stands here now was not kept" in visible(answer.text)
    assert fields.get("text", SAID).replace("\r\n", "\n") in answer.text.replace("\r\n", "\n")
    assert f'value="{fields.get("danger", "no")}" checked' in answer.text
    again = call(browser, answer, **fields)
    assert receipt(again.text).words != first.words
    house.intake_worker.drain(30)
    assert len(house.rows(Thread)) == len(house.rows(Mailbox)) == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " \r\n "}, "Type what the caller says."),
        ({"text": "x" * 10_001}, "This is longer than 10,000 characters."),
        ({"danger": ""}, "Ask the caller, and choose yes or no."),
        ({"danger": "maybe"}, "Ask the caller, and choose yes or no."),
    ],
    ids=["nothing", "too much", "not asked", "neither"],
)
def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_is_kept(
    house: House, fields: dict[str, str], sentence: str
) -> None:
    browser = house.signed_in("ann")
    page = browser.get(PATH)
    answer = call(browser, page, **fields)
    assert answer.status_code == 400
    assert sentence in visible(answer.text)
    if "text" not in fields:
        assert "behind the cannery." in answer.text
    else:
        assert re.search(r'value="no" checked', answer.text)
    assert house.rows(CallIn) == []
    token = re.findall(r'name="token" value="([0-9a-f]{32})"', page.text)
    assert token == re.findall(r'name="token" value="([0-9a-f]{32})"', answer.text)


def test_ten_thousand_characters_are_taken(house: House) -> None:
    browser = house.signed_in("ann")
    assert call(browser, text="警" * 10_000).status_code == 200
    house.intake_worker.drain(30)
    assert "警" * 10_000 in browser.get(thread_path(house.newest_alias())).text


@pytest.mark.parametrize("token", ["", "x", "0" * 31, "0" * 33, "G" * 32])
def test_without_a_token_nothing_is_kept(house: House, token: str) -> None:
    browser = house.signed_in("ann")
    assert call(browser, token=token).status_code == 400
    assert house.rows(CallIn) == []


def test_without_an_intake_key_it_is_said_and_nothing_is_lost(house: House) -> None:
    browser = house.signed_in("ann")
    page = browser.get(PATH)
    with house.stores.main.begin() as connection:
        connection.execute(delete(PublishedKey))
    answer = call(browser, page)
    assert answer.status_code == 503
    assert "The intake worker is not running" in visible(answer.text)
    assert "behind the cannery." in answer.text
    assert "receipt" not in re.findall(r'id="(\w+)"', answer.text)


@pytest.mark.parametrize("name", ["cyd", "ada", "cus", "aud"])
def test_only_the_lines_members_take_its_calls(house: House, name: str) -> None:
    assert house.signed_in(name).get(PATH).status_code == 404


def test_another_lines_calls_become_its_own_tips(house: House) -> None:
    browser = house.signed_in("cyd")
    path = f"/lines/{COMPLAINTS}/call"
    browser.submit(path, browser.get(path), text="About an officer", danger="no")
    house.intake_worker.drain(30)
    alias = house.newest_alias(COMPLAINTS)
    assert "About an officer" in browser.get(thread_path(alias, COMPLAINTS)).text
    assert house.signed_in("ann").get(thread_path(alias, COMPLAINTS)).status_code == 404
