"""A page speaks what its reader chose, else what the browser asks for, else English."""

from __future__ import annotations

import re

import pytest

from tests.console.house import Browser, House

SPANISH, ENGLISH = "Ir al contenido", "Skip to the content"
AMERICAN = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def spoken(browser: Browser, path: str = "/sign-in", **headers: str) -> str:
    """Return the language that a page says it is in, after a look whether it is."""
    page = browser.client.get(path, headers=headers).text
    said = re.search(r'<html lang="(\w+)">', page)
    assert said is not None
    assert {"es": SPANISH, "en": ENGLISH}[said[1]] in page
    return said[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("fr,de;q=0.9", "en"),
        ("de,es;q=0.2", "es"),
        ("*", "en"),
        (";;q=,\x01", "en"),
    ],
)
def test_the_browser_asks_for_a_language(house: House, asked: str, language: str) -> None:
    assert spoken(house.browser(), **{"Accept-Language": asked}) == language


def test_a_choice_outweighs_what_the_browser_asks_for_and_leads_back(house: House) -> None:
    browser = house.browser()
    path = "/enrol"
    answer = browser.client.get("/language/es", headers={"Referer": f"http://localhost{path}"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert spoken(browser, **{"Accept-Language": "en-US"}) == "es"
    browser.client.get("/language/en")
    assert spoken(browser, **AMERICAN) == "en"


def test_the_choice_stays_when_signing_in_and_out(house: House) -> None:
    browser = house.browser()
    browser.client.get("/language/es")
    browser.sign_in("ann")
    assert spoken(browser, "/account") == "es"
    assert 'href="/language/en" lang="en"' in browser.get("/account").text


@pytest.mark.parametrize(
    "before",
    [
        "",
        "https://elsewhere.example/enrol",
        "http://localhost//elsewhere.example",
        "http://localhost/sign-out",  # takes nothing but a form
        "http://localhost/nowhere",
        "javascript:alert(1)",
        "http://localhost\\@elsewhere.example/",
        "http://[",
    ],
)
def test_the_way_back_leads_to_no_other_site_and_to_no_dead_end(house: House, before: str) -> None:
    answer = house.browser().client.get("/language/es", headers={"Referer": before})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_what_is_searched_for_stays_in_the_address(house: House) -> None:
    before = "http://localhost/?state=all&urgent=1"
    answer = house.browser().client.get("/language/es", headers={"Referer": before})
    assert answer.headers["Location"] == "/?state=all&urgent=1"


def test_an_unknown_language_is_no_page_and_no_choice(house: House) -> None:
    browser = house.browser()
    assert browser.client.get("/language/xx").status_code == 404
    browser.client.set_cookie("tipline-language", "../../etc")
    assert spoken(browser) == "en"
