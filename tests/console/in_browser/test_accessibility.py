"""Every page, for every role, in a browser: WCAG 2.2 AA in light and dark, on desk and phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.console.furnished import NO_PAGES, SAMPLES, Furnished, page_rules
from tests.console.house import CAST
from tests.console.in_browser.walking import sideways, sign_in
from tests.support.barriers import violations
from tipline.console import access

pytestmark = pytest.mark.timeout(300)

PEOPLE = [name for name, _, _ in CAST]
PHONE_WIDTH, DESK_WIDTH = 320, 1280
VIEWS = [(width, scheme) for width in (DESK_WIDTH, PHONE_WIDTH) for scheme in ("light", "dark")]
# What differs in a page from one showing to the next.
TOKENS = re.compile(r'name="(csrf_token|token)" value="[^"]*"')


def barriers(page: Page) -> list[str]:
    """Look at the page that is shown in all four views, and return what is wrong with it."""
    found = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        view = f"{page.url} {scheme} {width}"
        found += [f"{view}: {words}" for words in violations(page)]
        if sideways(page) > 0:
            found.append(f"{view}: {sideways(page)} pixels too wide, so that it scrolls sideways")
    return found


def test_every_page_has_a_sample_and_somebody_can_open_it(here: Furnished) -> None:
    app = here.house.console()
    endpoints = {rule.endpoint for rule in page_rules(app)}
    assert endpoints == set(SAMPLES), "a page without a sample, or a sample without a page"
    assert set(app.view_functions) >= NO_PAGES
    unopened = {path for sample in SAMPLES.values() for path in sample(here)}
    unopened -= {path for path in unopened if here.house.browser().get(path).status_code == 200}
    for name in PEOPLE:
        here.house.clock.move(seconds=30)
        browser = here.house.signed_in(name)
        unopened -= {path for path in unopened if browser.get(path).status_code == 200}
    assert unopened == set()


@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_has_a_barrier(here: Furnished, page: Page, name: str, seen: set[str]) -> None:
    app = here.house.console()
    roles = {here.house.people[name].role}
    sign_in(page, here.house, name)
    found = []
    for rule in page_rules(app):
        declared = access.declared_access(app, rule.endpoint)
        if declared is None or declared.is_public or not declared.allows(roles):
            continue
        for path in SAMPLES[rule.endpoint](here):
            page.goto(path)
            content = TOKENS.sub("", page.content())
            # Two roles that are shown the very same page: once is enough.
            if content not in seen:
                seen.add(content)
                found += barriers(page)
    assert found == []


@pytest.fixture(scope="module")
def seen() -> set[str]:
    return set()


def test_pages_for_nobody_and_pages_of_errors_have_no_barrier(here: Furnished, page: Page) -> None:
    page.goto("/sign-in")
    found = barriers(page)
    page.get_by_label("Email").fill("somebody@example.org")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").count() == 1
    found += barriers(page)
    sign_in(page, here.house, "ann")
    page.goto("/nowhere")
    found += barriers(page)
    page.goto(SAMPLES["thread.show"](here)[0])
    page.get_by_role("button", name="Send reply").click()
    assert page.get_by_role("alert").count() == 1
    found += barriers(page)
    assert found == []


def test_no_component_has_a_barrier(here: Furnished, page: Page) -> None:
    sign_in(page, here.house, "ann")
    page.goto("/specimen")
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert barriers(page) == []


PLANTED = {
    "image-alt": "<img src='/static/icon.svg'>",
    "label": "<input name='nameless'>",
    "target-size": "<button class='tiny'></button><button class='tiny'></button>",
    "color-contrast": "<p class='pale'>Hardly to be seen</p>",
    "scrolls sideways": "<div class='wide'>Too wide</div>",
}


@pytest.mark.parametrize("kind", list(PLANTED))
def test_a_planted_barrier_is_found(here: Furnished, page: Page, kind: str) -> None:
    page.goto("/sign-in")
    page.evaluate(
        """(html) => {
            const main = document.querySelector("main");
            main.insertAdjacentHTML("beforeend", html);
            const change = (name, style) => main.querySelectorAll(name).forEach((one) => {
                Object.assign(one.style, style);
                one.setAttribute("aria-label", "Planted");
            });
            const small = { minHeight: "9px", height: "9px", width: "9px", padding: 0, margin: 0 };
            change("button.tiny", small);
            change(".pale", { color: "gray", background: "silver" });
            change(".wide", { width: "400px" });
        }""",
        PLANTED[kind],
    )
    assert any(kind in words for words in barriers(page))
