"""`python -m workers`: a real process, from its start to its end."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from tests.support.house import ANNA, BEN, House
from tests.workers.processes import ended, start, until
from tests.workers.with_instance.bench import forge
from tipline.doorbell import Doorbell, QueueName


def test_a_worker_from_start_to_end(
    sqlite_house: House, valkey_url: str, queue: Redis, tmp_path: Path
) -> None:
    house, written = sqlite_house, tmp_path / "written"
    house.clock.now = datetime.now(UTC)  # the process goes by the real one
    house.keep_keys()
    environment = {**house.environment, "TIPLINE_REDIS_URL": valkey_url}
    unlock_key = house.template.unlock_keys["intake"]
    process = start(environment, "intake", unlock_key=unlock_key)
    try:
        house.text(ANNA, "They meet behind the old mill")
        until(lambda: len(house.threads()) == 1, process)
        forge(queue, "subprocess.check_output", [["/bin/sh", "-c", f"echo x > {written}"]])
        until(lambda: house.incidents().get("foreign_job") == 1, process)
        # Everything on the queue is lost, the bell for this text included.
        queue.flushall()
        house.text(BEN, "Nobody heard the bell")
        until(lambda: len(house.threads()) == 2, process)
        assert Doorbell(valkey_url).ring(QueueName.INTAKE)
        until(lambda: queue.llen("rq:queue:intake") == 0, process)
    finally:
        process.send_signal(signal.SIGTERM)
        code, output, errors = ended(process)
    assert code == 0
    assert output == ""
    assert '"event": "worker_started"' in errors
    assert '"kind": "foreign_job"' in errors
    assert not written.exists()
    for secret in ("old mill", "the bell", ANNA, BEN, "Traceback"):
        assert secret not in errors


@pytest.mark.parametrize("arguments", [(), ("nobody",), ("intake", "delivery"), ("../intake",)])
def test_a_name_that_is_no_workers(arguments: tuple[str, ...]) -> None:
    assert ended(start({}, *arguments)) == (
        2,
        "",
        "Name one worker: intake or delivery or records.\n",
    )


@pytest.mark.parametrize(
    ("name", "missing", "says"),
    [
        ("delivery", "TIPLINE_TWILIO_API_KEY_SECRET", "TIPLINE_TWILIO_API_KEY_SECRET is missing"),
        ("delivery", "TIPLINE_PUBLIC_URL", "TIPLINE_PUBLIC_URL is missing"),
        ("records", "TIPLINE_PUBLIC_URL", "TIPLINE_PUBLIC_URL is missing"),
        ("intake", "", "No unlock key was handed to this process"),
        ("delivery", "", "No unlock key was handed to this process"),
        ("records", "", "No unlock key was handed to this process"),
    ],
)
def test_a_missing_setting_is_named(
    sqlite_house: House, name: str, missing: str, says: str
) -> None:
    environment = {k: v for k, v in sqlite_house.environment.items() if k != missing}
    code, output, errors = ended(start(environment, name))
    assert (code, output) == (1, "")
    assert errors.startswith(f"The {name} worker cannot start: ")
    assert says in errors
    assert errors.count("\n") == 1, "a sentence, and no traceback"


def test_a_wrong_unlock_key_is_said_so(sqlite_house: House) -> None:
    wrong = sqlite_house.template.unlock_keys["gateway"]
    code, output, errors = ended(start(sqlite_house.environment, "intake", unlock_key=wrong))
    assert (code, output) == (1, "")
    assert errors.startswith("The intake worker cannot start: ")
    assert "Traceback" not in errors
