"""Every page, for every role, in each language: WCAG 2.2 AA in light and dark, desk and phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.console.furnished import GUESTS, Furnished
from tests.console.furniture import GANG_TIPS, READY_MADE
from tests.console.house import CAST, TIPS, thread_path
from tests.console.in_browser.walking import sideways, sign_in
from tests.console.samples import NO_PAGES, SAMPLES, page_rules
from tests.support.barriers import violations
from tipline.console import access
from tipline.language.languages import LANGUAGES

pytestmark = pytest.mark.timeout(300)

PEOPLE = [*(name for name, _, _ in CAST), *GUESTS]
PHONE_WIDTH, DESK_WIDTH = 320, 1280
VIEWS = [(width, scheme) for width in (DESK_WIDTH, PHONE_WIDTH) for scheme in ("light", "dark")]
# What a page is made of, whatever its words are.
FRAMEWORK = """() => [...document.querySelectorAll("main *")].map(
    (one) => [one.tagName, one.className, one.type || "", one.hidden].join(".")
).join(" ")"""
# Where an element stands, whatever the page's language.
PLACE = """(one) => {
    const steps = [];
    for (let at = one; at.parentElement; at = at.parentElement) {
        const before = [...at.parentElement.children].indexOf(at);
        steps.unshift(`${at.localName}:nth-child(${before + 1})`);
    }
    return steps.join(" > ");
}"""
OPEN_DETAILS = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


def barriers(page: Page) -> list[str]:
    """Look at the page that is shown in all four views, and return what is wrong with it."""
    found = []
    page.evaluate(OPEN_DETAILS)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        view = f"{page.url} {scheme} {width}"
        found += [f"{view}: {words}" for words in violations(page)]
        if sideways(page) > 0:
            found.append(f"{view}: {sideways(page)} pixels too wide, so that it scrolls sideways")
    return found


def speak(page: Page, language: str) -> None:
    """Choose a language, as the link on every page does."""
    host = urlsplit(page.url).hostname or ""
    cookie = {"name": "tipline-language", "value": language, "domain": host, "path": "/"}
    page.context.add_cookies([cookie])


def fill_in(page: Page, path: str, language: str, fields: dict[str, str], button: str) -> None:
    """Fill in a page's form and press its button, found by their English words in any language.

    Without words to type, a field is a box to tick: as people do who see it, by its label.
    """
    speak(page, "en")
    page.goto(path)
    found = [
        (page.get_by_label(label) if words else page.locator("label", has_text=label), words)
        for label, words in fields.items()
    ]
    places = [(one.first.evaluate(PLACE), words) for one, words in found]
    at = page.get_by_role("button", name=re.compile(button), include_hidden=True).first.evaluate(
        PLACE
    )
    speak(page, language)
    page.goto("about:blank")  # or else an address with a fragment would not be loaded again
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.evaluate(OPEN_DETAILS)
    # What the browser itself would hold back must be answered as well.
    page.evaluate("() => document.querySelectorAll('form').forEach((f) => f.noValidate = true)")
    before = page.evaluate(FRAMEWORK)
    for place, words in places:
        if words:
            page.locator(place).fill(words)
        else:
            page.locator(place).click()
    page.locator(at).click()
    page.wait_for_load_state()
    assert page.evaluate(FRAMEWORK) != before, f"{path}: nothing happened"


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


@pytest.fixture(scope="module", params=list(LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_has_a_barrier(
    here: Furnished, page: Page, name: str, seen: set[str], language: str
) -> None:
    app = here.house.console()
    roles = {here.house.people[name].role}
    sign_in(page, here.house, name)
    speak(page, language)
    page.goto("/")
    # The links in the frame are another role's.
    found = barriers(page)
    seen.add(page.evaluate(FRAMEWORK))
    for rule in page_rules(app):
        declared = access.declared_access(app, rule.endpoint)
        if declared is None or declared.is_public or not declared.allows(roles):
            continue
        for path in SAMPLES[rule.endpoint](here):
            answer = page.goto(path)
            assert answer is not None
            framework = page.evaluate(FRAMEWORK)
            # Two members who are shown the very same page: once is enough.
            if answer.status == 200 and framework not in seen:
                seen.add(framework)
                found += barriers(page)
                expect(page.locator("html")).to_have_attribute("lang", language)
    assert found == []


@pytest.fixture(scope="module")
def seen(language: str) -> set[str]:
    assert language
    return set()


def test_pages_for_nobody_and_pages_of_errors_have_no_barrier(
    here: Furnished, page: Page, language: str
) -> None:
    found = []
    page.goto("/sign-in")
    speak(page, language)
    for path in ("/sign-in", "/enrol", "/enrol/done"):
        page.goto(path)
        found += barriers(page)
    fill_in(page, "/sign-in", language, {"Email": "somebody@example.org"}, "Sign in")
    expect(page.get_by_role("alert").first).to_be_visible()
    found += barriers(page)
    speak(page, "en")
    sign_in(page, here.house, "ann")
    speak(page, language)
    page.goto("/nowhere")
    found += barriers(page)
    assert found == []


# Who, the page, what is filled in there by its labels, and a pattern of the button that is pressed.
ACTS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "nothing-to-send": ("ann", "TALK", {}, "Send reply"),
    "no-note": ("ann", "TALK", {}, "Add note"),
    "no-case": ("ann", "TALK/case", {"Related threads": "no-such-thread"}, "Save"),
    "no-ready-made": ("ann", READY_MADE, {}, "Save"),
    "no-search": ("ann", "/search", {}, "Search"),
    "no-filter-name": ("ann", "/", {}, "Save filter"),
    "nothing-ticked": ("ann", "/", {}, "Release"),
    "no-call": ("ann", f"/lines/{TIPS}/call", {}, "Keep this tip"),
    "wrong-passwords": (
        "ann", "/account/password", {"New password": "short", "Present password": "wrong"},
        "Change it",
    ),
    "wrong-password": ("ann", "/account/key", {"Password": "wrong"}, "Give me a new key"),
    "no-minutes": ("sue", f"/lines/{TIPS}/escalation", {"Minutes": "many"}, "Save"),
    "wrong-fingerprint": (
        "sue", f"/lines/{TIPS}/members", {"Fingerprint that new": "AAAA"}, "Admit new",
    ),
    "recovery-key": ("sue", f"/lines/{GANG_TIPS}/keys", {}, "Make this line|Start over"),
    "no-line": ("ada", f"/admin/lines/{TIPS}", {"Time zone": "Nowhere"}, "Save"),
    "no-invitation": ("ada", "/admin/invite", {"Email": "nobody"}, "Make the link"),
    "no-role": ("ada", "/admin/accounts/ANN", {}, "Give it"),
    "link": (
        "ada", "/admin/invite", {"Email": "lea@example.org", "Name": "Lea", "Custodian of Po": ""},
        "Make the link",
    ),
}  # fmt: skip


def test_no_answer_to_a_form_has_a_barrier(here: Furnished, page: Page, language: str) -> None:
    house, signed_in, found = here.house, "", []
    for name, address, fields, button in ACTS.values():
        if name != signed_in:
            page.context.clear_cookies()
            sign_in(page, house, signed_in := name)
        path = address.replace("TALK", thread_path(here.talk)).replace("ANN", here.member("ann"))
        fill_in(page, path, language, fields, button)
        found += barriers(page)
    assert found == []


def test_a_receipt_and_the_steps_of_enrolling_have_no_barrier(
    here: Furnished, page: Page, language: str
) -> None:
    sign_in(page, here.house, "ann")
    words = {"What the caller says": "Two men load crates into a grey van.", "No": ""}
    fill_in(page, f"/lines/{TIPS}/call", language, words, "Keep this tip")
    assert page.locator("#receipt li").count() == 7
    found = barriers(page)
    here.house.clock.move(minutes=6)
    page.goto("/account/password")
    assert page.locator("form[action='/account/prove']").count() == 1
    found += barriers(page)
    page.context.clear_cookies()
    passwords = dict.fromkeys(("New password", "The same password again"), "lunar sausage bridge")
    notice = {"I have read this notice": ""}
    fill_in(page, f"/enrol#{here.invitation}", language, {**notice, **passwords}, "Go on")
    assert page.locator(".qr-code").count() == 1
    found += barriers(page)
    assert found == []


def test_no_component_has_a_barrier(here: Furnished, page: Page) -> None:
    sign_in(page, here.house, "ann")
    page.goto("/specimen")
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
