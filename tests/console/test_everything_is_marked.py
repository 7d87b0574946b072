"""No page shows a sentence that is not marked for translators, whoever looks, whatever they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask_babel import gettext
from werkzeug.test import TestResponse

from tests.console.enrolling import WHY as ASKED
from tests.console.enrolling import act, first_step, invite
from tests.console.furnished import GUESTS, LONG_WORD, POISON, TIP, Furnished, furnish
from tests.console.furniture import (
    DECLINED_LINE,
    NEW_LINE,
    OTHERS_LINE,
    WANTED_LINE,
    WHY,
    ask_about_restricted,
)
from tests.console.house import ACKNOWLEDGEMENT, CAST, NAMES, TIPS, Blueprint, Browser
from tests.console.marks import (
    CLOSE,
    LANGUAGE,
    NAME,
    OPEN,
    TOKEN,
    Form,
    Page,
    bracketed,
    write_catalogue,
)
from tests.console.samples import SAMPLES, page_rules
from tipline.console import cookies, language
from tipline.console.refusals import RefusedError
from tipline.members.accounts import MAX_FAILURES, Accounts
from tipline.threads.models import Thread
from tipline.web import language as web_language

pytestmark = pytest.mark.timeout(300)

NOBODY, ADMINS = "nobody", frozenset({"ada", "bea"})
PEOPLE = [*(name for name, _, _ in CAST), *GUESTS]
LINES = (NEW_LINE, DECLINED_LINE, WANTED_LINE, OTHERS_LINE)
# What residents and staff of the furnished house have written, and names.
MADE_UP = (
    *("Tipline", "English", "Español", "GSM-7", "UCS-2"),
    *NAMES.values(),
    *("Eve", "Ivy", "Lea", ACKNOWLEDGEMENT, ASKED, *WHY.values()),
    *(line[what] for line in LINES for what in ("name", "slug")),
    *WANTED_LINE.values(),
    *(*TIP.partition("cannery"), LONG_WORD, POISON),
    *("Thank you. Which gate do they use?", "Can you say what car it was?", "Are you safe now?"),
    *("The one at the river.", "Ocho hombres, dos camionetas blancas."),
    *("Please do not write back", "It was an officer. He has a gun.", "It was the supervisor"),
    *("The van belongs to a towing company. Ask patrol.", "theft, vehicles", "RMS 2026/815"),
    *("Are you safe?", "¿Está a salvo?", "Urgent ones", "x"),
    *("Anna of the review board", "Ben of the review board"),
)
PATTERNS = (
    r"[\w.]+@(?:[\w]+\.)*example\.org",
    r"http://localhost/\w+",
    r"[\w./-]+\+[0-9a-f]{8}\+[\w+/=]+",  # a verifier key
    r"\bboard\.example/\w+",
    r"[A-Z2-7]{4}(?:[- ][A-Z2-7]{4})+",  # a key, or its fingerprint
    r"\[[a-z]+ 1\]",  # a placeholder: the same in every language
    r"\b(?:UTC|America/Los_Angeles)\b",
    r"\{\w+\}",  # for a script to fill in
    r"^[a-z]$",  # a key to press
    r"\b[0-9a-f]{8}\b",  # a request, by the beginning of its id
)
# Nothing at all, and nonsense.
TYPED = ("", "x")
TOO_MUCH = 200 * 1024
# Ends the session, or is no form: a script sends it.
NOT_SENT = frozenset({"signing_out.sign_out", "thread_autosave.autosave"})
CALL = {"text": "Two men load crates into a grey van.", "danger": "no"}


@dataclass
class Visit:
    """What everybody was shown on every page, and after each form that these have."""

    here: Furnished
    app: Flask
    pages: dict[str, str] = field(default_factory=dict)
    # The endpoint, and whether there is more to do than to press a button: who, where, what.
    forms: dict[tuple[str, bool], tuple[str, str, Form]] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def ask_anew(self) -> None:
        """Look at the form that is not there while who asked waits for an answer."""
        sue, page = self.browser("sue"), f"/lines/{TIPS}/restricted"
        for _ in range(2):
            act(sue, page, f"{page}/withdraw")
        self.keep("nothing asked", "sue", page, sue.get(page))
        ask_about_restricted(sue, self.browser("bea"), self.here.asked)

    def look(self) -> None:
        """Have everybody open every page."""
        here = self.here
        paths = [path for rule in page_rules(self.app) for path in SAMPLES[rule.endpoint](here)]
        for name in (NOBODY, *PEOPLE):
            for path in [*paths, "/nowhere"]:
                answer = self.browser(name).get(path)
                if answer.status_code not in range(300, 400):
                    self.keep(path, name, path, answer)

    def stumble(self) -> None:
        """Ask for what the door refuses."""
        ann = self.browser("ann")
        sent = {TOKEN: Page(ann.get("/").text).token()}
        for what, answer in {
            "stale": ann.client.post("/search"),
            "foreign": ann.client.post("/search", headers={"Origin": "https://example.org"}),
            "no form": ann.client.post("/help"),
            "too much": ann.client.post("/search", data={"words": "x" * TOO_MUCH}),
            "not fresh": ann.client.post("/account/password", data=sent),
        }.items():
            self.keep(what, "ann", "/", answer)
        answer = self.browser(NOBODY).client.post("/search")
        self.keep("signed out", NOBODY, "/sign-in", answer)

    def succeed(self) -> None:
        """Do what leads to pages that no address leads to."""
        ann, ada, nobody = self.browser("ann"), self.browser("ada", anew=True), self.browser(NOBODY)
        call = f"/lines/{TIPS}/call"
        self.keep("a receipt", "ann", "/", ann.submit(call, ann.get(call), **CALL))
        self.keep("a link", "ada", "/", invite(ada, "lea@example.org", "Lea", "auditor:"))
        answer = first_step(nobody, self.here.invitation)
        self.keep("the second step", NOBODY, "/enrol", answer)
        act(self.browser("bea", anew=True), "/approvals", "/approvals/agree")
        for _ in range(MAX_FAILURES):
            nobody.sign_in("cyd", password="wrong")
        for path in ("/admin/accounts", f"/admin/accounts/{self.here.member('cyd')}"):
            self.keep(f"{path} then", "ada", path, ada.get(path))

    def act(self) -> None:
        """Send every form, with nothing and with nonsense in it; those of mere buttons last."""
        done: set[tuple[str, bool]] = set()
        before = ""
        while new := set(self.forms) - done:
            key = min(new, key=self._turn)
            name, path, form = self.forms[key]
            self.browser(name, anew=name != before)  # many forms want a fresh sign-in
            for typed in TYPED if form.is_filled_in else TYPED[:1]:
                self._send(name, path, form, typed)
            done.add(key)
            before = name

    def _turn(self, key: tuple[str, bool]) -> tuple[bool, bool, str, str]:
        # An admin's buttons put people out.
        (endpoint, is_filled_in), (name, _, _) = key, self.forms[key]
        return (not is_filled_in, name in ADMINS, name, endpoint)

    def keep(self, what: str, name: str, path: str, answer: TestResponse) -> None:
        """Keep what was answered, if it is a page, and its forms."""
        assert answer.status_code < 500, what
        if answer.mimetype != "text/html":
            return
        self.pages[f"{what} as {name} ({answer.status_code})"] = answer.text
        for form in Page(answer.text).forms:
            endpoint, _ = self.app.url_map.bind("").match(form.action.split("?")[0], method="POST")
            if endpoint not in NOT_SENT:
                self.forms.setdefault((endpoint, form.is_filled_in), (name, path, form))

    def browser(self, name: str, *, anew: bool = False) -> Browser:
        """Return somebody's browser, in which they are signed in, and which asks for the marks."""
        known = self.browsers.get(name)
        if known and (name == NOBODY or (not anew and known.get("/").status_code == 200)):
            return known
        house = self.here.house
        browser = self.browsers[name] = house.browser(self.app)
        browser.client.set_cookie(cookies.LANGUAGE, LANGUAGE)
        if name != NOBODY:
            house.clock.move(minutes=1)  # a one-time code works once
            accounts = Accounts(house.stores.main, house.console_keys.pepper, house.clock)
            accounts.release(house.people[name].email)  # nonsense for a password locks it
            browser.sign_in(name)
        return browser

    def _send(self, name: str, path: str, form: Form, typed: str) -> None:
        browser = self.browser(name)
        token = Page(browser.get(path).text).token()
        answer = browser.client.post(form.action, data=form.sent(typed, token))
        if answer.status_code in range(300, 400):
            answer = browser.get(answer.headers["Location"])
        self.keep(f"{form.action} with {typed!r}", name, path, answer)


@pytest.fixture(scope="module")
def visit(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    house = blueprint.build(tmp_path_factory.mktemp("furnished") / "instance")
    catalogues = write_catalogue(tmp_path_factory.mktemp("catalogues"))
    here = furnish(house)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(language.LANGUAGES, LANGUAGE, NAME)
        patch.setattr(web_language, "CATALOGUES", catalogues)
        visit = Visit(here, house.console())
        for step in (visit.ask_anew, visit.look, visit.stumble, visit.succeed, visit.act):
            step()
        yield visit
    house.stores.main.dispose()
    house.stores.perishable.dispose()


def made_up(here: Furnished) -> re.Pattern[str]:
    """Return what may stand on a page and in no catalogue."""
    aliases = [row.alias for row in here.house.rows(Thread, Thread.alias)]
    known = {words.strip(" ,") for words in (*MADE_UP, *aliases, *here.house.people)}
    words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.compile("|".join([*PATTERNS, rf"(?<!\w)(?:{words})(?!\w)"]))


def unmarked(visit: Visit) -> dict[str, str]:
    """Return what stands on the pages unmarked, and a page on which it does."""
    allowed, found = made_up(visit.here), {}
    for place, text in visit.pages.items():
        for words in Page(text).unmarked(allowed):
            found.setdefault(words, place)
    return found


def test_no_page_shows_anything_that_is_not_marked(visit: Visit) -> None:
    assert unmarked(visit) == {}


def test_every_form_was_sent(visit: Visit) -> None:
    sent = {endpoint for endpoint, _ in visit.forms} | NOT_SENT
    rules = visit.app.url_map.iter_rules()
    assert {rule.endpoint for rule in rules if "POST" in (rule.methods or set())} - sent == set()


def refusals(kind: type[RefusedError] = RefusedError) -> Iterator[type[RefusedError]]:
    for one in kind.__subclasses__():
        yield one
        yield from refusals(one)


def test_whatever_is_refused_is_marked(visit: Visit) -> None:
    cookie = {"Cookie": f"{cookies.LANGUAGE}={LANGUAGE}"}
    with visit.app.test_request_context(headers=cookie):
        said = {one.code: (gettext(one.title), gettext(one.message)) for one in refusals()}
    assert len(said) > 5
    assert [
        code for code, words in said.items() if not all(w.startswith(OPEN) for w in words)
    ] == []


KNOWN = re.compile(r"\bann\b")
SENTENCE = bracketed("Keys of <b>%(name)s</b>")
PLANTED = {
    "text": ("<p>Keys</p>", ["Keys"]),
    "text beside": (f"<p>{OPEN}Keys{CLOSE} of ann</p>", ["of ann"]),
    "word in a sentence": (SENTENCE % {"name": "nobody"}, ["nobody"]),
    "sentence in one": (SENTENCE % {"name": bracketed("nobody")}, []),
    "name in a sentence": (SENTENCE % {"name": "ann"}, []),
    "half a sentence": (f"<p>{OPEN}Keys of</p>", ["a bracket is cut off"]),
    "title": ("<title>Keys</title>", ["Keys"]),
    "label": ("<a aria-label='Close it'>×</a>", ["Close it"]),
    "marked label": (f"<a aria-label='{OPEN}Close{CLOSE}'>×</a>", []),
    "label in a sentence": (bracketed('<a title="Close">Go</a>'), []),
    "option": ("<select><option value='open'>Open</option></select>", ["Open"]),
    "button": ("<input type='submit' value='Save'>", ["Save"]),
    "typed": ("<input value='Keys'><textarea>Keys</textarea>", []),
    "for a script": ("<p data-said='gone now' data-id='a1'></p>", ["gone now"]),
    "object for a script": (
        """<p data-said='{"one": ["Gone"], "more": {"b": ""}}'></p>""",
        ["Gone"],
    ),
    "script": ("<script>let keys;</script><style>p { color: red }</style>", []),
    "another language": ("<p lang='es'>Claves <b>hoy</b></p><p>Keys</p>", ["Keys"]),
    "figures": ("<p>12:30 · 1,600</p>", []),
}


@pytest.mark.parametrize(("page", "found"), PLANTED.values(), ids=PLANTED)
def test_planted_words_are_found(page: str, found: list[str]) -> None:
    assert Page(page).unmarked(KNOWN) == found
