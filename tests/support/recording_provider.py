"""A messaging provider that only writes down what it is asked, and fails when told to."""

from __future__ import annotations

import threading

from tests.support.carrier_signature import new_sid
from tipline.delivery.provider import OutgoingText


class RecordingProvider:
    """Implements `tipline.delivery.provider.Provider`.

    `failures` are raised one a call, `lost_answers` is raised after the text was taken.
    """

    def __init__(self) -> None:
        self.sent: list[OutgoingText] = []
        self.sids: list[str] = []
        self.erased: list[str] = []
        self.attempts = 0
        self.failures: list[Exception] = []
        self.lost_answers: list[BaseException] = []
        self.erase_failures: list[Exception] = []
        self._lock = threading.Lock()

    def send(self, text: OutgoingText) -> str:
        with self._lock:
            self.attempts += 1
            if self.failures:
                raise self.failures.pop(0)
            self.sent.append(text)
            self.sids.append(new_sid())
            if self.lost_answers:
                raise self.lost_answers.pop(0)
            return self.sids[-1]

    def erase(self, provider_id: str) -> None:
        with self._lock:
            if self.erase_failures:
                raise self.erase_failures.pop(0)
            self.erased.append(provider_id)

    def bodies_to(self, number: str) -> list[str]:
        return [text.body for text in self.sent if text.recipient == number]
