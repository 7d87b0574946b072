"""A delivery worker that is killed, with a real kill, while a receiver holds its alert."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import config
import workers.delivery
from tests.alerts.acts import states, urgent_tip
from tests.alerts.receivers import HOST, WebServer, web_server
from tests.architecture.sources import ROOT
from tests.support.house import House
from tipline.alerts.outbox import CLAIM
from workers.delivery import DeliveryProcess

SCRIPT = """
import os, sys
from datetime import datetime
import config, workers.delivery
now = datetime.fromisoformat(sys.argv[1])
workers.delivery.system_clock = lambda: now
settings = config.DeliverySettings.from_environment(os.environ)
process = workers.delivery.DeliveryProcess(settings, bytes.fromhex(sys.argv[2]))
process.alerts.escalate()
process.alerts.send_due()
"""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def environment(house: House, server: WebServer) -> dict[str, str]:
    return {
        **house.environment,
        "TIPLINE_ALERT_WEBHOOK_URL": f"http://{HOST}:{server.port}/hook",
        "TIPLINE_ALERT_WEBHOOK_SECRET": "a secret of both sides",
    }


def said(server: WebServer) -> list[tuple[str, bool]]:
    posts = [json.loads(post.body) for post in server.posts]
    return [(post["id"], post["may_be_repetition"]) for post in posts]


def test_what_a_killed_worker_was_handing_over_comes_again_and_says_so(
    house: House, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent_tip(house)
    house.clock.move(minutes=11)
    server.holds = threading.Event()
    key = house.template.unlock_keys["delivery"].hex()
    command = [sys.executable, "-c", SCRIPT, house.clock().isoformat(), key]
    more = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env={**environment(house, server), **more})
    assert server.arrived.wait(60)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    server.holds.set()
    assert states(house) == ["sending"]

    monkeypatch.setattr(workers.delivery, "system_clock", house.clock)
    settings = config.DeliverySettings.from_environment(environment(house, server))
    again = DeliveryProcess(settings, house.template.unlock_keys["delivery"])
    try:
        again.alerts.escalate()
        assert again.alerts.send_due() == 0, "the other may be alive"
        house.clock.move(seconds=CLAIM.total_seconds() + 1)
        for _ in range(3):
            again.alerts.escalate()
            again.alerts.send_due()
    finally:
        again.stores.main.dispose()
        again.stores.perishable.dispose()
    assert [repeated for _, repeated in said(server)] == [False, True]
    assert len({uid for uid, _ in said(server)}) == 1
    assert states(house) == ["sent"]
