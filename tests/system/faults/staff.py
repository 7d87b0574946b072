"""Members who reply in a storm: they press the button until the console has taken it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import requests

from tests.system.faults.pacing import PATIENCE_SECONDS, Gate
from tests.system.faults.residents import SILENCE
from tests.system.staff import Desk, reply_form_in
from tests.system.waiting import until

OVERTAKEN = "the conversation has gone on since you loaded it"
SHOWN, TAKEN, CONFLICT, NOT_KEPT = 200, 303, 409, 503


@dataclass
class Answerer:
    """A member who replies in threads picked at random."""

    name: str
    desk: Desk
    gate: Gate
    replies: int
    picks: random.Random
    accepted: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        for number in range(self.replies):
            self.gate.pass_through()
            text = f"Reply {number:04d} of {self.name}: {self.picks.randbytes(6).hex()}"
            self.reply(self.picks.choice(self.threads()), text)
            self.gate.note_settled()

    def threads(self) -> list[str]:
        return until(self._threads, "a thread in the inbox", PATIENCE_SECONDS)

    def reply(self, path: str, text: str) -> None:
        form = {**reply_form_in(self._page(path)), "reply": text}
        for _ in range(self.picks.choice((1, 1, 2))):  # some people click twice
            until(lambda: self.post(path, form), "a reply", PATIENCE_SECONDS)
        self.accepted.append(text)

    def post(self, path: str, form: dict[str, str]) -> bool:
        """Press the button; whoever does it again has the form's token make it one reply."""
        try:
            # As a browser says: what was written is shown back to nobody else.
            answer = self.desk.post(path, form, {"Origin": self.desk.url})
        except requests.RequestException:
            self.answers[SILENCE] += 1
            return False
        self.answers[answer.status_code] += 1
        assert answer.status_code in (TAKEN, CONFLICT, NOT_KEPT), answer.text
        if answer.status_code == NOT_KEPT:
            assert form["reply"] in answer.text, "what was written is shown back"
            return False
        if answer.status_code == CONFLICT and OVERTAKEN in answer.text:
            # The resident wrote meanwhile. The member reads it, and sends the reply anyway.
            form |= reply_form_in(answer.text)
            return False
        assert answer.status_code == TAKEN or "already sent" in answer.text, answer.text
        return True

    def _threads(self) -> list[str]:
        try:
            return self.desk.threads()
        except requests.RequestException:
            self.answers[SILENCE] += 1
            return []

    def _page(self, path: str) -> str:
        return until(lambda: self._shown(path), "the thread's page", PATIENCE_SECONDS)

    def _shown(self, path: str) -> str:
        try:
            answer = self.desk.get(path)
        except requests.RequestException:
            self.answers[SILENCE] += 1
            return ""
        assert answer.status_code in (SHOWN, NOT_KEPT), answer.text
        return answer.text if answer.status_code == SHOWN else ""
