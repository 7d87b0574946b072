"""The whole way in a real browser: by keyboard alone, without script, on a phone, in each language.

With all processes, and with staff who answer: tests/system/test_web_walk.py.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.gateway.web.helpers import SLUG
from tests.gateway.web.in_browser.walking import Speech, barriers, enter, press, reach, write
from tests.support.house import House

QUESTION, MORE = "Which van was it?", "It was the one with the dent."


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "es"])
def test_from_the_form_to_being_forgotten(
    town: House, page: Page, checker: Page, language: str
) -> None:
    says, found = Speech(language), []
    tip = f"{language}: two men load crates."

    def look() -> None:
        found.extend(barriers(page, checker))
        assert page.locator("html").get_attribute("lang") == language

    page.goto(f"/{language}/")
    look()
    press(page, f"a[href='/{language}/tip/{SLUG}']")
    look()
    write(page, "#where", "Harbour Street")
    # Enter in a field presses the form's own button, and not that of the other language.
    enter(page)
    assert page.locator("#what-problem").inner_text() == says("Write what you saw or know.")
    assert page.locator("#where").input_value() == "Harbour Street"
    look()
    write(page, "#what", tip)
    reach(page, "#danger-yes")
    page.keyboard.press("ArrowDown")
    press(page, "main button")
    words = page.locator("#receipt li").all_inner_texts()
    assert len(words) == 7
    number = page.locator("#number strong").inner_text()
    look()
    write(page, "#word3", words[2])
    write(page, "#word6", words[5])
    press(page, "main button")
    assert says("Both words are right.") in page.locator("[role=status]").inner_text()
    look()

    town.drain()
    alias = next(each.alias for each in town.threads() if tip in town.texts(alias=each.alias)[1])
    town.reply(QUESTION, alias=alias)
    town.drain()
    press(page, f"nav a[href='/{language}/replies']")
    look()
    write(page, "#words", " ".join(words))
    press(page, "main button")
    assert page.locator("#number strong").inner_text() == number
    assert page.locator(".letters .text").inner_text() == QUESTION
    look()
    write(page, "#text", MORE)
    press(page, "#more button")
    look()
    town.drain()
    assert MORE in town.texts(alias=alias)
    press(page, "#back button")
    for what in ("delete", "forget"):
        press(page, f"form[action='/{language}/replies/{what}'] button")
        look()
        press(page, "#confirm button")
        look()
        town.drain()
        press(page, "#back button")
        assert page.locator(".letters").count() == 0
        assert page.locator(".empty").count() == 1
    press(page, f"nav a[href='/{language}/help']")
    look()
    page.goto(f"/{language}/nowhere")
    look()
    assert found == []


def test_the_other_language_takes_along_what_was_typed(page: Page) -> None:
    page.goto(f"/en/tip/{SLUG}")
    write(page, "#what", "Two men load crates.")
    page.locator("button[name=switch]").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("#what").input_value() == "Two men load crates."


def test_on_paper_are_the_words_and_no_buttons(page: Page) -> None:
    page.goto(f"/en/tip/{SLUG}")
    page.fill("#what", "Two men load crates.")
    page.locator("label[for=danger-no]").click()
    with page.expect_navigation():
        page.locator("main button").click()
    page.emulate_media(media="print")
    assert page.locator("#receipt").is_visible()
    assert page.locator("#number").is_visible()
    for unseen in (".exit", ".top", "#check", ".bottom"):
        assert not page.locator(unseen).is_visible()
