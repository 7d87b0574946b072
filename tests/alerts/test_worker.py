"""The delivery worker's process: its push key, what it announces, and its own sweep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import config
import workers.delivery
from tests.alerts.acts import escalations, urgent_tip
from tests.alerts.receivers import HOST, web_server
from tests.support.house import House
from tipline.alerts.announcing import announced
from tipline.alerts.channel import Channel
from tipline.crypto.webpush import PushKey
from workers.delivery import DeliveryProcess


@pytest.fixture
def processes(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[DeliveryProcess]]:
    monkeypatch.setattr(workers.delivery, "system_clock", sqlite_house.clock)
    started: list[DeliveryProcess] = []
    yield started
    for process in started:
        process.stores.main.dispose()
        process.stores.perishable.dispose()


def start(house: House, processes: list[DeliveryProcess], **more: str) -> DeliveryProcess:
    settings = config.DeliverySettings.from_environment({**house.environment, **more})
    processes.append(DeliveryProcess(settings, house.template.unlock_keys["delivery"]))
    return processes[-1]


def push_key(house: House) -> bytes:
    return PushKey(house.folders.delivery.read("push")).public


def test_an_instance_from_before_there_were_pushes_gets_its_key_and_keeps_it(
    sqlite_house: House, processes: list[DeliveryProcess]
) -> None:
    sqlite_house.folders.delivery.destroy("push")
    start(sqlite_house, processes)
    made = push_key(sqlite_house)
    start(sqlite_house, processes)
    assert push_key(sqlite_house) == made
    pin = sqlite_house.console_keys.delivery_pin
    assert announced(sqlite_house.stores.main, pin) == {Channel.PUSH: made}


def test_what_is_set_up_is_announced_and_what_is_taken_away_is_not(
    sqlite_house: House, processes: list[DeliveryProcess]
) -> None:
    pin = sqlite_house.console_keys.delivery_pin
    mail = {"TIPLINE_SMTP_URL": "smtp://127.0.0.1", "TIPLINE_SMTP_FROM": "tipline@example.org"}
    start(sqlite_house, processes, **mail)
    assert set(announced(sqlite_house.stores.main, pin)) == {Channel.MAIL, Channel.PUSH}
    start(sqlite_house, processes)
    assert set(announced(sqlite_house.stores.main, pin)) == {Channel.PUSH}


def test_the_workers_sweep_escalates_and_posts(
    sqlite_house: House, processes: list[DeliveryProcess]
) -> None:
    tip = urgent_tip(sqlite_house)
    with web_server() as server:
        process = start(
            sqlite_house,
            processes,
            TIPLINE_ALERT_WEBHOOK_URL=f"http://{HOST}:{server.port}/hook",
            TIPLINE_ALERT_WEBHOOK_SECRET="a secret of both sides",
        )
        process.sweep()
        assert server.posts == []
        sqlite_house.clock.move(minutes=12)
        process.sweep()
        assert process.alerts.thread is not None
        process.alerts.thread.join(60)
        assert len(server.posts) == 1
    assert escalations(sqlite_house) == [(tip, True)]
