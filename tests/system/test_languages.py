"""A Spanish text is answered in Spanish by the real processes, from the phone to the console."""

from __future__ import annotations

import pytest

from tests.system.instance import Demo
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, Desk, Staff, hidden
from tests.system.waiting import until
from tipline.lines.acknowledgements import FIRST_ANSWER, LANGUAGE_CHOSEN, LANGUAGE_QUESTION

pytestmark = pytest.mark.timeout(240)

NUMBER, OTHER = "+12095550151", "+12095550152"
TIP = "Están vendiendo drogas detrás de la tienda, todos los viernes en la noche."
TAG = 'lang="es">Español</span>'


def change_language(desk: Desk, path: str, language: str) -> None:
    page = desk.get(path).text
    fields = {name: hidden(page, name) for name in ("csrf_token", "thread")}
    assert desk.post(path + "/language", {**fields, "language": language}).status_code == 303


def test_a_resident_is_answered_in_their_language(demo: Demo) -> None:
    provider, phone = Provider(demo), NUMBER
    gets = [FIRST_ANSWER.in_language("es")]

    def text(body: str, *answers: str) -> None:
        provider.send_from_phone(phone, body)
        gets.extend(answers)
        until(lambda: provider.received(phone) == gets, f"{body!r} is answered")

    provider.send_from_phone(phone, TIP)
    until(lambda: provider.received(phone) == gets, "the tip is answered in Spanish")

    desk = Staff(demo).sign_in(INVESTIGATOR)
    [path] = until(desk.threads, "the tip is in the inbox")
    assert TAG in desk.get(path).text

    text("ENGLISH", LANGUAGE_CHOSEN.in_language("en"))
    until(lambda: TAG not in desk.get(path).text, "the thread is English")
    text("idioma", LANGUAGE_QUESTION.in_language("en"))

    change_language(desk, path, "es")
    page = desk.get(path).text
    assert TAG in page
    assert "set the language of answers to Español" in page
    text("LANGUAGE", LANGUAGE_QUESTION.in_language("es"))

    provider.send_from_phone(OTHER, "They sell drugs behind the store")
    english = [FIRST_ANSWER.in_language("en")]
    until(lambda: provider.received(OTHER) == english, "others are answered in English")
