"""Sending all requests from a few threads, and looking at every answer."""

from __future__ import annotations

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.system.fuzzing.cases import Case, case
from tests.system.fuzzing.values import MARK, UNESCAPED
from tests.system.fuzzing.wire import HUNG_UP, Answer, Wire
from tests.system.fuzzing.world import CONSOLE_SITE, GATEWAY, World

# Few enough that no check of words is crowded out: 503 would be right then, and hide others.
AT_ONCE = 4
MOST_SHOWN = 20
# What gunicorn says to requests that no application can be asked: an unknown transfer coding.
OF_THE_SERVER = {501}
# What no address may hold as it is.
BROKEN = re.compile(rb"[<>\"\s\\]")
NAME = MARK.encode()


@dataclass
class Run:
    """What came of a number of requests."""

    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    believed: int = 0

    def note(self, one: Case, answer: Answer) -> None:
        self.counts[(one.route.site, one.route.rule, answer.status)] += 1
        self.believed += one.is_signed and answer.status in (200, 204)
        found = problems_of(one, answer)
        if found and len(self.problems) < MOST_SHOWN:
            shown = answer.raw[:300]
            self.problems.append(f"{', '.join(found)}\n  was answered {shown!r}\n  {one}")

    def add(self, other: Run) -> None:
        self.counts += other.counts
        self.believed += other.believed
        self.problems = other.problems + self.problems

    def table(self) -> str:
        """Counts by route and status, 0 for a connection that was closed without an answer."""
        by_route: dict[tuple[str, str], Counter[int]] = {}
        for (site, rule, status), count in self.counts.items():
            by_route.setdefault((site, rule), Counter())[status] += count
        lines = [
            f"{site:8} {rule:58} " + "  ".join(f"{s}: {n}" for s, n in sorted(found.items()))
            for (site, rule), found in sorted(by_route.items())
        ]
        total: Counter[int] = Counter()
        for found in by_route.values():
            total.update(found)
        every = "  ".join(f"{status}: {count}" for status, count in sorted(total.items()))
        return "\n".join([*lines, f"{total.total()} requests: {every}"])


def problems_of(one: Case, answer: Answer) -> list[str]:
    """What is wrong with an answer; as a rule nothing."""
    if answer == HUNG_UP:
        return ["no answer"] if one.is_whole and not one.is_large else []
    found = []
    if answer.status >= 500 and answer.status not in OF_THE_SERVER:
        found.append("failed")
    kind = answer.header("Content-Type")
    if UNESCAPED.search(answer.body) or BROKEN.search(answer.header("Location").encode("latin-1")):
        found.append("repeats input unescaped")
    if not kind.startswith("text/html") and NAME in answer.body.lower():
        found.append("repeats input in what is no page")
    found += [f"header {name}" for name, value in answer.headers if _is_forged(name, value)]
    if one.route.site == GATEWAY and answer.header("Set-Cookie"):
        found.append("a cookie")
    if b"Traceback (most recent" in answer.raw:
        found.append("a traceback")
    return found


def _is_forged(name: str, value: str) -> bool:
    """Input may stand in an address that the answer leads to, and in no other header."""
    return MARK in name.lower() or (MARK in value.lower() and name.lower() != "location")


def run(world: World, seed: int, numbers: range) -> Run:
    """Send the requests with these numbers, a few at once."""
    done, lock = Run(), threading.Lock()

    def send(part: range) -> None:
        wires = {site: Wire(*world.place(site)) for site in (GATEWAY, CONSOLE_SITE)}
        try:
            for number in part:
                one = case(world, seed, number)
                wire = wires[one.route.site]
                way = wire.ask if one.is_whole else wire.throw
                answer = way(one.raw, one.method)
                with lock:
                    done.note(one, answer)
        finally:
            for wire in wires.values():
                wire.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for job in [pool.submit(send, numbers[start::AT_ONCE]) for start in range(AT_ONCE)]:
            job.result()
    return done
