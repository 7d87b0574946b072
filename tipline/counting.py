"""Counting what happens, for the metrics process: names and words of ours, and nothing else.

A count is one datagram to this machine (127.0.0.1), which nobody waits for and which may be lost.
Whoever counts neither blocks nor fails, also when nobody listens. Off unless TIPLINE_METRICS_PORT
is set.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from enum import StrEnum

HOST = "127.0.0.1"
OTHER = "other"


class Counted(StrEnum):
    """What is counted."""

    MESSAGE_KEPT = "messages_kept"
    MESSAGE_REPEATED = "messages_repeated"
    WEBHOOK_REFUSED = "webhooks_refused"
    TEXT_TAKEN = "texts_taken"
    TEXT_POSTPONED = "texts_postponed"
    TEXT_UNCERTAIN = "texts_uncertain"
    TEXT_FAILED = "texts_failed"
    PROCESS_RESTARTED = "processes_restarted"


# The words that a count may carry: a closed list, so that neither a slip of ours nor another user
# of this machine, who can send datagrams as well, can put a text into the metrics.
REASONS = (
    "not_signed", "wrong_signature", "wrong_account", "field_missing", "field_doubled",
    "field_malformed", "no_such_line",
)  # fmt: skip
# The provider's error codes that an operator can act on; all others are "other".
CODES = (
    "20003", "21211", "21408", "21610", "21611", "30001", "30003", "30004", "30005", "30006",
    "30007", "30008", "30034", "30036", "63016",
)  # fmt: skip
PROCESSES = ("gateway", "console", "intake", "delivery", "records", "metrics", "valkey")
WORDS: Mapping[Counted, tuple[str, ...]] = {
    Counted.WEBHOOK_REFUSED: REASONS,
    Counted.TEXT_FAILED: CODES,
    Counted.PROCESS_RESTARTED: PROCESSES,
}


class Tally:
    """Where this process sends its counts; nowhere until `start`."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def start(self, port: int | None) -> None:
        """Send counts to a port of this machine; None for nowhere."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if port is not None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect((HOST, port))

    def send(self, counted: Counted, word: str) -> None:
        """Send one count, or lose it."""
        if self._socket is None:
            return
        try:
            self._socket.send(f"{counted.value} {known_word(counted, word)}".encode())
        except OSError:
            return  # nobody listens, or too many wait


_tally = Tally()


def start(port: int | None) -> None:
    """Send this process's counts to the metrics process at a port; None for nowhere."""
    _tally.start(port)


def count(counted: Counted, word: str = "") -> None:
    """Count one event, with a word from its list; any other word is "other"."""
    _tally.send(counted, word)


def known_word(counted: Counted, word: str) -> str:
    """Return the word if it is one of this count's, "" if it takes none, else "other"."""
    allowed = WORDS.get(counted, ())
    if not allowed:
        return ""
    return word if word in allowed else OTHER
