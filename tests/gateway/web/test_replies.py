"""Seven words open replies, send more, and take back; wrong ones are answered the same."""

from __future__ import annotations

import re

import pytest

from tests.gateway.helpers import LogLines, kept
from tests.gateway.web.helpers import (
    PAGE_SIZE,
    WHAT,
    WRONG_WORDS,
    Resident,
    fields_of,
    number_of,
    pairs_of,
    said,
)
from tests.support.house import House
from tipline.crypto.receipts import word_list

QUESTION = "Which van was it? <b>Tell</b> us & us alone."
MORE = "It was the one with the dent."
EMPTY = "There are no replies for these words."


@pytest.fixture
def words(house: House, resident: Resident) -> str:
    words = resident.words()
    house.drain()
    return words


def answered(house: House, *texts: str) -> None:
    for text in texts:
        house.reply(text)
        house.drain()


def skeleton(page: str) -> str:
    """A page but for what differs every time: sealed fields, the check number and the filling."""
    page = page[: page.rindex("<!--")]
    page = re.sub(r'value="[\w-]{60,}"', 'value=""', page)
    return re.sub(r"<strong>\d{3}</strong>", "", page)


def test_words_open_the_replies_newest_last(house: House, resident: Resident, words: str) -> None:
    assert EMPTY in said(resident.open(words).text)
    answered(house, QUESTION, "And when?")
    page = resident.open(words).text
    assert EMPTY not in said(page)
    assert "Which van was it? &lt;b&gt;Tell&lt;/b&gt; us &amp; us alone." in page
    assert said(page).index("Which van") < said(page).index("And when?")
    assert "Police tips, Monday, November 2, 2026" in said(page)


def test_the_words_are_not_in_the_page(house: House, resident: Resident, words: str) -> None:
    answered(house, QUESTION)
    page = resident.open(words).text
    assert not any(pair in said(page) or pair in page for pair in pairs_of(words))


def test_wrong_words_are_answered_as_right_ones_without_letters(
    house: House, resident: Resident, words: str
) -> None:
    right, wrong = resident.open(words), resident.open(WRONG_WORDS)
    assert (right.status_code, len(right.data)) == (wrong.status_code, len(wrong.data))
    assert skeleton(right.text) == skeleton(wrong.text)
    assert dict(right.headers) == dict(wrong.headers)
    for what in ("delete", "forget"):
        answers = resident.remove(WRONG_WORDS, what), resident.remove(words, what)
        assert skeleton(answers[0].text) == skeleton(answers[1].text)
    answers = resident.more(WRONG_WORDS, MORE), resident.more(words, MORE)
    assert skeleton(answers[0].text) == skeleton(answers[1].text)


def test_a_page_with_replies_is_as_long_as_one_without(
    house: House, resident: Resident, words: str
) -> None:
    spanish = Resident(house.app, "es")
    before = [len(one.open(words).data) for one in (resident, spanish)]
    answered(house, QUESTION, "And when?")
    after = [len(one.open(words).data) for one in (resident, spanish)]
    assert before == after == [PAGE_SIZE, PAGE_SIZE]


def test_a_further_message_reaches_the_thread_once(
    house: House, resident: Resident, words: str
) -> None:
    hidden = fields_of(resident.open(words).text, resident.path("replies/message"))
    for _ in range(2):
        answer = resident.post("replies/message", {**hidden, "text": MORE})
        assert answer.status_code == 200
        assert "Your message was sent" in said(answer.text)
        house.drain()
    assert house.texts().count(MORE) == 1
    assert len(house.threads()) == 1
    other = resident.post("replies/message", {**hidden, "text": "Something else."})
    assert other.status_code == 409
    assert "Something else." in other.text
    fresh = fields_of(other.text, resident.path("replies/message"))
    resident.post("replies/message", {**fresh, "text": "Something else."})
    house.drain()
    assert "Something else." in house.texts()


@pytest.mark.parametrize(
    ("text", "sentence"), [("", "Write your message."), ("ñ" * 10_001, "longer than 10,000")]
)
def test_a_message_that_will_not_do_stays_typed(
    sqlite_house: House, reader: Resident, text: str, sentence: str
) -> None:
    words = reader.words()
    before = kept(sqlite_house)
    answer = reader.more(words, text)
    assert answer.status_code == 400
    assert sentence in said(answer.text)
    assert f">\n{text}</textarea>" in answer.text
    assert kept(sqlite_house) == before


def test_deleting_replies_leaves_the_words_as_they_are(
    house: House, resident: Resident, words: str
) -> None:
    answered(house, QUESTION)
    resident.remove(words, "delete")
    house.drain()
    assert EMPTY in said(resident.open(words).text)
    answered(house, "One more question.")
    assert "One more question." in said(resident.open(words).text)


def test_forgetting_closes_the_way_back(house: House, resident: Resident, words: str) -> None:
    answered(house, QUESTION)
    resident.remove(words, "forget")
    house.drain()
    assert EMPTY in said(resident.open(words).text)
    resident.more(words, MORE)
    house.drain()
    assert MORE not in house.texts()
    assert any(WHAT in text for text in house.texts())


@pytest.mark.parametrize("what", ["delete", "forget"])
def test_nothing_is_removed_before_it_was_confirmed(
    house: House, resident: Resident, words: str, what: str
) -> None:
    answered(house, QUESTION)
    hidden = fields_of(resident.open(words).text, resident.path(f"replies/{what}"))
    resident.post(f"replies/{what}", hidden)
    # With another act's token, too.
    other = fields_of(resident.open(words).text, resident.path("replies/message"))
    answer = resident.post(f"replies/{what}", {**other, "confirmed": "yes"})
    assert answer.status_code == 400
    house.drain()
    assert "Which van" in said(resident.open(words).text)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type your seven words."),
        ("one two", "exactly seven words"),
        (WRONG_WORDS.replace("abdominal", "qqqqqq"), "Check word 3"),
        ("a " * 400, "exactly seven words"),
        ("\0" * 10, "Type your seven words."),
    ],
)
def test_what_is_no_receipt_is_told_and_stays_typed(
    reader: Resident, typed: str, sentence: str
) -> None:
    answer = reader.open(typed)
    assert answer.status_code == 400
    assert sentence in said(answer.text)
    shown = " ".join(typed.replace("\0", "").split())[:300]
    assert f'value="{shown}"' in answer.text


def test_a_page_works_for_a_quarter_of_an_hour_and_loses_no_text(
    sqlite_house: House, reader: Resident
) -> None:
    words = reader.words()
    hidden = fields_of(reader.open(words).text, reader.path("replies/message"))
    sqlite_house.clock.move(minutes=16)
    before = kept(sqlite_house)
    answer = reader.post("replies/message", {**hidden, "text": MORE})
    assert answer.status_code == 400
    assert "15 minutes" in said(answer.text)
    assert f">\n{MORE}</textarea>" in answer.text
    again = reader.post("replies", {"words": words, "text": MORE})
    assert f">\n{MORE}</textarea>" in again.text
    assert kept(sqlite_house) == before


def test_another_language_keeps_words_and_text(reader: Resident) -> None:
    words = reader.words()
    hidden = fields_of(reader.open(words).text, reader.path("replies/message"))
    fields = {**hidden, "text": MORE, "switch": "yes"}
    answer = reader.client.post("/es/replies", data=fields)
    assert '<html lang="es">' in answer.text
    assert f">\n{MORE}</textarea>" in answer.text
    typed = reader.client.post("/es/replies", data={"words": WRONG_WORDS, "switch": "yes"})
    assert f'value="{WRONG_WORDS}"' in typed.text
    assert '<html lang="es">' in typed.text


def test_words_in_the_address_open_nothing(reader: Resident, log: LogLines) -> None:
    words = reader.words()
    answer = reader.get(f"replies?words={words.replace(' ', '+')}")
    assert "Look for replies" in said(answer.text)
    assert not any(pair in answer.text for pair in pairs_of(words))
    assert not any(pair.replace(" ", "+") in log.text for pair in pairs_of(words))


def test_the_number_says_nothing_about_what_is_there(reader: Resident) -> None:
    numbers = {
        number_of(reader.open(" ".join(word_list()[at : at + 7])).text) for at in range(0, 70, 7)
    }
    assert len(numbers) > 5
