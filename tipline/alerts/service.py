"""The work of alerts, in the delivery worker: what escalates, and handing alerts over."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import Engine

from tipline import logs
from tipline.alerts.escalations import escalate_due, remove_ended, start_missing
from tipline.alerts.outbox import ClaimedAlert, claim, is_anything_due, record, take_back_crashed
from tipline.alerts.sending import AlertSender, Channels
from tipline.clock import Clock
from tipline.lines.directory import LineDirectory

AT_ONCE = 8
SEARCH_PAUSE = timedelta(minutes=1)


class Alerts:
    """Finds tips that escalate, and alerts whoever wants to be."""

    def __init__(
        self,
        engine: Engine,
        lines: LineDirectory,
        channels: Channels,
        console_url: str,
        clock: Clock,
    ) -> None:
        """Take the main store, the certified lines, and the channels that are set up."""
        self._engine = engine
        self._channels = channels
        self._sender = AlertSender(engine, lines, channels, console_url, clock)
        self._clock = clock
        self._searched: datetime | None = None
        # Whoever hands alerts over just now.
        self.thread: threading.Thread | None = None

    def sweep(self) -> None:
        """Escalate what is due and hand alerts over, in the background: this is quick."""
        self.escalate()
        if not is_anything_due(self._engine, self._clock):
            return
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._send_all, name="alerts", daemon=True)
            self.thread.start()

    def escalate(self) -> int:
        """Escalate what is due and end what somebody took care of. Return how many escalated."""
        take_back_crashed(self._engine, self._clock)
        self._search()
        count = escalate_due(self._engine, self._channels.available, self._clock)
        if count:
            logs.event("tips_escalated", count=count)
        remove_ended(self._engine)
        return count

    def send_due(self) -> int:
        """Hand over what is due, some at a time, until nothing is. Return how many were tried."""
        tried = 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alerts") as pool:
            while rows := claim(self._engine, self._clock, AT_ONCE):
                # Each is noted at once: a slow receiver must not make the others uncertain.
                list(pool.map(self._send_one, rows))
                tried += len(rows)
        return tried

    def _send_one(self, row: ClaimedAlert) -> None:
        record(self._engine, row, self._sender.send(row), self._clock)

    def _search(self) -> None:
        """Look for urgent tips without a clock, once a minute: it reads the list of threads."""
        now = self._clock()
        if self._searched is None or not timedelta() <= now - self._searched < SEARCH_PAUSE:
            self._searched = now
            start_missing(self._engine, self._clock)

    def _send_all(self) -> None:
        try:
            self.send_due()
        except Exception as error:
            # The next sweep tries again; what was claimed comes back when its claim runs out.
            logs.failure("alerts_failed", error)
