"""The reply box's script in a real browser: it says of a text what the server says of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.console.house import PASSWORD, House, thread_path
from tests.console.house import Browser as Client
from tests.support.browser import running_browser, served

TEXTS = [
    "a",
    "a" * 500,
    "Á" + "a" * 140,
    "Á’{}" + "a" * 140,
    "e\u00a0e\u0301" + "a" * 80,
    "😀" * 40,
    "…“”‘’–—Á•«»" * 20,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Ann's browser after she signed in."""
    with served(house.console) as url:
        context = browser.new_context(base_url=url)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("[name=email]", "ann@example.org")
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=code]", Client(house, house.console()).code("ann"))
        page.click("main [type=submit]")
        page.wait_for_selector("main h1")
        yield page
        context.close()
        assert errors == []


def said_by_the_script(page: Page) -> list[str]:
    return [page.locator(f"#{one}").text_content() or "" for one in ("segments", "advice")]


def said_by_the_server(page: Page, path: str) -> list[str]:
    """What the page says before any script has changed it."""
    answer = page.context.request.get(path).text()
    found = [
        re.search(rf'id="{one}" role="status">(.*?)</', answer) for one in ("segments", "advice")
    ]
    return [html.unescape(one[1]) for one in found if one]


@pytest.mark.parametrize("language", ["en", "es"])
def test_script_and_server_say_the_same(house: House, page: Page, language: str) -> None:
    path = thread_path(house.text("A tip"))
    page.goto(f"/language/{language}")
    page.goto(path)
    for text in TEXTS:
        page.fill("#reply", text)
        by_script = said_by_the_script(page)
        with page.expect_navigation():
            page.click("[formaction$='/draft']")
        assert by_script == said_by_the_server(page, path)


def test_a_letter_is_counted_and_has_no_segments(house: House, page: Page) -> None:
    page.goto("/lines/police-tips/call")
    page.fill("[name=text]", "Two men load crates")
    # USWDS draws the button beside the real one, which lies outside of the page.
    page.focus("[name=danger][value=no]")
    page.keyboard.press("Space")
    page.click("main form [type=submit]")
    page.wait_for_selector("#receipt")
    house.intake_worker.drain(30)
    page.goto(thread_path(house.newest_alias()))
    page.fill("#reply", "Á’" * 90)
    assert page.locator("#characters").text_content() == "180"
    assert page.locator("#segments").count() == page.locator("#advice").count() == 0
    page.fill("#reply", "a" * 1601)
    assert "trouble" in (page.locator("#count").get_attribute("class") or "")
