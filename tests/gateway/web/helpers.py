"""What the tests of the public pages share: a reader of pages who fills in forms as people do."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

from flask import Flask
from werkzeug.test import TestResponse

from tipline.gateway.web.services import EXTENSION
from tipline.gateway.web.turnstile import Turnstile

SLUG, OTHER_SLUG = "police", "complaints"
WHAT = "Two men load crates into a grey van behind the packing shed."
WHERE, WHEN = "Harbour Street 12", "every night after two"
TIP = {"what": WHAT, "where": WHERE, "when": WHEN, "danger": "no", "category": "theft"}
PAGE_SIZE = 16 * 1024
WRONG_WORDS = "abacus abdomen abdominal abide abiding ability ablaze"


def said(page: str) -> str:
    """A page's words, without markup and the filling behind it."""
    body = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def fields_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that leads there."""
    form = re.search(rf'<form [^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in hidden}


def words_of(page: str) -> str:
    listed = re.search(r'<ol class="words".*?</ol>', page, re.DOTALL)
    assert listed is not None, said(page)
    words = re.findall(r"<li>(\w+)</li>", listed[0])
    assert len(words) == 7
    return " ".join(words)


def pairs_of(words: str) -> list[str]:
    """Each two words that follow each other: a single one may stand in any text."""
    listed = words.split()
    return [" ".join(pair) for pair in pairwise(listed)]


def number_of(page: str) -> str:
    found = re.search(r'id="number">[^<]*<strong>(\d{3})</strong>', page)
    assert found is not None
    return found[1]


class Resident:
    """Somebody with a browser, in one language. Keeps no cookie: there are none."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.client = app.test_client(use_cookies=False)
        self.language = language

    def path(self, tail: str) -> str:
        return f"/{self.language}/{tail}"

    def get(self, tail: str, **headers: str) -> TestResponse:
        return self.client.get(self.path(tail), headers=headers)

    def post(self, tail: str, fields: dict[str, str]) -> TestResponse:
        return self.client.post(self.path(tail), data=fields)

    def form(self, slug: str = SLUG) -> dict[str, str]:
        """The hidden fields of a line's form."""
        return fields_of(self.get(f"tip/{slug}").text, self.path(f"tip/{slug}"))

    def send(self, slug: str = SLUG, **changes: str) -> TestResponse:
        return self.post(f"tip/{slug}", {**self.form(slug), **TIP, **changes})

    def words(self, **changes: str) -> str:
        """Send a tip; its words."""
        answer = self.send(**changes)
        assert answer.status_code == 200, said(answer.text)
        return words_of(answer.text)

    def open(self, words: str) -> TestResponse:
        return self.post("replies", {"words": words})

    def more(self, words: str, text: str) -> TestResponse:
        """Open the replies and send a further message from there."""
        hidden = fields_of(self.open(words).text, self.path("replies/message"))
        return self.post("replies/message", {**hidden, "text": text})

    def remove(self, words: str, what: str) -> TestResponse:
        """Open the replies and have something removed, with the question in between."""
        path = self.path(f"replies/{what}")
        asked = self.post(f"replies/{what}", fields_of(self.open(words).text, path))
        assert asked.status_code == 200
        return self.post(f"replies/{what}", fields_of(asked.text, path))


def unhurried(app: Flask) -> Flask:
    """The same application, whose checks of words take no longer than their work."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], turnstile=Turnstile(seconds=0.0))
    return app
