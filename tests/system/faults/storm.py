"""The storm: traffic both ways, and one fault after the other in the middle of it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.support.stores import PostgresServer
from tests.system.draining import is_drained
from tests.system.faults.databases import DatabaseFaults
from tests.system.faults.installed import Installed
from tests.system.faults.kills import Kills
from tests.system.faults.pacing import NO_LIMIT
from tests.system.faults.providers import FAILURES, ProviderFaults
from tests.system.faults.traffic import Traffic
from tests.system.residents import Provider
from tests.system.waiting import until

# With an answer this slow, faults strike between the claim of a row and the carrier's answer.
CARRIER_SECONDS = 0.3
LONGEST_JITTER_SECONDS = 0.03
# How many messages each way may be under way when a fault strikes, at least.
SLACK = 4
DRAIN_SECONDS = 180.0

Strike = Callable[[], None]


class Storm:
    """Strikes at planned moments, in an order drawn by lot, until all have struck."""

    def __init__(self, demo: Installed, server: PostgresServer | None = None) -> None:
        self._demo = demo
        Provider(demo).turn(create_delay_seconds=CARRIER_SECONDS)
        self.traffic = Traffic(demo)
        self._kills = Kills(self.traffic)
        self._strikes = self._all(server)
        self._never = threading.Event()
        self.struck: list[tuple[str, float]] = []

    def rage(self) -> None:
        """Have everybody write while faults strike, and wait until all is done that can be."""
        traffic = self.traffic
        # Whoever fails leaves the others waiting, so the faults are heard last.
        jobs = [*(each.run for each in (*traffic.answerers, *traffic.writers)), self._strike_all]
        with ThreadPoolExecutor(len(jobs)) as pool:
            futures = [pool.submit(job) for job in jobs]
        for future in futures:
            future.result()
        begin = time.monotonic()
        until(self._is_over, "everything is drained", DRAIN_SECONDS)
        self._tell(time.monotonic() - begin)

    def _tell(self, draining: float) -> None:
        """Say what was done and how long it took, for whoever asks pytest to show it (-s)."""
        traffic = self.traffic
        said = sum(len(e.acknowledged) for e in (*traffic.texters, *traffic.tipsters))
        replied = sum(len(each.accepted) for each in traffic.answerers)
        sys.stdout.write(f"\n{said} messages in, {replied} replies out, drained {draining:.1f} s\n")
        for name, seconds in self.struck:
            sys.stdout.write(f"  {seconds:5.1f} s  {name}\n")

    def planned(self) -> list[str]:
        return sorted(self._strikes)

    def _all(self, server: PostgresServer | None) -> dict[str, Strike]:
        kills, provider = self._kills, ProviderFaults(self.traffic)
        databases = DatabaseFaults(self.traffic, server)
        strikes: dict[str, Strike] = {
            f"{name} {which}": partial(kills.server, name, which)
            for name in ("gateway", "console")
            for which in ("master", "worker", "whole")
        }
        for name, count in self._demo.workers.items():
            strikes |= {f"{name} {n}": partial(kills.worker, name, n) for n in range(count)}
        strikes |= {
            "records": kills.records,
            "queue": kills.queue,
            "flush": kills.flush,
            "supervisor": kills.supervisor,
            "lock": databases.is_locked,
            "full disk": databases.disk_is_full,
            "silent provider": provider.says_nothing,
            "provider down": provider.is_down,
        }
        strikes |= {f"provider {how}": partial(provider.fails, how) for how in FAILURES}
        if server is not None:
            strikes |= {
                f"restart {mode}": partial(databases.is_restarted, mode)
                for mode in ("fast", "immediate")
            }
        return strikes

    def _strike_all(self) -> None:
        traffic, plan = self.traffic, self.planned()
        traffic.random.shuffle(plan)
        try:
            for number, name in enumerate(plan, start=1):
                self._await_traffic(number / (len(plan) + 1))
                self._never.wait(traffic.random.uniform(0, LONGEST_JITTER_SECONDS))
                begin = time.monotonic()
                self._strikes[name]()
                self.struck.append((name, time.monotonic() - begin))
                self._kills.let_time_pass()
        finally:
            for gate in (traffic.inward, traffic.outward):
                gate.open_to(NO_LIMIT)

    def _await_traffic(self, part: float) -> None:
        """Let this part of all messages through, and some more that are then under way."""
        traffic = self.traffic
        ways = ((traffic.inward, traffic.coming_in), (traffic.outward, traffic.going_out))
        for gate, count in ways:
            gate.open_to(int(part * count) + SLACK)
        for gate, count in ways:
            gate.wait_for(int(part * count))

    def _is_over(self) -> bool:
        self._kills.let_time_pass()
        return is_drained(self._demo)
