"""Everybody who writes while faults strike: residents by text and by web, and members."""

from __future__ import annotations

import itertools
import os
import random
import threading

import requests

from tests.support.plain_words import in_words
from tests.system.faults.installed import Installed
from tests.system.faults.pacing import Gate
from tests.system.faults.residents import Texter, WebTipster
from tests.system.faults.staff import Answerer
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, SECOND_INVESTIGATOR, Staff

# Messages each way and database, of which about an eighth comes by the web. The full size is 1000.
MESSAGES = int(os.environ.get("TIPLINE_TEST_MESSAGES", "60"))
SEED = int(os.environ.get("TIPLINE_TEST_SEED", "20261102"))
TEXTERS = min(40, max(6, MESSAGES // 10))
WEB_TIPSTERS = min(12, max(2, MESSAGES // 40))
EACH_BY_WEB = MESSAGES // 8 // WEB_TIPSTERS
EACH_BY_TEXT = -(-(MESSAGES - EACH_BY_WEB * WEB_TIPSTERS) // TEXTERS)
LINE = "police-tips"


def name_of(person: int) -> str:
    """The one word with which everything begins that somebody says."""
    return in_words(person).replace(" ", "-")


def name_at(number: str) -> str:
    """The name of the texter who has a number."""
    return name_of(int(number[-4:]))


class Traffic:
    """Residents to threads, and replies to phones and mailboxes, at the same time.

    `inward` and `outward` keep both in step with the faults. Whoever joins during a fault passes
    no gate, and is looked at in the end like all others.
    """

    def __init__(self, demo: Installed) -> None:
        self.demo = demo
        self.random = random.Random(SEED)
        self.inward, self.outward = Gate(), Gate()
        self.open = Gate()
        self.open.open_to(10_000_000)
        self._numbers = itertools.count(1000)
        self._guard = threading.Lock()
        self.texters: list[Texter] = []
        self.tipsters: list[WebTipster] = []
        self.writers = [
            *(self.texter(EACH_BY_TEXT, self.inward) for _ in range(TEXTERS)),
            *(self.tipster(EACH_BY_WEB, self.inward) for _ in range(WEB_TIPSTERS)),
        ]
        for texter in self.texters[::2]:
            # Nothing but a person can tell what came of a message that was being sent to these.
            Provider(demo).turn(number=texter.number, callbacks_withheld=True)
        staff = Staff(demo)
        members = (INVESTIGATOR, SECOND_INVESTIGATOR)
        self.answerers = [
            Answerer(
                email,
                staff.sign_in(email),
                self.outward,
                -(-MESSAGES // len(members)),
                random.Random(SEED + index),
            )
            for index, email in enumerate(members)
        ]

    @property
    def coming_in(self) -> int:
        """How many messages the residents who pass the gate send."""
        return sum(len(each.texts) for each in self.writers)

    @property
    def going_out(self) -> int:
        """How many replies the members write."""
        return sum(each.replies for each in self.answerers)

    def texter(self, count: int, gate: Gate | None = None) -> Texter:
        """Somebody with a number that nobody has used."""
        with self._guard:
            person = next(self._numbers)
            number = f"+1209555{person:04d}"
            texts = [self._text(person, each) for each in range(count)]
            provider = Provider(self.demo, requests.Session())
            texter = Texter(number, texts, provider, gate or self.open)
            self.texters.append(texter)
        return texter

    def tipster(self, count: int, gate: Gate | None = None) -> WebTipster:
        """Somebody without a number."""
        with self._guard:
            person = next(self._numbers)
            texts = [self._text(person, each) for each in range(count)]
            site = self.demo.info["gateway_url"]
            tipster = WebTipster(site, LINE, texts, gate or self.open)
            self.tipsters.append(tipster)
        return tipster

    def newcomers(self, count: int) -> list[Texter]:
        """Text from new numbers, which the line answers by itself."""
        found = [self.texter(1) for _ in range(count)]
        for each in found:
            each.send(each.texts[0])
        return found

    def _text(self, person: int, number: int) -> str:
        chance = in_words(self.random.getrandbits(40))
        return f"{name_of(person)} says {in_words(number)} {chance}"
