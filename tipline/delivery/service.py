"""The delivery worker's work: reports first, then sending, then erasing at the provider."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tipline.clock import Clock, SteadyClock
from tipline.db.engines import Stores
from tipline.delivery.claims import claim, give_up_on_crashed, refuse_unknown_kinds
from tipline.delivery.erasing import Eraser, Pace
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.letters import Postman
from tipline.delivery.provider import Provider
from tipline.delivery.sending import Outcome, Sender
from tipline.delivery.settling import Settler
from tipline.lines.directory import LineDirectory
from tipline.published_keys.directory import PublishedKeys
from tipline.published_keys.rotation import KeyRing

AT_ONCE = 8
REPORTS = 100
LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class DeliveryServices:
    """What the delivery worker works with."""

    stores: Stores
    keys: DeliveryKeys
    daily: KeyRing
    contacts: KeyRing
    published: PublishedKeys
    lines: LineDirectory
    provider: Provider
    clock: Clock


class Delivery:
    """Drains the outbox, the provider's reports, and what is to be erased there."""

    def __init__(self, services: DeliveryServices, steady: SteadyClock | None = None) -> None:
        """Build the parts around the services."""
        self._services = services
        self._steady = steady or SteadyClock()
        self._unrecorded: list[Outcome] = []
        self._pace = Pace()
        self._may_erase_from = 0.0
        self._sender = Sender(
            services.stores,
            services.keys,
            services.daily,
            services.contacts,
            services.lines,
            services.provider,
        )
        self._settler = Settler(
            services.stores, services.keys, services.daily, services.published, services.clock
        )
        self._postman = Postman(
            services.stores,
            services.keys.intake_pin,
            services.daily,
            services.lines,
            services.clock,
        )
        self.eraser = Eraser(
            services.stores,
            services.daily,
            services.published,
            services.provider,
            services.clock,
        )

    def drain(self, seconds: float) -> bool:
        """Work until nothing is due, or for `seconds`. Return whether anything may be left."""
        now, sleep = self._steady.now, self._steady.sleep
        deadline = now() + seconds
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provider") as pool:
            while now() < deadline:
                self.record_outcomes()
                worked = self._settler.take_reports(REPORTS)
                worked += self._postman.put(AT_ONCE)
                worked += self._send(pool)
                # Erasing can wait: nobody is looking at a screen for it.
                if worked:
                    continue
                if (wait := self._may_erase_from - now()) > 0:
                    sleep(min(wait, LOOK_AGAIN_SECONDS))
                elif not self._erase(pool):
                    return False
        return True

    def record_outcomes(self) -> None:
        """Write down what came of sending.

        What the store does not take now is kept for the next time: the provider's answer is known,
        so nobody need decide what became of a text because the database was away for a moment.
        """
        if self._unrecorded:
            self._settler.record_outcomes(self._unrecorded)
            self._unrecorded = []

    def give_up_on_crashed(self) -> int:
        """Mark what a dead worker was sending as uncertain."""
        return give_up_on_crashed(self._services.stores.main, self._services.clock)

    def refuse_unknown_kinds(self) -> int:
        """Refuse rows that nothing of ours could have written."""
        return refuse_unknown_kinds(self._services.stores.main, self._services.clock)

    def _send(self, pool: ThreadPoolExecutor) -> int:
        services = self._services
        rows = claim(services.stores.main, services.keys.ref, services.clock, AT_ONCE)
        if rows:
            self._unrecorded += pool.map(self._sender.send, rows)
            self.record_outcomes()
        return len(rows)

    def _erase(self, pool: ThreadPoolExecutor) -> int:
        records = self.eraser.due(AT_ONCE)
        if records:
            now = self._steady.now()
            self._may_erase_from = now + self._pace.pause_after(
                len(records), self.eraser.newest(), now
            )
            self.eraser.settle(records, list(pool.map(self.eraser.erase, records)))
        return len(records)
