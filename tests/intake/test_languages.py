"""Residents are answered in their language: told by their messages, by a word, or by staff."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.steps import change, told
from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN, CLEO, LINE, House
from tests.support.recording_provider import RecordingProvider
from tests.threads.casework import staff_entries
from tipline.intake.keywords import Asking, asking_of
from tipline.lines.acknowledgements import (
    DEFAULT_ACKNOWLEDGEMENT,
    LANGUAGE_CHOSEN,
    LANGUAGE_QUESTION,
)
from tipline.lines.models import Line
from tipline.lines.registry import all_lines, edit_line
from tipline.threads.events import Event
from tipline.threads.languages import UnknownLanguageError, set_language
from tipline.threads.models import EraseKey
from tipline.threads.triage import Act, AlreadySoError

SPANISH = "Gracias. En una emergencia llame al 911."
CLOSED_SPANISH = "Estamos cerrados. En una emergencia llame al 911."
TIP = "Están vendiendo droga en el parque"
NOW_ENGLISH, NOW_SPANISH = (LANGUAGE_CHOSEN.in_language(one) for one in ("en", "es"))


def describe(house: House, **changes: str) -> None:
    """What an admin's edit does."""
    (record,) = (one for one in all_lines(house.stores.main) if one.description.address == LINE)
    fields = {name: getattr(record.description, name) for name in record.description.__slots__}
    wanted = type(record.description)(**{**fields, **changes})
    edit_line(house.stores.main, house.console_keys.signing, record.id, wanted)
    house.clock.move(seconds=11)


def answers(house: House, number: str, *texts: str) -> list[str]:
    """What somebody gets who sends these texts, one after the other."""
    assert isinstance(house.provider, RecordingProvider)
    before = len(house.provider.bodies_to(number))
    for text in texts:
        assert house.text(number, text).status_code == 200
        house.drain()
    return house.provider.bodies_to(number)[before:]


def languages(house: House) -> list[str]:
    return sorted(row.language for row in house.rows(EraseKey))


def test_a_first_message_is_answered_in_its_language(house: House) -> None:
    describe(house, acknowledgement_es=SPANISH)
    assert answers(house, ANNA, TIP) == [SPANISH]
    assert answers(house, BEN, "They sell drugs in the park") == [DEFAULT_ACKNOWLEDGEMENT]
    assert answers(house, CLEO, "??") == [DEFAULT_ACKNOWLEDGEMENT]
    assert languages(house) == ["", "en", "es"]


def test_without_a_spanish_text_the_english_one_is_sent(house: House) -> None:
    assert answers(house, ANNA, TIP) == [DEFAULT_ACKNOWLEDGEMENT]
    assert languages(house) == ["es"]


def test_who_does_not_tell_is_answered_in_the_lines_language(house: House) -> None:
    describe(house, acknowledgement_es=SPANISH, language="es")
    assert answers(house, ANNA, "??") == [SPANISH]
    assert languages(house) == [""]
    assert answers(house, ANNA, "He is here now, please hurry") == []
    assert languages(house) == ["en"], "the first message that tells decides"


def test_outside_office_hours_there_is_a_spanish_answer_too(house: House) -> None:
    # The house's clock stands on a Monday.
    closed = {"office_hours": "Tue 08:00-09:00", "after_hours": "We are closed. Call 911."}
    describe(house, acknowledgement_es=SPANISH, **closed)
    assert answers(house, ANNA, TIP) == ["We are closed. Call 911."]
    describe(house, after_hours_es=CLOSED_SPANISH)
    assert answers(house, BEN, TIP) == [CLOSED_SPANISH]


def test_what_was_decided_stays_whatever_they_write(house: House) -> None:
    answers(house, ANNA, TIP, "He said: I will kill them all, and then he left the house")
    assert languages(house) == ["es"]
    answers(house, ANNA, "STOP", "START", "he is back in the park right now")
    assert languages(house) == ["en", "es"], "who comes back is somebody new"


@pytest.mark.parametrize(
    "word", ["ENGLISH", "english", " English. ", "In English", "idioma inglés"]
)
def test_a_word_switches_and_is_answered_in_the_language(sqlite_house: House, word: str) -> None:
    house = sqlite_house
    answers(house, ANNA, TIP)
    assert answers(house, ANNA, word) == [NOW_ENGLISH]
    assert languages(house) == ["en"]
    assert told(house) == [[TIP, word]], "it may answer what staff asked, so staff see it"
    assert answers(house, ANNA, "¡ESPAÑOL!", TIP) == [NOW_SPANISH]
    assert languages(house) == ["es"]


def test_a_word_that_comes_first_is_answered_with_the_first_answer_alone(house: House) -> None:
    describe(house, acknowledgement_es=SPANISH)
    assert answers(house, ANNA, "ESPANOL") == [SPANISH]
    assert languages(house) == ["es"]


def test_who_asks_which_languages_there_are_is_told(house: House) -> None:
    assert answers(house, ANNA, TIP, "IDIOMA")[1:] == [LANGUAGE_QUESTION.in_language("es")]
    assert answers(house, BEN, "A tip, he is there", "Language?")[1:] == [
        LANGUAGE_QUESTION.in_language("en")
    ]
    assert languages(house) == ["en", "es"], "and nothing is changed"


def test_somebody_who_opted_out_is_not_answered(house: House) -> None:
    answers(house, ANNA, TIP)
    assert answers(house, ANNA, "STOP", "ENGLISH", "IDIOMA") == []
    assert languages(house) == ["en", "es"]


def test_a_flood_of_words_is_answered_once_at_a_time(house: House) -> None:
    """Else it would hold up what staff have to say."""
    answers(house, ANNA, TIP)
    for word in ("ENGLISH", "ESPANOL", "IDIOMA") * 4:
        house.text(ANNA, word)
        house.drain_intake()
    for word in ("ENGLISH", "ESPANOL") * 4:
        house.text(ANNA, word)
    assert answers(house, ANNA, "ENGLISH") == [NOW_ENGLISH]
    assert languages(house) == ["en"], "the last one counts"
    assert answers(house, ANNA, "ESPANOL") == [NOW_SPANISH]


def test_staff_decide_over_what_messages_told(house: House) -> None:
    answers(house, ANNA, TIP)
    thread = house.open()
    assert thread.language == "es"
    act = Act(thread, house.bundles[LINE], "a member")
    with pytest.raises(AlreadySoError):
        set_language(house.stores, act, "es", house.clock)
    with pytest.raises(UnknownLanguageError):
        set_language(house.stores, act, "fr", house.clock)
    set_language(house.stores, act, "en", house.clock)
    assert house.open().language == "en"
    answers(house, ANNA, TIP)
    assert languages(house) == ["en"]
    [(_, event)] = staff_entries(house, thread)
    said = (event.notice, event.text, event.author)
    assert said == (Event.LANGUAGE_CHANGED, "en", "a member")


def test_what_somebody_wrote_into_the_column_is_no_language(house: House) -> None:
    answers(house, ANNA, "??")
    change(house, EraseKey, language="xx")
    assert house.open().language == ""
    assert answers(house, ANNA, TIP, "IDIOMA") == [LANGUAGE_QUESTION.in_language("es")]


@pytest.mark.parametrize(
    ("body", "asking"),
    [
        ("IDIOMA", Asking.WHICH),
        ("Idioma español", Asking.SPANISH),
        ("en español", Asking.SPANISH),
        ("language spanish", Asking.SPANISH),
        ("Ｅｎｇｌｉｓｈ", Asking.ENGLISH),
        ("Spanish", None),
        ("inglés", None),
        ("he speaks english", None),
        ("el español", None),
        ("english " * 9, None),
        ("", None),
        ("Alto", None),
    ],
)
def test_what_asks_for_a_language(body: str, asking: Asking | None) -> None:
    assert asking_of(body) is asking


@given(st.text(max_size=60))
def test_any_text_at_all_asks_for_something_or_nothing(body: str) -> None:
    assert asking_of(body) in {None, *Asking}


def test_certificates_from_before_there_were_languages_still_hold(house: House) -> None:
    """An English line is signed as it always was; one with Spanish texts by all of them."""
    acts = Acts(house)
    old = acts.line(LINE).certificate
    assert len(old.fields()) == 13
    describe(house, acknowledgement_es=SPANISH)
    assert len(acts.line(LINE).certificate.fields()) == 16
    describe(house, acknowledgement_es="")
    assert acts.line(LINE).certificate.fields() == old.fields()


PLANTED = {"acknowledgement_es": "Llame a otro.", "after_hours_es": "Llame a otro."}


@pytest.mark.parametrize(
    ("certified", "planted"),
    [({}, {name: text}) for name, text in PLANTED.items()]
    + [({}, {"language": "es"}), ({"acknowledgement_es": SPANISH}, {"acknowledgement_es": ""})]
    + [({"acknowledgement_es": SPANISH}, {name: text}) for name, text in PLANTED.items()],
)
def test_planted_words_make_a_line_no_line(
    sqlite_house: House, certified: dict[str, str], planted: dict[str, str]
) -> None:
    house = sqlite_house
    if certified:
        describe(house, **certified)
    change(house, Line, Line.address == LINE, **planted)
    house.clock.move(seconds=11)
    assert house.text(ANNA, TIP).status_code == 404
