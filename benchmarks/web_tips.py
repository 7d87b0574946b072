"""Web tips from the empty form to the receipt, against Flask pages that do nothing."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from benchmarks.bare import TIP_PATH
from benchmarks.instance import Instance, answers, count, free_port, running_instance, wait_for
from benchmarks.loader import Connection, sessions_per_second

ROUNDS = 3
TIPS = 300
BARE_SESSIONS = 3000
CONNECTIONS = 8
TOKEN = re.compile(rb'name="token" value="([^"]+)"')
TEXT = (
    "Two men load boxes into a white van behind the closed laundry on Elm Street, every Tuesday "
    "after eleven. One of them has a key to the side door. This is number {}."
)


class Journey:
    """What a browser does: it gets the form, fills it in, and posts it with its token."""

    def __init__(self, port: int, path: str) -> None:
        self._get = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self._post = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        ).encode()

    def __call__(self, connection: Connection, tip: bytes) -> int:
        """Return the status of the page with the receipt."""
        status, form = connection.fetch(self._get)
        if status != 200:
            return status
        token = TOKEN.search(form)
        assert token is not None
        body = b"token=" + token[1] + b"&" + tip
        status, receipt = connection.fetch(self._post + b"%d\r\n\r\n" % len(body) + body)
        assert status != 200 or b'id="receipt"' in receipt
        return status


def filled_in(index: int) -> bytes:
    """Return what stands in a form, without its token."""
    fields = {
        "what": TEXT.format(index),
        "where": "Elm Street and 4th",
        "when": "Tuesdays, after eleven at night",
        "danger": "no",
        "category": "theft",
        "confirm_url": "",
    }
    return urlencode(fields).encode()


@contextmanager
def bare_server(instance: Instance) -> Iterator[int]:
    """Give the port of a server with the gateway's settings around an app that does nothing."""
    port = free_port()
    account = instance.target
    bare = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare", str(port)],
        env={
            **instance.environment,
            "TIPLINE_PUBLIC_URL": account.url,
            "TIPLINE_TWILIO_ACCOUNT_SID": account.account_sid,
            "TIPLINE_TWILIO_AUTH_TOKEN": account.auth_token,
        },
    )
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/"), 30)
        yield port
    finally:
        bare.terminate()
        bare.wait()


def form_to_receipt(instance: Instance, tips: int = TIPS, rounds: int = ROUNDS) -> None:
    """Measure journeys: each tip is durable before its receipt is shown."""
    path = f"/en/tip/{instance.demo['lines'][0]['line']}"
    ratios = []
    with bare_server(instance) as port, instance.paused("intake worker", "delivery worker"):
        before = count(instance, "envelopes")
        for part in range(rounds):
            sessions = [filled_in(index) for index in range(BARE_SESSIONS)]
            idle = sessions_per_second(port, sessions, CONNECTIONS, Journey(port, TIP_PATH))
            here = instance.target.port
            journey = Journey(here, path)
            kept = sessions_per_second(here, sessions[:tips], CONNECTIONS, journey)
            ratios.append(kept / idle)
            print(
                f"  round {part + 1}: {kept:6.0f} tips/s, {idle:6.0f} bare journeys/s,"
                f" ratio {kept / idle:.3f}",
                flush=True,
            )
        assert count(instance, "envelopes") - before == tips * rounds
    print(f"web tip from form to receipt / bare Flask: {statistics.median(ratios):.3f}")
    wait_for(lambda: count(instance, "envelopes") == 0, 120)


def run() -> None:
    """Measure in an instance that starts empty."""
    with running_instance() as instance:
        form_to_receipt(instance)


if __name__ == "__main__":
    run()
