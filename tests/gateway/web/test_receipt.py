"""The receipt: shown with its check number, checked without storing anything, and soon gone."""

from __future__ import annotations

import pytest

from tests.gateway.helpers import kept
from tests.gateway.web.helpers import (
    OTHER_SLUG,
    SLUG,
    Resident,
    fields_of,
    number_of,
    pairs_of,
    said,
    words_of,
)
from tests.support.house import House
from tipline.crypto.receipts import word_list

PATH = f"tip/{SLUG}/receipt"


def test_the_number_is_that_of_the_page_of_replies(house: House, resident: Resident) -> None:
    receipt = resident.send().text
    house.drain()
    words = words_of(receipt)
    assert number_of(resident.open(words).text) == number_of(receipt)
    assert number_of(resident.open(words.upper().replace(" ", " - ")).text) == number_of(receipt)


def test_nearly_every_wrong_word_changes_the_number(reader: Resident) -> None:
    receipt = reader.send().text
    first, *others = words_of(receipt).split()
    wrong = [word for word in word_list()[:: len(word_list()) // 20] if word != first]
    pages = [reader.open(" ".join([word, *others])).text for word in wrong]
    assert sum(number_of(page) == number_of(receipt) for page in pages) <= 1


def test_right_words_are_called_right(sqlite_house: House, reader: Resident) -> None:
    receipt = reader.send().text
    words = words_of(receipt).split()
    hidden = fields_of(receipt, reader.path(PATH))
    before = kept(sqlite_house)
    typed = {"word3": words[2].upper(), "word6": f" {words[5]} "}
    answer = reader.post(PATH, {**hidden, **typed})
    assert (answer.status_code, words_of(answer.text)) == (200, " ".join(words))
    assert "Both words are right." in said(answer.text)
    assert kept(sqlite_house) == before


@pytest.mark.parametrize("wrong", ["", "zzz", "abacus", "two words", "\0", "ſ", "a" * 400])
def test_a_wrong_word_is_told_beside_its_field(reader: Resident, wrong: str) -> None:
    receipt = reader.send().text
    words = words_of(receipt).split()
    hidden = fields_of(receipt, reader.path(PATH))
    # Once in 7,772 receipts the word of the list that is wrong here is the right one.
    other = "zombie" if wrong == words[5] else wrong
    answer = reader.post(PATH, {**hidden, "word3": words[2], "word6": other})
    assert answer.status_code == 400
    assert 'id="word6-problem"' in answer.text
    assert 'id="word3-problem"' not in answer.text
    assert "Both words" not in answer.text
    assert words_of(answer.text) == " ".join(words)


def test_it_can_be_shown_in_another_language(reader: Resident) -> None:
    receipt = reader.send().text
    hidden = fields_of(receipt, reader.path(PATH))
    answer = reader.client.post(f"/es/{PATH}", data={**hidden, "switch": "yes"})
    assert '<html lang="es">' in answer.text
    assert words_of(answer.text) == words_of(receipt)


def test_after_a_quarter_of_an_hour_it_is_gone(sqlite_house: House, reader: Resident) -> None:
    receipt = reader.send().text
    hidden = fields_of(receipt, reader.path(PATH))
    sqlite_house.clock.move(minutes=16)
    answer = reader.post(PATH, {**hidden, "word3": "a", "word6": "b"})
    assert answer.status_code == 400
    assert "too old" in said(answer.text)
    assert not any(pair in said(answer.text) for pair in pairs_of(words_of(receipt)))
    assert '<ol class="words"' not in answer.text


@pytest.mark.parametrize("value", ["", "x", "the form's token", "another line's"])
def test_another_field_shows_no_words(reader: Resident, value: str) -> None:
    other = reader.send(OTHER_SLUG).text
    values = {
        "the form's token": reader.form()["token"],
        "another line's": fields_of(other, reader.path(f"tip/{OTHER_SLUG}/receipt"))["receipt"],
    }
    answer = reader.post(PATH, {"receipt": values.get(value, value)})
    assert answer.status_code == 400
    assert '<ol class="words"' not in answer.text
