"""The whole way in a real browser: by keyboard alone, without script, on a phone, in each language.

Axe is script itself. So what is shown is copied into a second window, where script may run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.gateway.web.helpers import SLUG
from tests.support.barriers import violations
from tests.support.house import House
from tipline.language.languages import CATALOGUES

MOST_STOPS = 40
WIDTHS = (320, 1280)
QUESTION, MORE = "Which van was it?", "It was the one with the dent."


@dataclass(frozen=True)
class Speech:
    """What stands on the pages in a language: the catalogue's words for ours."""

    language: str

    def __call__(self, sentence: str) -> str:
        if self.language == "en":
            return sentence
        path = Path(CATALOGUES) / self.language / "LC_MESSAGES" / "messages.po"
        with path.open("rb") as file:
            message = read_po(file, locale=self.language).get(sentence)
        # A catalogue that has no such sentence yet shows it as it is; another test tells.
        return str(message.string) if message is not None and message.string else sentence


def press(page: Page, selector: str) -> None:
    """Reach something by Tab alone, and press it; it must be seen to have the focus."""
    reach(page, selector)
    enter(page)


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, selector: str, text: str) -> None:
    reach(page, selector)
    page.keyboard.insert_text(text)


def reach(page: Page, selector: str) -> None:
    wanted = page.locator(selector).first.element_handle()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            assert is_seen(page), page.evaluate("() => document.activeElement.outerHTML")
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def is_seen(page: Page) -> bool:
    """Tell whether the focus is drawn, in the window, and not under the bar with the way out."""
    return bool(
        page.evaluate(
            """() => {
                const focused = document.activeElement;
                const isDrawn = focused.matches(".usa-radio__input");
                const one = isDrawn ? focused.labels[0] : focused;
                const style = getComputedStyle(one, isDrawn ? "::before" : null);
                const box = one.getBoundingClientRect();
                const bar = document.querySelector(".exit");
                const isAbove = bar.contains(one) || one.matches(".usa-skipnav");
                const top = isAbove ? 0 : bar.getBoundingClientRect().bottom;
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                    && box.width > 0 && box.bottom > top && box.top < innerHeight
                    && box.right > 0 && box.left < innerWidth;
            }"""
        )
    )


def barriers(page: Page, checker: Page) -> list[str]:
    """What is wrong with the page that is shown, on phone and desk, in light and dark."""
    checker.route("**/copy", lambda route: route.fulfill(body=copy, content_type="text/html"))
    copy, found = page.content(), []
    checker.goto("/copy")
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            checker.set_viewport_size({"width": width, "height": 700})
            checker.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += [f"{page.title()} {width} {scheme}: {one}" for one in violations(checker)]
            wider = checker.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            found += [f"{page.title()} {width}: {wider} pixels too wide"] if wider > 0 else []
    checker.unroute("**/copy")
    return found


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
    page.locator("main button").click()
    page.emulate_media(media="print")
    assert page.locator("#receipt").is_visible()
    assert page.locator("#number").is_visible()
    for unseen in (".exit", ".top", "#check", ".bottom"):
        assert not page.locator(unseen).is_visible()
