"""A tip by form: it reaches its line once, and whatever goes wrong keeps what was typed."""

from __future__ import annotations

from html import escape

import pytest
from sqlalchemy.exc import OperationalError

from tests.gateway.helpers import LogLines, everything_stored, kept
from tests.gateway.web.helpers import (
    OTHER_SLUG,
    SLUG,
    TIP,
    WHAT,
    WHEN,
    WHERE,
    Resident,
    fields_of,
    pairs_of,
    said,
    words_of,
)
from tests.support.house import OTHER_LINE, House
from tipline.published_keys.directory import NoPublishedKeyError

FORM = f"tip/{SLUG}"


def what_is_kept(page: str) -> bool:
    """Tell whether all that was typed stands in the form again."""
    return (
        f">\n{escape(WHAT)}</textarea>" in page
        and f'value="{WHERE}"' in page
        and f'value="{WHEN}"' in page
        and 'value="no" checked' in page
        and '<option value="theft" selected>' in page
    )


def test_a_tip_reaches_its_line_and_no_other(house: House, resident: Resident) -> None:
    answer = resident.send()
    assert answer.status_code == 200
    assert "Your tip was sent" in said(answer.text)
    house.drain()
    text = f"{WHAT}\n\nWhere: {WHERE}\nWhen: {WHEN}\nAbout: Theft, damage or fraud"
    assert text in house.texts()
    assert house.threads(OTHER_LINE) == []
    assert house.only_thread().urgency == 0


def test_somebody_in_danger_is_urgent(house: House, resident: Resident) -> None:
    answer = resident.send(danger="yes")
    assert "call 911" in said(answer.text)
    house.drain()
    assert house.only_thread().urgency > 0


def test_labels_are_in_the_residents_language(sqlite_house: House, reader: Resident) -> None:
    reader.send(category="", where="")
    sqlite_house.drain()
    assert f"{WHAT}\n\nWhen: {WHEN}" in sqlite_house.texts()


def test_the_same_form_twice_is_one_tip_with_the_same_words(
    house: House, resident: Resident
) -> None:
    form = {**resident.form(), **TIP}
    first, second = resident.post(FORM, form), resident.post(FORM, form)
    assert words_of(first.text) == words_of(second.text)
    house.drain()
    assert len(house.threads()) == 1
    assert words_of(resident.post(FORM, form).text) == words_of(first.text)
    house.drain()
    assert len(house.threads()) == 1


def test_the_same_form_with_other_words_is_another_tip_if_one_wants(
    house: House, resident: Resident
) -> None:
    form = {**resident.form(), **TIP}
    first = words_of(resident.post(FORM, form).text)
    answer = resident.post(FORM, {**form, "what": "Something else entirely."})
    assert answer.status_code == 409
    assert "other words" in said(answer.text)
    fresh = fields_of(answer.text, resident.path(FORM))
    second = resident.post(FORM, {**TIP, **fresh, "what": "Something else entirely."})
    assert words_of(second.text) != first
    house.drain()
    assert len(house.threads()) == 2


def test_two_forms_with_the_same_words_are_two_tips(house: House, resident: Resident) -> None:
    assert resident.words() != resident.words()
    house.drain()
    assert len(house.threads()) == 2


@pytest.mark.parametrize("hours", [23, 25])
def test_a_form_lasts_a_day(sqlite_house: House, reader: Resident, hours: int) -> None:
    form = {**reader.form(), **TIP}
    sqlite_house.clock.move(hours=hours)
    sqlite_house.keep_keys()
    answer = reader.post(FORM, form)
    if hours < 24:
        assert words_of(answer.text)
        return
    assert answer.status_code == 400
    assert "open for more than a day" in said(answer.text)
    assert what_is_kept(answer.text)
    assert kept(sqlite_house)[0] == 0
    again = reader.post(FORM, {**TIP, **fields_of(answer.text, reader.path(FORM))})
    assert words_of(again.text)


@pytest.mark.parametrize("token", ["", "x", "é", "\0", "A" * 5000, "another line's", "changed"])
def test_a_foreign_token_sends_nothing_and_keeps_what_was_typed(
    sqlite_house: House, reader: Resident, token: str
) -> None:
    tokens = {
        "another line's": reader.form(OTHER_SLUG)["token"],
        "changed": reader.form()["token"][:-2] + "AA",
    }
    answer = reader.post(FORM, {**TIP, "token": tokens.get(token, token)})
    assert answer.status_code == 400
    assert what_is_kept(answer.text)
    assert kept(sqlite_house)[0] == 0


def test_the_form_says_beforehand_what_is_needed(reader: Resident) -> None:
    """WCAG 2.2, 3.3.2: and to whoever hears the page as well."""
    page = reader.get(FORM).text
    for hint in ("what-hint", "danger-hint"):
        assert f'aria-describedby="{hint}"' in page
        assert page[page.index(f'id="{hint}"') :].partition(">")[2].startswith("Needed.")
    assert "Needed." not in page[page.index('id="where-hint"') : page.index("<fieldset")]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("what", "", "Write what you saw or know."),
        ("what", " \n\t\0", "Write what you saw or know."),
        ("what", "é" * 10_001, "longer than 10,000 characters"),
        ("what", "a" * 9_990, "longer than 10,000 characters"),  # with the other fields
        ("where", "b" * 501, "longer than 500 characters"),
        ("when", "c" * 501, "longer than 500 characters"),
        ("danger", "", "Choose yes or no."),
        ("danger", "perhaps", "Choose yes or no."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    sqlite_house: House, reader: Resident, field: str, value: str, sentence: str
) -> None:
    answer = reader.send(**{field: value})
    assert answer.status_code == 400
    problem = answer.text.index(f'id="{field}-problem"')
    assert sentence in answer.text[problem : problem + 200]
    assert "Problem:" in answer.text[: answer.text.index("</title>")]
    for name, typed in TIP.items():
        if name != field and name in ("what", "where", "when"):
            assert typed in answer.text
    if field in ("where", "when") or len(value) > 9_000:
        assert value in answer.text
    assert kept(sqlite_house)[0] == 0


def test_the_longest_tip_arrives_whole(house: House, resident: Resident) -> None:
    text = '"\\\n€🏚 ' * 1428
    answer = resident.send(what=text, where="", when="", category="")
    assert answer.status_code == 200
    house.drain()
    assert text.strip() in house.texts()


def test_another_language_keeps_what_was_typed(sqlite_house: House, reader: Resident) -> None:
    form = {**reader.form(), **TIP}
    answer = reader.client.post(f"/es/{FORM}", data={**form, "switch": "yes"})
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert what_is_kept(answer.text)
    assert kept(sqlite_house)[0] == 0
    # And it is still the same form.
    spanish = {**TIP, **fields_of(answer.text, f"/es/{FORM}")}
    first = words_of(reader.client.post(f"/es/{FORM}", data=spanish).text)
    assert first == words_of(reader.client.post(f"/es/{FORM}", data=spanish).text)


def test_a_form_whose_hidden_field_is_filled_in_is_not_kept_and_says_so(
    sqlite_house: House, reader: Resident, log: LogLines
) -> None:
    """A machine as a rule; but if it was a person's browser, they must not think it was sent."""
    answer = reader.send(confirm_url="https://spam.example/")
    assert answer.status_code == 400
    assert "must stay empty" in said(answer.text)
    assert '<ol class="words"' not in answer.text
    assert "spam.example" not in answer.text
    assert what_is_kept(answer.text)
    assert kept(sqlite_house)[0] == 0
    assert "web_form_trapped" in log.codes()
    again = reader.post(FORM, {**TIP, **fields_of(answer.text, reader.path(FORM))})
    assert words_of(again.text)


def refuse(error: Exception) -> object:
    def keep_web(*_: object) -> bool:
        raise error

    return keep_web


@pytest.mark.parametrize("error", [NoPublishedKeyError(), OperationalError("", {}, Exception())])
def test_what_cannot_be_kept_is_said_and_stays_typed(
    sqlite_house: House, reader: Resident, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("tipline.envelopes.writing.EnvelopeWriter.keep_web", refuse(error))
        answer = reader.send()
    assert answer.status_code == 503
    assert "could not be kept" in said(answer.text)
    assert what_is_kept(answer.text)
    again = reader.post(FORM, {**TIP, **fields_of(answer.text, reader.path(FORM))})
    assert words_of(again.text)


def test_without_a_database_what_was_written_is_shown(
    sqlite_house: House, reader: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {**reader.form(), **TIP}
    broken = refuse(OperationalError("", {}, Exception()))
    monkeypatch.setattr("tipline.lines.directory.LineDirectory.by_slug", broken)
    answer = reader.post(FORM, form)
    assert answer.status_code == 503
    assert WHAT in answer.text
    assert WHERE in answer.text


def test_nothing_typed_stands_in_the_store_or_the_log(
    house: House, resident: Resident, log: LogLines
) -> None:
    words = resident.words()
    house.drain()
    resident.open(words)
    stored = everything_stored(house)
    for secret in (WHAT, WHERE, WHEN, *pairs_of(words)):
        assert secret not in log.text
        assert secret.encode() not in stored


def test_control_characters_are_left_out(sqlite_house: House, reader: Resident) -> None:
    reader.send(what="lights\0 out\x1b\r\nevery\tnight", where="a\nb", when="", category="")
    sqlite_house.drain()
    assert "lights out\nevery\tnight\n\nWhere: a b" in sqlite_house.texts()
