"""Leaving the site, in Chromium as people have it: with its memory for the button to go back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Page

from tests.gateway.web.helpers import SLUG, pairs_of
from tests.support.browser import BROWSER_OPTIONS, chromium, served
from tests.support.house import House

SECRET = "Two men load crates"


def weather() -> Flask:
    app = Flask("weather")
    app.add_url_rule("/", "show", lambda: "<title>Weather</title><h1>Weather</h1>")
    return app


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Another site, on this machine, in place of the one that is far away."""
    with served(lambda _: weather()) as url:
        monkeypatch.setattr("tipline.gateway.web.leaving.EXIT_URL", f"{url}/")
        yield f"{url}/"


@pytest.fixture
def keeping(browser: Browser, url: str) -> Iterator[Page]:
    """A browser that keeps pages alive for going back, which Playwright's own switches off."""
    started = browser.browser_type.launch(
        executable_path=chromium(),
        args=BROWSER_OPTIONS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield started.new_context(base_url=url, java_script_enabled=False).new_page()
    started.close()


@pytest.fixture(params=["page", "keeping"])
def anybody(request: pytest.FixtureRequest) -> Page:
    page: Page = request.getfixturevalue(request.param)
    return page


def leave(page: Page, elsewhere: str) -> None:
    page.locator(".exit a").click()
    page.wait_for_url(elsewhere)
    page.get_by_role("heading", name="Weather").wait_for()


def back(page: Page) -> None:
    """Go back, to whatever comes: a page that was kept alive fires no event of loading."""
    try:
        page.go_back(wait_until="commit")
    except Error as error:
        # What Chromium answers when a form would have to be sent again.
        if "ERR_CACHE_MISS" not in str(error):
            raise
        return
    page.locator("body").wait_for()


def test_going_back_shows_an_empty_form(anybody: Page, elsewhere: str) -> None:
    page = anybody
    page.goto(f"/en/tip/{SLUG}")
    page.fill("#what", SECRET)
    page.fill("#where", SECRET)
    page.locator("label[for=danger-yes]").click()
    leave(page, elsewhere)
    back(page)
    assert page.url.endswith(f"/en/tip/{SLUG}")
    assert page.locator("#what").input_value() == ""
    assert page.locator("#where").input_value() == ""
    assert not page.locator("#danger-yes").is_checked()


def test_going_back_shows_no_answer_to_a_form(anybody: Page, elsewhere: str, town: House) -> None:
    page = anybody
    page.goto(f"/en/tip/{SLUG}")
    page.fill("#what", SECRET)
    page.locator("label[for=danger-no]").click()
    page.locator("main button").click()
    page.locator("#receipt li").first.wait_for()
    words = page.locator("#receipt li").all_inner_texts()
    assert len(words) == 7
    town.drain()
    page.goto("/en/replies")
    page.fill("#words", " ".join(words))
    page.locator("main button").click()
    page.locator("#more").first.wait_for()
    leave(page, elsewhere)
    back(page)
    assert page.locator("#more").count() == 0
    assert page.locator("#number").count() == 0
    back(page)
    if page.locator("#words").count():
        assert page.locator("#words").input_value() == ""
    assert not any(pair in page.content() for pair in pairs_of(" ".join(words)))
