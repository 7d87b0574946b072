"""Post as one number, steadily, from a process of its own, until standard input is closed."""

from __future__ import annotations

import select
import sys
import time

from benchmarks.loader import Target, post_steadily, signed_request
from tests.support.plain_words import in_words

MOST_SECONDS = 60
CONNECTIONS = 4


def flood(sender: str, rate: int, target: Target) -> None:
    """Prepare all requests, say so, and post them."""
    requests = [
        signed_request(target, sender, f"Answer me {in_words(index)}")
        for index in range(rate * MOST_SECONDS)
    ]
    print("ready", flush=True)
    started = time.monotonic()
    posted = post_steadily(
        target.port,
        requests,
        rate,
        CONNECTIONS,
        until=lambda: bool(select.select([sys.stdin], [], [], 0)[0]),
    )
    print(f"{len(posted) / (time.monotonic() - started):.0f} messages/s were kept")


if __name__ == "__main__":
    sender, rate, port, *rest = sys.argv[1:]
    flood(sender, int(rate), Target(int(port), *rest))
