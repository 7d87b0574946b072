"""Residents in a storm: they send until it is acknowledged, and write down what was."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape

import requests

from tests.gateway.web.helpers import fields_of, words_of
from tests.support.carrier_signature import Fields, new_sid
from tests.system.faults.pacing import PATIENCE_SECONDS, Gate
from tests.system.residents import Provider
from tests.system.waiting import until

# What the gateway may answer: kept, or not kept. 0 stands for no answer.
KEPT, NOT_KEPT, SILENCE = 200, 503, 0
TIMEOUT_SECONDS = 30.0


@dataclass
class Texter:
    """Texts one message after the other: the next one only after a 2xx for the one before.

    The last one is posted once, whatever comes of it.
    """

    number: str
    texts: list[str]
    provider: Provider
    gate: Gate
    acknowledged: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        for text in self.texts[:-1]:
            self.gate.pass_through()
            self.send(text)
            self.gate.note_settled()
        self.gate.pass_through()
        if self.post(self.fields(self.texts[-1])):
            self.acknowledged.append(self.texts[-1])
        self.gate.note_settled()

    def send(self, text: str, fields: Fields | None = None) -> None:
        """Post the same until it is acknowledged, as the provider does."""
        posted = fields or self.fields(text)
        until(lambda: self.post(posted), "a 2xx", PATIENCE_SECONDS)
        self.acknowledged.append(text)

    def fields(self, text: str) -> Fields:
        return self.provider.fields(self.number, text, sid=new_sid())

    def post(self, fields: Fields) -> bool:
        """Post as the provider does. Return whether it was acknowledged."""
        status = self.provider.try_post(fields)
        assert status in (KEPT, NOT_KEPT, SILENCE), status
        self.answers[status] += 1
        return status == KEPT


@dataclass
class WebTipster:
    """Sends a tip by the public form and goes on from its receipt. Knows no page but by HTTP."""

    site: str
    slug: str
    texts: list[str]
    gate: Gate
    words: str = ""
    acknowledged: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def run(self) -> None:
        for text in self.texts:
            self.gate.pass_through()
            if self.words:
                self._go_on(text)
            else:
                self._begin(text)
            self.acknowledged.append(text)
            self.gate.note_settled()

    def form(self) -> dict[str, str]:
        """The hidden fields of an empty tip form."""
        path = f"/en/tip/{self.slug}"
        return fields_of(until(lambda: self.page("GET", path), "the form", PATIENCE_SECONDS), path)

    def page(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        """A page that was answered with 200, or nothing."""
        status, page = self.ask(method, path, fields)
        return page if status == KEPT else ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None) -> tuple[int, str]:
        """A page and its status, which is 0 without an answer."""
        try:
            answer = self._session.request(
                method, self.site + path, data=fields, timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException:
            self.answers[SILENCE] += 1
            return SILENCE, ""
        assert answer.status_code in (KEPT, NOT_KEPT), answer.text
        self.answers[answer.status_code] += 1
        return answer.status_code, answer.text

    def letters(self) -> list[str]:
        """What the words open, in order."""
        page = until(lambda: self.page("POST", "/en/replies", {"words": self.words}), "replies")
        return [unescape(text) for text in re.findall(r'<p class="text">([^<]*)</p>', page)]

    def _begin(self, text: str) -> None:
        self.send(text, self.form())

    def send(self, text: str, form: dict[str, str]) -> None:
        """Press the form's button until there is a receipt."""
        filled = {**form, "what": text, "danger": "no"}
        path = f"/en/tip/{self.slug}"
        page = until(lambda: self.page("POST", path, filled), "a receipt", PATIENCE_SECONDS)
        self.note_receipt(page)

    def note_receipt(self, page: str) -> None:
        """Write down the seven words."""
        self.words = words_of(page)

    def _go_on(self, text: str) -> None:
        opened = until(
            lambda: self.page("POST", "/en/replies", {"words": self.words}),
            "the page of replies",
            PATIENCE_SECONDS,
        )
        path = "/en/replies/message"
        filled = {**fields_of(opened, path), "text": text}
        until(lambda: self.page("POST", path, filled), "it was sent", PATIENCE_SECONDS)
