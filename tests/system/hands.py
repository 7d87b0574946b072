"""How somebody works at the console: by keyboard alone, with a finger, or without script."""

from __future__ import annotations

from typing import Any, ClassVar

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.console.in_browser.walking import sideways, tab_to

PHONE_WIDTH = 320


class Hands:
    """A mouse, in a browser that runs no script. What else there is differs in a few acts."""

    is_scripted = False
    options: ClassVar[dict[str, Any]] = {"java_script_enabled": False}

    def browser(self, browser: Browser, url: str) -> BrowserContext:
        """Open a browser of one's own."""
        return browser.new_context(base_url=url, **self.options)

    def press(self, page: Page, wanted: Locator) -> None:
        """Press a button or follow a link."""
        wanted.click()

    def write(self, page: Page, field: Locator, words: str) -> None:
        """Put words in place of what a field holds."""
        field.fill(words)

    def tick(self, page: Page, label: str) -> None:
        """Tick a box, whose label is what one sees and hits."""
        page.get_by_text(label, exact=True).click()

    def look(self, page: Page) -> None:
        """Look at whether the page can be read so."""


class Keyboard(Hands):
    """Tab, Enter, Space and letters. Whatever has the focus must be seen to have it."""

    is_scripted = True
    options: ClassVar[dict[str, Any]] = {}

    def press(self, page: Page, wanted: Locator) -> None:
        tab_to(page, wanted)
        page.keyboard.press("Enter")

    def write(self, page: Page, field: Locator, words: str) -> None:
        tab_to(page, field)
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.keyboard.type(words)

    def tick(self, page: Page, label: str) -> None:
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.press("Space")


class Finger(Hands):
    """A small phone: nothing lies beside the screen, and what is touched is large enough to see."""

    is_scripted = True
    options: ClassVar[dict[str, Any]] = {
        "viewport": {"width": PHONE_WIDTH, "height": 568},
        "has_touch": True,
        "is_mobile": True,
    }

    def press(self, page: Page, wanted: Locator) -> None:
        wanted.tap()

    def write(self, page: Page, field: Locator, words: str) -> None:
        field.tap()
        field.fill(words)

    def tick(self, page: Page, label: str) -> None:
        page.get_by_text(label, exact=True).tap()

    def look(self, page: Page) -> None:
        assert sideways(page) <= 0, f"{page.url} is wider than a phone"


MODES: dict[str, Hands] = {"keyboard": Keyboard(), "phone": Finger(), "no script": Hands()}
