"""`make bench`: the figures that the documentation gives, measured afresh."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import (
    audit_log,
    flood,
    inbox_pages,
    intake_workers,
    memory,
    redaction,
    search_leakage,
    search_pages,
    web_tips,
)
from benchmarks.instance import Instance, count, running_instance, wait_for
from benchmarks.loader import Connection, requests_per_second, signed_request
from benchmarks.web_tips import bare_server
from tests.support.plain_words import in_words

ROUNDS = 3
REQUESTS = 3000
CONNECTIONS = 8
NEW_THREADS = 2000
FOLLOW_UPS = 4000
RATE = 50
SECONDS = 20


def number(index: int) -> str:
    """Return a fictitious number."""
    return f"+1209{index:07d}"


def webhook_against_bare(instance: Instance) -> None:
    """Signed webhook to durable commit, against an endpoint that does nothing."""
    ratios = []
    with bare_server(instance) as port, instance.paused("intake worker", "delivery worker"):
        for part in range(ROUNDS):
            requests = [
                signed_request(instance.target, number(i % 500), f"Tip {in_words(i)}")
                for i in range(REQUESTS)
            ]
            idle = requests_per_second(port, requests, CONNECTIONS)
            kept = requests_per_second(instance.target.port, requests, CONNECTIONS)
            ratios.append(kept / idle)
            print(
                f"  round {part + 1}: {kept:7.0f}/s durable, {idle:7.0f}/s bare,"
                f" ratio {kept / idle:.3f}"
            )
    print(f"webhook to durable commit / bare Flask: {statistics.median(ratios):.3f}")
    wait_for(lambda: count(instance, "envelopes") == 0, 120)


def intake_rate(instance: Instance) -> None:
    """Messages a second through one intake worker: new threads, then follow-ups."""
    for name, messages, base in (
        ("new threads", NEW_THREADS, 1_000_000),
        ("follow-ups", FOLLOW_UPS, 1_000_000),
    ):
        with instance.paused("intake worker", "delivery worker"):
            requests = [
                signed_request(
                    instance.target, number(base + i % NEW_THREADS), f"{name} {in_words(i)}"
                )
                for i in range(messages)
            ]
            requests_per_second(instance.target.port, requests, CONNECTIONS)
        with instance.paused("delivery worker"):
            started = time.perf_counter()
            wait_for(lambda: count(instance, "envelopes") == 0, 120)
            seconds = time.perf_counter() - started
        print(f"intake, {name}: {messages / seconds:.0f} messages/s")


def time_to_thread(instance: Instance) -> None:
    """From the webhook's first byte to the message in its thread, at a steady rate."""
    total = RATE * SECONDS
    requests = [
        signed_request(
            instance.target, number(3_000_000 + i % (total // 2)), f"Steady {in_words(i)}"
        )
        for i in range(total)
    ]
    before = count(instance, "messages")
    reader = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watch", str(instance.home), str(before), str(total)],
        stdout=subprocess.PIPE,
    )
    connection = Connection(instance.target.port)
    posted = []
    started = time.monotonic() + 0.5
    for index, request in enumerate(requests):
        time.sleep(max(0.0, started + index / RATE - time.monotonic()))
        posted.append(time.monotonic())
        connection.post(request)
    output, _ = reader.communicate(timeout=120)
    seen = [float(line) for line in output.split()]
    latencies = sorted(shown - sent for sent, shown in zip(posted, seen, strict=True))
    cut = [latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95, 0.99)]
    print(
        f"webhook to visible thread at {RATE}/s: p50 {cut[0]:.0f} ms, p95 {cut[1]:.0f} ms,"
        f" p99 {cut[2]:.0f} ms"
    )


def search(backend: str, threads: int, rounds: int) -> None:
    """Searches in a line of so many threads, in stores that are made for it and thrown away."""
    with tempfile.TemporaryDirectory(prefix="tipline-search-") as folder:
        search_pages.run(backend, threads, Path(folder), rounds)


def messages() -> None:
    """The way of a message, in an instance that starts empty."""
    with running_instance() as instance:
        time_to_thread(instance)
        webhook_against_bare(instance)
        intake_rate(instance)
        memory.report(instance)
    memory.two_gateway_workers()


# Each by its name, in the order in which all are run. Those of a hundred thousand threads fill
# their stores first, which takes most of their time.
PARTS = {
    "messages": messages,
    "web": web_tips.run,
    "flood": flood.run,
    "workers-postgresql": intake_workers.run,
    "redaction": redaction.run,
    "log": audit_log.run,
    "search-small": partial(search, "sqlite", search_pages.SMALL, 10),
    "search-leakage": partial(search_leakage.report, search_leakage.SMALL),
    "inbox": inbox_pages.run,
    "search": partial(search, "sqlite", search_pages.FULL, search_pages.ROUNDS),
    "inbox-postgresql": partial(inbox_pages.run, "postgresql"),
    "search-postgresql": partial(search, "postgresql", search_pages.FULL, search_pages.ROUNDS),
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("part", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    names = parser.parse_args().part
    if unknown := set(names) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    for name in names:
        print(f"== {name}", flush=True)
        PARTS[name]()


if __name__ == "__main__":
    main()
