"""What residents do on the public pages in a browser, and what is looked at there.

Axe is script itself. So what is shown is copied into a second window, where script may run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.support.barriers import violations
from tipline.language.languages import CATALOGUES

MOST_STOPS = 40
WIDTHS = (320, 1280)


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
            checker.emulate_media(color_scheme=scheme)
            found += [f"{page.title()} {width} {scheme}: {one}" for one in violations(checker)]
            wider = checker.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            found += [f"{page.title()} {width}: {wider} pixels too wide"] if wider > 0 else []
    checker.unroute("**/copy")
    return found
