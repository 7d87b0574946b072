"""A flood from one number, and how long everybody else's messages take meanwhile."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.instance import Instance, count, running_instance, wait_for
from benchmarks.loader import Connection, post_steadily, signed_request
from tests.support.plain_words import in_words

ROUNDS = 2
SECONDS = 30
FLOOD_RATE = 200
OTHERS_RATE = 20
RESIDENTS = 40
CONNECTIONS = 4
FLOODER = "+12095559999"


def make_threads(instance: Instance) -> list[str]:
    """Have each of the others, and the flooder, write once; return the others' threads in order."""
    with watching(instance) as seen:
        for place, sender in enumerate([*map(number, range(RESIDENTS)), FLOODER], 1):
            before = count(instance, "messages")
            first = signed_request(instance.target, sender, f"First of {in_words(place)}")
            assert Connection(instance.target.port).post(first) == 200
            wait_for(lambda before=before: count(instance, "messages") > before, 60)
    return [thread for thread, _ in seen][:RESIDENTS]


def number(index: int) -> str:
    """Return a fictitious number."""
    return f"+1209{4_000_000 + index:07d}"


@contextmanager
def watching(instance: Instance) -> Iterator[list[tuple[str, float]]]:
    """Note each message's thread and the time at which it was visible; full after the block."""
    watcher = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watch_threads", str(instance.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "watching\n"
    seen: list[tuple[str, float]] = []
    try:
        yield seen
        time.sleep(0.1)
    finally:
        output, _ = watcher.communicate(timeout=60)
        for line in output.splitlines():
            thread, at = line.split()
            seen.append((thread, float(at)))


@contextmanager
def flooding(instance: Instance) -> Iterator[None]:
    """Post as one number from a process of its own for as long as the block lasts."""
    target = instance.target
    place = (str(target.port), target.url, target.account_sid, target.auth_token, target.line)
    flood = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flooder", FLOODER, str(FLOOD_RATE), *place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert flood.stdout is not None
    assert flood.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        output, _ = flood.communicate(timeout=120)
        print(f"  the flood: {output.strip()}")


def latencies(instance: Instance, threads: list[str], words: str) -> list[float]:
    """Have the others write for a while, in turns; return seconds until each was visible.

    Counted from when a message was due to be sent, so that waiting for a connection counts.
    """
    requests = [
        signed_request(instance.target, number(i % RESIDENTS), f"{words} {in_words(i)}")
        for i in range(OTHERS_RATE * SECONDS)
    ]
    before = count_in(instance, threads)
    with watching(instance) as seen:
        due = post_steadily(instance.target.port, requests, OTHERS_RATE, CONNECTIONS)
        assert len(due) == len(requests), "some of the others' messages were refused"
        wait_for(lambda: count_in(instance, threads) == before + len(requests), 120, 0.1)
    shown = defaultdict(list)
    for thread, at in seen:
        shown[thread].append(at)
    return [shown[threads[i % RESIDENTS]][i // RESIDENTS] - at for i, at in enumerate(due)]


def count_in(instance: Instance, threads: list[str]) -> int:
    """Return how many messages some threads have."""
    query = "SELECT count(*) FROM messages WHERE thread_id IN (SELECT value FROM json_each(?))"
    with closing(sqlite3.connect(instance.home / "main.sqlite3")) as connection:
        return int(connection.execute(query, (json.dumps(threads),)).fetchone()[0])


def percentile(values: list[float], share: float) -> float:
    """Return a share's value in milliseconds."""
    return sorted(values)[int(len(values) * share)] * 1000


def settled(instance: Instance) -> bool:
    """Tell whether everything that came was handled, and erased at the provider."""
    return count(instance, "envelopes") == 0 and count(instance, "provider_records") == 0


def compare(instance: Instance, rounds: int) -> None:
    """Measure quiet and flooded times in turns."""
    threads = make_threads(instance)
    quiet: list[float] = []
    flooded: list[float] = []
    for _ in range(rounds):
        wait_for(lambda: settled(instance), 300, 0.2)
        quiet += latencies(instance, threads, "Quiet")
        with flooding(instance):
            flooded += latencies(instance, threads, "Flooded")
        for name, values in (("quiet", quiet), ("flood", flooded)):
            cuts = [percentile(values, share) for share in (0.5, 0.95, 0.99)]
            print(f"  {name}: p50 {cuts[0]:.0f} ms, p95 {cuts[1]:.0f} ms, p99 {cuts[2]:.0f} ms")
    ratio = percentile(flooded, 0.99) / percentile(quiet, 0.99)
    print(f"others' p99 in a flood of {FLOOD_RATE}/s from one number / quiet: {ratio:.2f}")


def run(rounds: int = ROUNDS) -> None:
    """Measure in an instance that starts empty."""
    with running_instance() as instance:
        compare(instance, rounds)
