"""A resident at the public pages, over connections from an address that occurs nowhere else."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.gateway.web.helpers import WRONG_WORDS, fields_of, words_of
from tests.support.canary import Canary, scan_bytes
from tests.system.instance import Demo
from tests.system.planted.values import (
    ADDRESS,
    CANARIES,
    HEADERS,
    MORE,
    SOURCE,
    STREET,
    TIP,
    WEB_SPANISH,
    WHAT,
    WHEN,
    WHERE,
)

LINE = "police-tips"
TIP_FIELDS = {"where": WHERE, "when": WHEN, "danger": "yes", "category": "theft"}
SEALED = re.compile(r'name="(?:token|opened|receipt)" value="([^"]+)"')
# No answer may name who asked.
ADDRESSES = [canary for canary in CANARIES if canary.value in (SOURCE, ADDRESS)]


class FromSource(HTTPAdapter):
    """Connects from one address of this machine."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, source_address=(SOURCE, 0))


class Visitor:
    """Somebody with a browser that keeps no cookie, in one language."""

    def __init__(self, demo: Demo, language: str = "en") -> None:
        self.url = demo.info["gateway_url"]
        self.language = language
        self.what = WHAT if language == "en" else WEB_SPANISH
        self.sealed: set[str] = set()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", FromSource())
        self.session.headers.update(HEADERS)

    def get(self, tail: str) -> requests.Response:
        return self._seen(self.session.get(self._url(tail), timeout=30))

    def post(self, tail: str, fields: dict[str, str]) -> requests.Response:
        return self._seen(self.session.post(self._url(tail), data=fields, timeout=30))

    def hidden(self, answer: requests.Response, tail: str) -> dict[str, str]:
        return fields_of(answer.text, self._path(tail))

    def send(self) -> str:
        """Send a tip, by a double click; the words of its receipt."""
        form = f"tip/{LINE}"
        hidden = self.hidden(self.get(form), form)
        fields = {**hidden, **TIP_FIELDS, "what": self.what}
        answers = [self.post(form, fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        words = words_of(answers[0].text)
        assert words_of(answers[1].text) == words
        check = self.hidden(answers[1], f"{form}/receipt")
        third, sixth = words.split()[2], words.split()[5]
        right = {**check, "word3": third, "word6": sixth}
        assert self.post(f"{form}/receipt", right).status_code == 200
        wrong = {**check, "word3": sixth, "word6": third}
        assert self.post(f"{form}/receipt", wrong).status_code == 400
        # The same form again with other words, and an answer in the other language.
        assert self.post(form, {**fields, "what": MORE}).status_code == 409
        assert self.post(form, {**fields, "switch": "es"}).status_code == 200
        return words

    def send_what_is_refused(self) -> None:
        """Forms that are incomplete, stale, trapped, too long, or no forms at all."""
        form = f"tip/{LINE}"
        hidden = self.hidden(self.get(form), form)
        fields = {**hidden, **TIP_FIELDS, "what": self.what}
        for changed, status in (
            ({"what": ""}, 400),
            ({"danger": STREET}, 400),
            ({"where": WHERE * 40}, 400),
            ({"what": TIP * 150}, 400),
            ({"token": STREET}, 400),
            ({"confirm_url": TIP}, 400),
            ({"what": TIP * 9000}, 413),
        ):
            assert self.post(form, {**fields, **changed}).status_code == status, changed.keys()
        with suppress(requests.ConnectionError):  # refused before all of it was sent
            self.session.post(self._url(form), files={"what": (TIP, WHAT * 6000)}, timeout=30)
        for tail in (f"tip/{STREET}", f"replies/{WHAT}", f"replies?words={WHAT}"):
            self.get(tail)
            self.post(tail, fields)
        for words in (WHAT, f"{WHAT} {WHERE}", WRONG_WORDS):
            self.post("replies", {"words": words, "text": MORE})
        self.post("replies/message", {"opened": STREET, "token": TIP, "text": MORE})

    def open(self, words: str) -> requests.Response:
        answer = self.post("replies", {"words": words})
        assert answer.status_code == 200
        return answer

    def write_more(self, words: str, text: str = MORE) -> None:
        tail = "replies/message"
        hidden = self.hidden(self.open(words), tail)
        assert self.post(tail, {**hidden, "text": text}).status_code == 200
        assert self.post(tail, {**hidden, "text": WHAT}).status_code == 409

    def remove(self, words: str, what: str) -> None:
        """Have one's replies deleted, or oneself forgotten, with the question in between."""
        tail = f"replies/{what}"
        asked = self.post(tail, self.hidden(self.open(words), tail))
        assert self.post(tail, self.hidden(asked, tail)).status_code == 200

    def _path(self, tail: str) -> str:
        return f"/{self.language}/{tail}"

    def _url(self, tail: str) -> str:
        return self.url + self._path(tail)

    def _seen(self, answer: requests.Response) -> requests.Response:
        assert "Set-Cookie" not in answer.headers
        assert scan_bytes(answer.content + str(answer.headers).encode(), ADDRESSES) == []
        self.sealed |= set(SEALED.findall(answer.text))
        return answer


def receipt_canaries(name: str, words: str) -> list[Canary]:
    """The words of a receipt as somebody says them, and as a page lists them."""
    listed = [f"<li>{word}</li>" for word in words.split()]
    return [
        Canary(name, words, "text"),
        Canary(name, "-".join(words.split()), "id"),
        *(Canary(f"{name}, word {n}", item, "id") for n, item in enumerate(listed, 1)),
    ]
