"""What the processes counted, and what of it is shown when.

What a single resident did would show its moment to whoever looks often enough. The stores say in
clear in which hour something came (docs/threat-model.md); so such counts are shown as they were
when the hour began. All others are shown as they were when the minute began.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from threading import Lock

from tipline.clock import hour_of
from tipline.counting import WORDS, Counted, known_word
from tipline.metrics.exposition import Family, counter

LONGEST_DATAGRAM = 64
LABELS = {
    Counted.WEBHOOK_REFUSED: "reason",
    Counted.TEXT_FAILED: "code",
    Counted.PROCESS_RESTARTED: "process",
}
HELP = {
    Counted.MESSAGE_KEPT: "Messages of residents that were kept; renewed each hour.",
    Counted.MESSAGE_REPEATED: "Messages that the provider posted again; renewed each hour.",
    Counted.WEBHOOK_REFUSED: "Webhooks that were refused.",
    Counted.TEXT_TAKEN: "Texts that the provider took; renewed each hour.",
    Counted.TEXT_POSTPONED: "Tries to send that have to be made again.",
    Counted.TEXT_UNCERTAIN: "Texts of which nobody knows whether they were sent; each hour.",
    Counted.TEXT_FAILED: "Texts that the provider refused or did not deliver; renewed each hour.",
    Counted.PROCESS_RESTARTED: "Processes that died and were started again.",
}
# They follow from what one resident did.
HOURLY = frozenset(
    {
        Counted.MESSAGE_KEPT,
        Counted.MESSAGE_REPEATED,
        Counted.TEXT_TAKEN,
        Counted.TEXT_UNCERTAIN,
        Counted.TEXT_FAILED,
    }
)


class Tallies:
    """All counts since this process began; Prometheus copes with counters that start again."""

    def __init__(self, now: datetime) -> None:
        """Show nothing of the hour that has begun."""
        self._lock = Lock()
        self._counts: Counter[tuple[Counted, str]] = Counter()
        self._shown: Counter[tuple[Counted, str]] = Counter()
        self._hour = hour_of(now)

    def take(self, datagram: bytes) -> None:
        """Count what a process sent; what is no count of ours is dropped."""
        name, _, word = datagram[:LONGEST_DATAGRAM].decode("ascii", "replace").partition(" ")
        try:
            counted = Counted(name)
        except ValueError:
            return
        with self._lock:
            self._counts[counted, known_word(counted, word)] += 1

    def renew(self, now: datetime) -> None:
        """Show minutes' counts as they are, and hours' counts if another hour has begun."""
        with self._lock:
            is_new_hour = hour_of(now) != self._hour
            self._hour = hour_of(now)
            for key, figure in self._counts.items():
                if is_new_hour or key[0] not in HOURLY:
                    self._shown[key] = figure

    def families(self) -> list[Family]:
        """Return all counts that are shown now, zeros included."""
        with self._lock:
            shown = Counter(self._shown)
        return [
            counter(
                counted.value,
                HELP[counted],
                {word: shown[counted, word] for word in (*WORDS.get(counted, ()), "other")}
                if counted in WORDS
                else {"": shown[counted, ""]},
                LABELS.get(counted, ""),
            )
            for counted in Counted
        ]
