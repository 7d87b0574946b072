"""When many look for replies: what was typed stays, and who asks again comes before a flood."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.gateway.helpers import LogLines
from tests.gateway.web.helpers import PAGE_SIZE, WRONG_WORDS, Resident, fields_of, said
from tests.support.house import House
from tipline.gateway.web.services import EXTENSION
from tipline.gateway.web.turnstile import Turnstile

UNSENT = "It was the one with the dent."
PATH = "replies"


class Gate:
    """A turnstile with one place, which is taken until somebody leaves."""

    def __init__(self, house: House, waiting: int) -> None:
        self.turnstile = Turnstile(places=1, waiting=waiting, seconds=0.0)
        pages = house.app.extensions[EXTENSION]
        house.app.extensions[EXTENSION] = replace(pages, turnstile=self.turnstile)
        self._leave = threading.Event()
        self._pool = ThreadPoolExecutor(4)
        inside = threading.Event()
        self._holder = self._pool.submit(self._hold, inside)
        assert inside.wait(30)
        self.submit = self._pool.submit

    def _hold(self, inside: threading.Event) -> None:
        with self.turnstile.passing():
            inside.set()
            self._leave.wait(30)

    def until_waiting(self) -> None:
        deadline = time.monotonic() + 30
        while not self.turnstile._waiting and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.turnstile._waiting

    def leave(self) -> None:
        self._leave.set()
        self._holder.result(30)

    def end(self) -> None:
        self._leave.set()
        self._pool.shutdown()


@pytest.fixture(params=[0, 1])
def gate(request: pytest.FixtureRequest, sqlite_house: House) -> Iterator[Gate]:
    gate = Gate(sqlite_house, request.param)
    yield gate
    gate.end()


@pytest.mark.parametrize("gate", [0], indirect=True)
@pytest.mark.parametrize("language", ["en", "es"])
def test_in_a_crowd_everything_typed_stays(
    sqlite_house: House, gate: Gate, log: LogLines, language: str
) -> None:
    resident = Resident(sqlite_house.app, language)
    fields = {"words": WRONG_WORDS, "text": UNSENT}
    answer = resident.post(PATH, fields)
    assert (answer.status_code, len(answer.data)) == (503, PAGE_SIZE)
    sentence = {"en": "who asks a second time comes first", "es": "quien pregunta por segunda vez"}
    assert sentence[language] in said(answer.text)
    assert f'value="{WRONG_WORDS}"' in answer.text
    assert f">\n{UNSENT}</textarea>" in answer.text
    assert "receipt_checks_crowded" in log.codes()
    hidden = fields_of(answer.text, resident.path(PATH))
    gate.leave()
    opened = resident.post(PATH, {**fields, **hidden})
    assert opened.status_code == 200
    assert f">\n{UNSENT}</textarea>" in opened.text


@pytest.mark.parametrize("gate", [1], indirect=True)
@pytest.mark.parametrize("turn", ["given", "", "x", "of another page"])
def test_who_asks_again_comes_before_who_only_asks(
    sqlite_house: House, gate: Gate, turn: str
) -> None:
    """A turn that was not given is none: then the lot decides, and here it falls on one of two."""
    resident = Resident(sqlite_house.app)
    flood = gate.submit(resident.post, PATH, {"words": WRONG_WORDS})
    gate.until_waiting()
    turns = {"of another page": resident.form()["token"]}
    if turn == "given":
        turns[turn] = given(sqlite_house, resident)
    again = gate.submit(resident.post, PATH, {"words": WRONG_WORDS, "turn": turns.get(turn, turn)})
    if turn == "given":
        assert flood.result(30).status_code == 503
    gate.leave()
    statuses = [flood.result(30).status_code, again.result(30).status_code]
    assert sorted(statuses) == [200, 503]
    assert turn != "given" or statuses == [503, 200]


def given(house: House, resident: Resident) -> str:
    """A turn, as another gateway process gives it that is full."""
    pages = house.app.extensions[EXTENSION]
    full = Gate(house, waiting=0)
    answer = resident.post(PATH, {"words": WRONG_WORDS})
    full.end()
    house.app.extensions[EXTENSION] = pages
    return fields_of(answer.text, resident.path(PATH))["turn"]
