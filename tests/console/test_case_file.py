"""The case file's page, and the printable sheet."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.console.house import OTHER_PHONE, House, incidents, thread_path, visible
from tipline.console.thread.case_form import TypedCase, read_form
from tipline.db import engines
from tipline.incidents.services import IncidentKind
from tipline.threads.casefile import CaseFile
from tipline.threads.models import CaseFileRow, Message

FIELDS = {
    "tags": "Graffiti,  school ; graffiti",
    "case_number": "RMS 2026/815",
    "outcome": "arrest",
    "arrests": "2",
    "property_dollars": "$1,500",
}


def test_a_case_file_is_saved_shown_and_noted(house: House) -> None:
    other = house.text("Another tip", sender=OTHER_PHONE)
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    answer = ann.submit(path + "/case", ann.get(path + "/case"), **FIELDS, related=other.upper())
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    page = visible(house.signed_in("ben").get(path).text)
    for words in (
        "Tags graffiti, school",
        f"Related threads {other}",
        "Case number RMS 2026/815",
        "Outcome Led to an arrest",
        "ann@example.org changed the case file",
    ):
        assert words in page
    form = ann.get(path + "/case").text
    for value in ("graffiti, school", other, "RMS 2026/815", "2", "1500"):
        assert f'value="{value}"' in form
    assert '<option value="arrest" selected>' in form


def test_a_lost_update_says_so_and_keeps_what_was_typed(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    form = ann.get(path + "/case")
    ben.submit(path + "/case", ben.get(path + "/case"), tags="theirs")
    answer = ann.submit(path + "/case", form, tags="mine", case_number="<7>")
    assert answer.status_code == 409
    assert "Somebody else changed this case file while you wrote" in answer.text
    assert "Tags theirs" in visible(answer.text)
    assert 'value="mine"' in answer.text
    assert 'value="&lt;7&gt;"' in answer.text
    assert "theirs" in ann.get(path).text
    # Having compared the two, one may save over it.
    assert ann.submit(path + "/case", answer, tags="theirs, mine").status_code == 303
    assert "Tags theirs, mine" in visible(ben.get(path).text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tags", "x" * 41),
        ("tags", ",".join(f"tag{number}" for number in range(21))),
        ("tags", "a\x07b"),
        ("related", "no-such-12"),
        ("related", "%27"),
        ("case_number", "x" * 41),
        ("outcome", "nonsense"),
        ("arrests", "-1"),
        ("arrests", "1.5"),
        ("arrests", "9" * 10),
        ("weapons", "٣"),
        ("property_dollars", "1.500 EUR"),
    ],
    ids=[
        "long-tag", "many-tags", "control", "unknown-alias", "no-alias", "long-number", "outcome",
        "negative", "fraction", "huge", "other-digits", "other-money",
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(house: House, field: str, value: str) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    fields = {"case_number": "kept", **({field: value})}
    answer = ann.submit(path + "/case", ann.get(path + "/case"), **fields)
    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    if field not in ("outcome", "tags"):
        assert f'value="{html.escape(value)}"' in answer.text
    assert house.rows(CaseFileRow) == []


def test_a_thread_is_not_related_to_itself_nor_to_another_lines(house: House) -> None:
    elsewhere = house.text("A complaint", line="complaints")
    alias = house.text("A tip")
    path = thread_path(alias)
    ann = house.signed_in("ann")
    for related in (alias, elsewhere):
        answer = ann.submit(path + "/case", ann.get(path + "/case"), related=related)
        assert answer.status_code == 400
        assert f"There is no other thread {related} on this line." in answer.text


def test_a_forged_case_file_is_reported_and_can_be_replaced(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    ann.submit(path + "/case", ann.get(path + "/case"), tags="true")
    with house.stores.main.begin() as connection:
        connection.execute(update(CaseFileRow).values(signature=bytes(73), version=5))
    for where in (path, path + "/case"):
        page = ann.get(where)
        assert "is not authentic and is not shown" in visible(page.text)
        assert "true" not in re.findall(r'value="([^"]*)"', page.text)
    assert IncidentKind.FORGED_CASEWORK.value in incidents(house)
    answer = ann.submit(path + "/case", ann.get(path + "/case"), tags="true again")
    assert answer.status_code == 303
    assert "Tags true again" in visible(ann.get(path).text)


@settings(max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "related", "weapons"]), st.text(max_size=60), max_size=7
    )
)
def test_any_form_is_taken_or_refused_beside_its_fields(form: dict[str, str]) -> None:
    typed, case_file = read_form(form, 3)
    assert set(typed.problems) <= set(typed.texts)
    if not typed.problems:
        assert CaseFile.from_bytes(case_file.to_bytes(), 3) == case_file
        again, same = read_form(TypedCase.of(case_file).texts, 3)
        assert (again.problems, same) == ({}, case_file)


def test_a_sheet_is_noted_before_it_is_shown_and_marked(house: House) -> None:
    alias = house.text("A <tip>")
    path = thread_path(alias)
    ann = house.signed_in("ann")
    ann.submit(path + "/note", ann.get(path), note="He lies")
    answer = ann.submit(path + "/print", ann.get(path))
    assert (answer.status_code, answer.headers["Location"]) == (303, path + "/sheet?copy=3")
    assert "ann@example.org printed this thread" in visible(house.signed_in("ben").get(path).text)
    sheet = ann.get(answer.headers["Location"])
    assert sheet.status_code == 200
    assert "A &lt;tip&gt;" in sheet.text
    assert "He lies" not in sheet.text
    mark = f"ann@example.org · 20 Nov 2026, 09:41:17 UTC · {alias}"
    assert sheet.text.count(mark) >= 12
    assert "without internal notes" in sheet.text
    assert "<script" not in sheet.text
    with_notes = ann.submit(path + "/print", ann.get(path), notes="yes")
    sheet = ann.get(with_notes.headers["Location"])
    assert "He lies" in sheet.text
    assert "printed this thread with its notes" in ann.get(path).text


@pytest.mark.parametrize("copy", ["", "0", "1", "2", "9", "x", "9" * 30])
def test_nothing_else_leads_to_a_sheet(house: House, copy: str) -> None:
    """Neither another entry of the thread, nor a colleague's copy, nor one's own of an hour ago."""
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    assert ann.submit(path + "/print", ann.get(path)).status_code == 303
    if copy == "2":
        assert ann.get(path + "/sheet?copy=2").status_code == 200
        assert ben.get(path + "/sheet?copy=2").status_code == 409
        house.clock.move(minutes=15)
    answer = ann.get(path + f"/sheet?copy={copy}")
    assert answer.status_code == 409
    assert "Prepare it again" in answer.text
    assert "A tip" not in answer.text


def test_the_watermark_is_printed_on_every_page(house: House) -> None:
    import tipline.console

    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    sheet = ann.get(ann.submit(path + "/print", ann.get(path)).headers["Location"]).text
    assert "sheet.css" in sheet
    css = (Path(tipline.console.__file__).parent / "static" / "sheet.css").read_text()
    assert "position: fixed" in css
    printed = css[css.index("@media print") :]
    assert not re.search(r"\.watermark[^{]*\{[^}]*display: none", printed)
    assert len(house.rows(Message)) == 2


def test_a_busy_database_loses_nothing_that_was_typed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = tuple(p for p in engines.PRAGMAS if "busy_timeout" not in p)
    monkeypatch.setattr(engines, "PRAGMAS", (*pragmas, "PRAGMA busy_timeout=20"))
    path = thread_path(house.text("A tip"))
    canned = "/lines/police-tips/ready-made-replies"
    ann = house.signed_in("ann")
    case, replies, page = ann.get(path + "/case"), ann.get(canned), ann.get(path)
    fields = {"title": "Where", "language": "en", "text": "Where?"}
    with house.stores.main.begin():  # somebody else is writing
        answers = [
            ann.submit(path + "/case", case, tags="typed"),
            ann.submit(canned, replies, **fields),
            ann.submit(path + "/note", page, note="typed"),
        ]
    for answer, kept in zip(answers, ('"typed"', "Where?</", "typed</"), strict=True):
        assert answer.status_code == 503
        assert "The database is busy" in answer.text
        assert kept in answer.text
    assert ann.submit(path + "/case", answers[0], tags="typed").status_code == 303
    assert ann.submit(canned, answers[1], **fields).status_code == 303
    assert ann.submit(path + "/note", answers[2], note="typed").status_code == 303
