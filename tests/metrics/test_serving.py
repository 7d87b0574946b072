"""The metrics process: started, asked as Prometheus asks, and looked at by somebody curious."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.simulator.service import free_port, until
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tests.support.witnesses import SomeWitness
from tipline.audit.acts import Act, Outcome
from tipline.audit.cosignatures import take
from tipline.audit.entries import Entry
from tipline.audit.publishing import Publisher
from tipline.audit.recording import record
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.crypto.signing import SigningKey
from tipline.incidents.services import IncidentKind, report_alone
from tipline.metrics.exposition import render
from tipline.metrics.serving import Metrics
from tipline.metrics.stores import SIZE_STEP, StoreWatch

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Disk:
    free: int = 50 * SIZE_STEP + 12345


def figures(page: str) -> dict[str, float]:
    return {
        sample.name + "".join(f".{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_what_the_stores_say(house: House) -> None:
    watch = StoreWatch(house.stores, house.home, lambda _folder: Disk())
    watch.look(NOW)
    house.text(ANNA, "A tip")
    house.text(BEN, "Another")
    seen = figures(render(watch.look(NOW + timedelta(minutes=1))))
    assert seen["tipline_waiting_rows.envelopes"] == 0, "who writes just now is not shown"
    watch.look(NOW + timedelta(minutes=2))
    report_alone(house.stores.main, IncidentKind.FOREIGN_JOB, NOW)
    seen = figures(render(watch.look(NOW + timedelta(minutes=3))))
    assert seen["tipline_waiting_rows.envelopes"] == 2
    assert seen["tipline_waiting_oldest_seconds.envelopes"] == 120
    assert seen["tipline_incidents_total.foreign_job"] == 1
    assert seen["tipline_set_aside"] == 0
    assert seen["tipline_key_age_days.intake"] == 0
    assert seen["tipline_disk_free_bytes.instance"] == 50 * SIZE_STEP
    assert seen["tipline_store_bytes.main"] % SIZE_STEP == 0
    house.drain()
    seen = figures(render(watch.look(NOW + timedelta(minutes=4))))
    assert seen["tipline_waiting_rows.envelopes"] == 0


def test_a_log_that_stands_still(house: House) -> None:
    watch = StoreWatch(house.stores, house.home, lambda _folder: Disk())
    watch.look(NOW)
    assert figures(render(watch.look(NOW)))["tipline_log_checkpoint_age_seconds"] == 0
    with house.stores.main.begin() as connection:
        record(connection, Entry(NOW, Act.REPLY, Outcome.DONE, "console"))
    for minutes in (1, 20):
        seen = figures(render(watch.look(NOW + timedelta(minutes=minutes))))
    assert seen["tipline_waiting_rows.log_entries"] == 1
    assert seen["tipline_waiting_oldest_seconds.log_entries"] == 19 * 60
    signer = NoteSigner("tips.example.org/log", SigningKey.generate())
    Sequencer(house.stores.main, lambda: NOW).begin(signer.verifier)
    Publisher(house.stores.main, signer, lambda: NOW).publish()
    seen = figures(render(watch.look(NOW + timedelta(hours=30))))
    assert seen["tipline_waiting_rows.log_entries"] == 0
    assert seen["tipline_log_checkpoint_age_seconds"] == 30 * 3600


def test_a_log_that_nobody_watches(house: House) -> None:
    """Read as the metrics process, which may not read who the witnesses are."""
    watch = StoreWatch(house.stores_of("metrics"), house.home, lambda _folder: Disk())

    def age(days: int) -> float:
        seen = figures(render(watch.look(NOW + timedelta(days=days))))
        return seen["tipline_log_cosignature_age_seconds"] / 86400

    assert age(0) == 0, "nobody is expected to look"
    anna, ben = SomeWitness(), SomeWitness("paper.example/ben", "Ben")
    anna.registered(house.stores.main, NOW)
    ben.registered(house.stores.main, NOW + timedelta(days=2))
    assert age(3) == 3
    signer = NoteSigner("tips.example.org/log", SigningKey.generate())
    Sequencer(house.stores.main, lambda: NOW).begin(signer.verifier)
    note = Publisher(house.stores.main, signer, lambda: NOW).publish().encode()
    for witness, day in ((ben, 5), (anna, 4)):
        at = NOW.replace(microsecond=0) + timedelta(days=day)
        assert take(house.stores.main, witness.cosigned(note, at), at)
    assert age(9) == 4
    assert age(4) == 0, "a clock that is fast makes no negative age"


def test_stores_that_are_down(sqlite_house: House) -> None:
    metrics = Metrics(StoreWatch(sqlite_house.stores, sqlite_house.home), sqlite_house.clock)
    metrics.renew()
    assert figures(metrics.page)["tipline_stores_up"] == 1
    sqlite_house.stores.main.dispose()
    (sqlite_house.home / "main.sqlite3").write_bytes(b"garbage" * 1000)
    for file in sqlite_house.home.glob("main.sqlite3-*"):
        file.unlink()
    metrics.renew()
    seen = figures(metrics.page)
    assert seen["tipline_stores_up"] == 0
    assert "tipline_messages_kept_total" in seen


def test_no_page_names_a_line_a_number_or_a_thread(sqlite_house: House) -> None:
    house = sqlite_house
    metrics = Metrics(StoreWatch(house.stores, house.home), house.clock)
    house.text(ANNA, "A tip")
    house.drain()
    house.clock.move(hours=2)
    metrics.renew()
    alias, line_id = house.only_thread().alias, house.bundles[LINE].line_id
    for secret in (ANNA, LINE, OTHER_LINE, alias, line_id, "police", "complaints", "Police tips"):
        assert secret.lstrip("+") not in metrics.page
    assert not re.search(r"[0-9a-f]{16}|/", metrics.page.replace("e+", ""))


def test_alert_rules_ask_for_what_there_is(sqlite_house: House) -> None:
    metrics = Metrics(StoreWatch(sqlite_house.stores, sqlite_house.home), sqlite_house.clock)
    metrics.renew()
    rules = (ROOT / "deploy" / "prometheus" / "tipline.rules.yml").read_text()
    asked = set(re.findall(r"tipline_[a-z_]+", rules))
    assert len(asked) > 6
    assert asked <= {name.partition(".")[0] for name in figures(metrics.page)}


@contextmanager
def running(house: House, port: int) -> Iterator[subprocess.Popen[bytes]]:
    # As all settings may, it stands in a file.
    file = house.home / f"port-{port}"
    file.write_text(f"{port}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        **{name: house.environment[name] for name in house.environment if "TWILIO" not in name},
        "TIPLINE_METRICS_PORT_FILE": str(file),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tipline.metrics.serving"],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_process_answers_this_machine_alone(sqlite_house: House) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"

    def page() -> str:
        try:
            return requests.get(url, timeout=5).text
        except requests.ConnectionError:
            return ""

    with running(sqlite_house, port) as process:
        seen = figures(until(lambda: "tipline_stores_up" in page() and page()))
        assert seen["tipline_stores_up"] == 1
        answer = requests.get(url, timeout=5)
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert set(answer.headers) == {"Server", "Date", "Content-Type", "Content-Length"}
        rebound = requests.get(url, headers={"Host": f"evil.example.net:{port}"}, timeout=5)
        assert rebound.status_code == 404
        other = requests.get(url.replace("/metrics", "/+12095550141"), timeout=5)
        assert (other.status_code, other.text) == (404, "not found\n")
        with running(sqlite_house, port) as second:
            assert second.wait(30) == 1
            assert second.stderr is not None
            assert second.stderr.read().decode().endswith("TIPLINE_METRICS_PORT is taken.\n")
        process.kill()
        output, errors = process.communicate()
    assert (output, errors) == (b"", b"")
