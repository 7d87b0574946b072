"""A provider that is slow, down, out of order, or takes a message and then dies."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.system.faults.traffic import Traffic
from tests.system.residents import Provider
from tests.system.waiting import until
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState

# Longer than delivery waits for an answer (TIMEOUT_SECONDS of `tipline.delivery.twilio`).
SILENT_SECONDS = 13.0
FAILURES = ("429", "503", "500_before_accepting", "500_after_accepting", "drop_after_accepting")
TIMES = 2


class ProviderFaults:
    """What the other end can do to us."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._demo = traffic.demo
        self._provider = Provider(self._demo)

    def fails(self, how: str) -> None:
        """Have the next requests to send go wrong, whosever they are."""
        self._provider.turn(create_failure=how, create_failure_count=TIMES)
        self._traffic.newcomers(TIMES)
        until(self._is_well, "requests have met the failure")

    def says_nothing(self) -> None:
        """Take a message, and answer when nobody listens any more."""
        newcomer = self._traffic.texter(1)
        self._provider.turn(number=newcomer.number, create_delay_seconds=SILENT_SECONDS)
        newcomer.send(newcomer.texts[0])
        until(lambda: self._provider.received(newcomer.number), "the provider has taken it")

    def is_down(self) -> None:
        """Refuse connections until something waits for the provider to come back."""
        before = self._postponed()
        self._demo.wire.cut()
        try:
            self._traffic.newcomers(TIMES)
            until(lambda: self._postponed() > before, "something is to be sent later")
        finally:
            self._demo.wire.mend()

    def _is_well(self) -> bool:
        return self._provider.knobs()["create_failure"] == "none"

    def _postponed(self) -> int:
        """How many sendings were tried and are to be tried again, all together."""
        query = select(func.coalesce(func.sum(Outgoing.attempts), 0)).where(
            Outgoing.state == OutgoingState.QUEUED.value, Outgoing.attempts > 0
        )
        with reading(self._demo.stores.main) as connection:
            return int(connection.execute(query).scalar_one())
