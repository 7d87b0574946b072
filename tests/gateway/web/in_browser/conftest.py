"""The gateway over HTTP, with Chromium in front of it, without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import copied
from tests.gateway.web.helpers import unhurried
from tests.support.browser import served
from tests.support.house import House, Template


@pytest.fixture(scope="module")
def town(
    template: Callable[[str], Template], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    made, home = template("sqlite"), tmp_path_factory.mktemp("town")
    with copied(made, home, None) as urls:
        house = House(made, home, urls)
        yield house
        house.close()


@pytest.fixture(scope="module")
def url(town: House) -> Iterator[str]:
    with served(lambda url: unhurried(town.new_gateway(url=url))) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A page as a phone shows it, in a browser that runs no script of any page."""
    context = browser.new_context(
        base_url=url, java_script_enabled=False, viewport={"width": 320, "height": 700}
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def checker(browser: Browser, url: str) -> Iterator[Page]:
    """A second window, where what was shown in the first is examined."""
    context = browser.new_context(base_url=url)
    yield context.new_page()
    context.close()
