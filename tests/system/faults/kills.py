"""Killing processes with -9, and letting the time pass after which others take over."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import psutil
import redis
from sqlalchemy import func, select, update

from tests.system.faults.traffic import Traffic
from tests.system.residents import Provider
from tests.system.waiting import until
from tipline.clock import stored
from tipline.db.reading import reading
from tipline.delivery.claims import CLAIM
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.leases import LEASE
from tipline.envelopes.models import LaneLease

# No living worker waits longer for the provider's answer.
LONGEST_CALL_SECONDS = 15.0
# An answer this slow is seen being waited for.
WAIT_SECONDS = 2.0


class Kills:
    """The killer, with a list of those who hold something that they will not give back."""

    def __init__(self, traffic: Traffic) -> None:
        self._demo = traffic.demo
        self._traffic = traffic
        self._intake: datetime | None = None
        self._delivery: list[tuple[float, datetime]] = []

    def server(self, name: str, which: str) -> None:
        """Kill a web server's master, one of its workers, or all of it ("whole")."""

        def strike() -> bool:
            try:
                master = self._demo.of(name)
                children = master.children()
                if not children:
                    # A master that has just come up, and would have to come up again.
                    return False
                victims = {"master": [master], "worker": children[:1], "whole": [master, *children]}
                if which == "whole":
                    self._hold(name, children)
                for victim in victims[which]:
                    victim.kill()
            except psutil.NoSuchProcess:
                return False
            return True

        until(strike, f"the {name}'s {which} could be killed")

    def _hold(self, name: str, processes: list[psutil.Process]) -> None:
        """Stop a web server's workers where they are, until a message waits for their answer."""
        traffic = self._traffic
        ways = {
            "gateway": (traffic.inward, traffic.coming_in),
            "console": (traffic.outward, traffic.going_out),
        }
        for process in processes:
            process.suspend()
        gate, total = ways[name]
        until(lambda: gate.lets_one_be_on_its_way(total), "a message is on its way")

    def worker(self, name: str, number: int) -> None:
        """Kill one of a kind of workers; one that sends does so while the provider is called."""
        if name == "delivery":
            newcomer = self._traffic.texter(1)
            Provider(self._demo).turn(number=newcomer.number, create_delay_seconds=WAIT_SECONDS)
            newcomer.send(newcomer.texts[0])
            until(self._is_sending, "something is being sent")
        every = until(lambda: self._all_of(name), f"every {name} worker runs")
        every[number].kill()
        every[number].wait()
        self.note(name)

    def records(self) -> None:
        """Kill the process that keeps the log."""
        self._demo.of("records").kill()

    def queue(self) -> None:
        """Kill the queue."""
        self._demo.of("valkey").kill()

    def flush(self) -> None:
        """Empty the queue under everybody's hands."""
        until(self._flush, "the queue takes a FLUSHALL")

    def supervisor(self) -> None:
        """Kill the supervisor, with which everything ends, and start anew."""
        self._demo.kill_supervisor()
        for name in ("intake", "delivery"):
            self.note(name)

    def note(self, name: str) -> None:
        """Whatever a dead worker leased or claimed, it did so before this moment."""
        if name == "intake":
            self._intake = datetime.now(UTC)
        else:
            self._delivery.append((time.monotonic(), datetime.now(UTC)))

    def let_time_pass(self) -> None:
        """End the leases and claims of dead workers as their one or two minutes would.

        A row says not whose claim it is: those of living workers are given the time to end.
        """
        over = [at for when, at in self._delivery if time.monotonic() - when > LONGEST_CALL_SECONDS]
        with self._demo.stores.main.begin() as connection:
            if self._intake is not None:
                dead = LaneLease.until < stored(self._intake + LEASE)
                ended = stored(self._intake)
                connection.execute(update(LaneLease).where(dead).values(until=ended))
            if over:
                claimed = Outgoing.claimed_until < stored(max(over) + CLAIM)
                is_sending = Outgoing.state == OutgoingState.SENDING.value
                past = {"claimed_until": stored(max(over))}
                connection.execute(update(Outgoing).where(claimed, is_sending).values(**past))

    def _all_of(self, name: str) -> list[psutil.Process]:
        found = self._demo.every(name)
        return found if len(found) == self._demo.workers[name] else []

    def _is_sending(self) -> bool:
        query = select(func.count()).where(Outgoing.state == OutgoingState.SENDING.value)
        with reading(self._demo.stores.main) as connection:
            return bool(connection.execute(query).scalar_one())

    def _flush(self) -> bool:
        try:
            with self._demo.queue() as queue:
                return bool(queue.flushall())
        except redis.RedisError:
            return False
