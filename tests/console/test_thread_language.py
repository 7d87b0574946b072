"""In which language somebody is answered: on the thread's page, and in the admin's form."""

from __future__ import annotations

import re

import pytest

from tests.console.house import ACKNOWLEDGEMENT, TIPS, House, hidden_fields, thread_path, visible
from tests.console.test_drafts import add_canned
from tests.console.test_line_keys import NEW_LINE, ask_for_line, make_line
from tipline.lines.acknowledgements import FIRST_ANSWER
from tipline.lines.models import Line
from tipline.lines.registry import all_lines

TIP = "Hay un hombre vendiendo drogas en la esquina"
SPANISH = "Gracias. En una emergencia llame al 911."
FORM = f"/admin/lines/{TIPS}"
SPANISH_TAG = '<span class="usa-tag" lang="es">Español</span>'
EVENT = "ann@example.org set the language of answers to English"


def listed(page: str) -> list[str]:
    """The ready-made replies as the page lists them, each under its language."""
    groups = re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', page, re.DOTALL)
    return [
        f"{language}: {title}"
        for language, inside in groups
        for title in re.findall(r">([^<>]+) \([^<]*</option>", inside)
    ]


def chosen(page: str) -> str:
    [inside] = re.findall(r'<select [^>]*id="answered-in".*?</select>', page, re.DOTALL)
    [tag] = re.findall(r'<option value="(\w+)" [^>]*selected', inside)
    return str(tag)


def test_the_page_says_the_language_and_staff_change_it(house: House) -> None:
    path = thread_path(house.text(TIP))
    ann = house.signed_in("ann")
    page = ann.get(path)
    assert SPANISH_TAG in page.text
    assert chosen(page.text) == "es"
    changed = ann.submit(path + "/language", page, language="en")
    assert (changed.status_code, changed.location) == (303, path + "#work-heading")
    page = ann.get(path)
    assert SPANISH_TAG not in page.text
    assert chosen(page.text) == "en"
    assert EVENT in visible(page.text)
    again = ann.submit(path + "/language", page, language="en")
    assert again.status_code == 409
    assert "It is already so. Nothing was changed." in visible(again.text)
    wrong = ann.submit(path + "/language", page, language="fr")
    assert wrong.status_code == 400
    assert "Choose one of the languages. Nothing was changed." in visible(wrong.text)
    assert visible(ann.get(path).text).count(EVENT) == 1


def test_a_thread_that_does_not_tell_is_answered_in_the_lines_language(house: House) -> None:
    path = thread_path(house.text("911?"))
    ann = house.signed_in("ann")
    page = ann.get(path).text
    assert SPANISH_TAG not in page
    assert "No message has told it yet" in visible(page)
    assert chosen(page) == "en"
    ada = house.signed_in("ada")
    fields = {"acknowledgement": ACKNOWLEDGEMENT, "language": "es"}
    assert (
        ada.submit(FORM, ada.get(FORM), **{**NEW_LINE, "slug": TIPS, **fields}).status_code == 303
    )
    house.clock.move(seconds=11)
    assert chosen(ann.get(path).text) == "es"


def test_ready_made_replies_of_the_language_stand_first(house: House) -> None:
    ann = house.signed_in("ann")
    for title, language in (("Ask when", "en"), ("Ask where", "en"), ("Cuándo", "es")):
        add_canned(ann, title, "A text", language)
    add_canned(ann, "Khi nào", "A text", "vi")
    english = ["English: Ask when", "English: Ask where"]
    spanish, others = ["Español: Cuándo"], ["Tiếng Việt: Khi nào"]
    path = thread_path(house.text(TIP))
    page = ann.get(path)
    assert listed(page.text) == [*spanish, *english, *others]
    ann.submit(path + "/language", page, language="en")
    assert listed(ann.get(path).text) == [*english, *spanish, *others]


def test_another_lines_member_changes_nothing(house: House) -> None:
    path = thread_path(house.text(TIP))
    ann, cyd = house.signed_in("ann"), house.signed_in("cyd")
    fields = hidden_fields(ann.get(path).text, path + "/language")
    [token] = set(re.findall(r'name="csrf_token" value="(\w+)"', cyd.get("/search").text))
    answer = cyd.client.post(
        path + "/language", data={**fields, "csrf_token": token, "language": "en"}
    )
    assert answer.status_code == 404
    assert SPANISH_TAG in ann.get(path).text


def test_the_admins_form_takes_spanish_answers(house: House) -> None:
    ada = house.signed_in("ada")
    new = ada.get("/admin/new-line").text
    assert FIRST_ANSWER.in_language("es") in new, "there is one to begin with"
    hours = {
        "office_hours": "Mon 08:00-09:00",
        "after_hours": "Closed.",
        "after_hours_es": "Cerrado",
    }
    spanish = {"acknowledgement_es": SPANISH, "language": "es"}
    make_line(ada, **spanish, **hours)
    (made,) = (one for one in all_lines(house.stores.main) if one.description.slug == "gang-tips")
    assert made.description.acknowledgement_es == SPANISH
    assert (made.description.language, made.description.after_hours_es) == ("es", "Cerrado")
    page = ada.get("/admin/lines/gang-tips").text
    assert f"{SPANISH}</textarea>" in page
    assert '<option value="es" lang="es" selected>' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("acknowledgement_es", "a" * 1601),
        ("after_hours_es", "Cerrado, pero no hay horario."),
        ("language", "fr"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(house: House, field: str, value: str) -> None:
    before = house.rows(Line)
    answer = ask_for_line(house.signed_in("ada"), **{field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert house.rows(Line) == before


def test_the_form_counts_segments_and_says_what_is_dear(house: House) -> None:
    ada = house.signed_in("ada")
    costly = "Su número es conocido por su operador. En una emergencia llame siempre al 911."
    path, page = "/admin/new-line", ada.get("/admin/new-line")
    before = house.rows(Line)
    counted = ada.submit(path, page, **NEW_LINE, acknowledgement_es=costly, count="yes")
    assert counted.status_code == 200
    assert house.rows(Line) == before, "counting saves nothing"
    assert f"{costly}</textarea>" in counted.text, "and loses nothing"
    said = visible(counted.text)
    assert "1 segment (GSM-7)" in said
    assert "2 segments (UCS-2) ú makes this 2 segments (UCS-2). Write u for ú: then it is 1" in said
    make_line(ada, acknowledgement_es=costly)  # it refuses nothing
    shown = ada.get("/admin/lines/gang-tips")
    assert "2 segments (UCS-2)" in visible(shown.text)
    changed = ada.submit(
        "/admin/lines/gang-tips", shown, **NEW_LINE, acknowledgement_es="Corto", count="yes"
    )
    assert changed.status_code == 200
    assert costly in ada.get("/admin/lines/gang-tips").text


def test_the_console_speaks_spanish_of_it_too(house: House) -> None:
    path = thread_path(house.text(TIP))
    ann = house.signed_in("ann")
    ann.submit(path + "/language", ann.get(path), language="en")
    said = visible(ann.client.get(path, headers={"Accept-Language": "es"}).text)
    assert "ann@example.org cambió el idioma de las respuestas a English" in said
    assert "Idioma de las respuestas" in said
