"""How fast the finder is: messages a second, the slowest, what importing it costs, and length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.redaction.corpus import load
from tipline.redaction import find_identifiers

EXAMPLES = "TIPLINE_REDACTION_EXAMPLES"
ROUNDS = 20
LENGTHS = (1_600, 16_000)
IMPORT = """
import pathlib, resource, time
def resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
before = resident()
started = time.process_time()
import tipline.redaction
seconds = time.process_time() - started
tipline.redaction.find_identifiers("my number is 209-555-0142")
print(seconds, resident() - before)
"""


def examples() -> list[str]:
    """The texts of the file that the environment names, or the corpus of the tests."""
    if name := os.environ.get(EXAMPLES):
        lines = Path(name).read_text("utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines if line.strip()]
    return [tip["text"] for tip in load("tips")]


def seconds_for(text: str) -> float:
    """Processor time for one text, the best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        find_identifiers(text)
        best = min(best, time.process_time() - started)
    return best


def rates(texts: Sequence[str]) -> None:
    """Processor time, so that what else runs on the machine matters little."""
    times = []
    for _ in range(ROUNDS):
        for text in texts:
            started = time.process_time()
            find_identifiers(text)
            times.append(time.process_time() - started)
    times.sort()
    print(
        f"{len(texts)} tips of {sum(map(len, texts)) // len(texts)} characters on average:"
        f" {len(times) / sum(times):.0f} messages a second of processor time,"
        f" p50 {times[len(times) // 2] * 1e3:.2f} ms,"
        f" p99 {times[len(times) * 99 // 100] * 1e3:.2f} ms"
    )


def lengths(texts: Sequence[str]) -> None:
    long = "\n".join(texts)
    costs = [seconds_for(long[:length]) for length in LENGTHS]
    for length, cost in zip(LENGTHS, costs, strict=True):
        print(f"{length} characters: {cost * 1e3:.1f} ms, {cost / length * 1e6:.2f} us a character")
    print(f"ten times the length costs {costs[1] / costs[0]:.1f} times as much")


def run() -> None:
    """Measure, and print."""
    texts = examples()
    find_identifiers(texts[0])
    rates(texts)
    lengths(texts)
    output = subprocess.run(
        [sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True
    ).stdout
    seconds, mebibytes = map(float, output.split())
    print(f"importing: {seconds:.3f} s of processor time, {mebibytes:.0f} MiB")
