"""The console over HTTP, with Chromium in front of it, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint as Pages
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page

from tests.console.furnished import Furnished, furnish
from tests.console.house import Blueprint
from tests.support.browser import served
from tipline.console import access

SPECIMEN = (Path(__file__).parent / "specimen.html").read_text()


def with_specimen(app: Flask) -> Flask:
    """Add a page that shows every component and macro, with and without problems."""
    specimen = Pages("specimen", __name__)
    specimen.add_url_rule("/specimen", "show", lambda: render_template_string(SPECIMEN))
    access.register(app, specimen, access.SIGNED_IN)
    return app


@pytest.fixture(scope="session")
def here(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    house = blueprint.build(tmp_path_factory.mktemp("furnished") / "instance")
    yield furnish(house)
    house.stores.main.dispose()
    house.stores.perishable.dispose()


@pytest.fixture(scope="session")
def url(here: Furnished) -> Iterator[str]:
    with served(lambda url: with_specimen(here.house.console(url))) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url)
    yield context.new_page()
    context.close()
