"""What each process is given: its own part of the environment, its own key, nothing of others'."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from tests.support.house import AUTH_TOKEN, UNLOCK_SECRET, House
from tipline.crypto.errors import UnlockError
from tipline.instance.processes import process_specs
from tipline.instance.provisioning import PROCESSES
from tipline.instance.supervisor import ProcessSpec

SECRETS = {
    "TIPLINE_TWILIO_AUTH_TOKEN": {"gateway"},
    "TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS": {"gateway"},
    "TIPLINE_TWILIO_API_KEY_SECRET": {"delivery"},
    "TIPLINE_TWILIO_API_KEY_SID": {"delivery"},
    "TIPLINE_DATABASE_URL": {"gateway", "console", "intake", "delivery", "records", "metrics"},
    "TIPLINE_PERISHABLE_URL": {"gateway", "console", "intake", "delivery", "metrics"},
    "TIPLINE_PUBLIC_URL": {"gateway", "delivery", "records"},
    "TIPLINE_ONION_URL": {"gateway"},
    "TIPLINE_CONSOLE_URL": {"console", "delivery"},
    "TIPLINE_SMTP_URL": {"delivery"},
    "TIPLINE_ALERT_WEBHOOK_URL": {"delivery"},
    "TIPLINE_ALERT_WEBHOOK_SECRET": {"delivery"},
}


def specs(house: House, **more: str) -> dict[str, ProcessSpec]:
    environment = {
        **house.environment,
        "TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS": "the token before",
        "TIPLINE_SMTP_URL": "smtp://127.0.0.1",
        "TIPLINE_ONION_URL": "http://" + "a2" * 28 + ".onion",
        "TIPLINE_ALERT_WEBHOOK_URL": "http://127.0.0.1/hook",
        "TIPLINE_ALERT_WEBHOOK_SECRET": "a secret of both sides",
        "PATH": "/usr/bin",
        "AWS_SECRET_ACCESS_KEY": "somebody else's",
        "TIPLINE_UNLOCK_SECRET": UNLOCK_SECRET,
        **more,
    }
    found = process_specs(house.instance, UNLOCK_SECRET, environment)
    return {spec.name: spec for spec in found}


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_reaches_those_who_need_it(variable: str, sqlite_house: House) -> None:
    found = specs(sqlite_house, TIPLINE_METRICS_PORT="9464")
    holders = {name for name, spec in found.items() if variable in spec.environment}
    assert holders == SECRETS[variable]


def test_nothing_that_is_not_named_is_passed_on(sqlite_house: House) -> None:
    for spec in specs(sqlite_house).values():
        assert "AWS_SECRET_ACCESS_KEY" not in spec.environment
        assert "TIPLINE_UNLOCK_SECRET" not in spec.environment
        assert spec.environment["PATH"] == "/usr/bin"


def test_the_unlock_secret_and_keys_are_in_no_environment_and_no_command(
    sqlite_house: House,
) -> None:
    for spec in specs(sqlite_house).values():
        visible = " ".join([*spec.command, *spec.environment.values()])
        for secret in (UNLOCK_SECRET, *map(bytes.hex, sqlite_house.template.unlock_keys.values())):
            assert secret not in visible
        assert AUTH_TOKEN not in " ".join(spec.command)


def test_a_printed_process_shows_no_secret(sqlite_house: House) -> None:
    shown = {"name", "command", "process"}
    for spec in specs(sqlite_house).values():
        assert AUTH_TOKEN not in repr(spec)
        assert repr(spec.unlock_key) not in repr(spec)
        assert {f.name for f in dataclasses.fields(spec) if f.repr} == shown


def test_each_has_an_unlock_key_of_its_own_and_the_queue_has_none(sqlite_house: House) -> None:
    found = specs(sqlite_house, TIPLINE_REDIS_URL="")
    keys = {name: spec.unlock_key for name, spec in found.items()}
    assert keys.pop("valkey") is None
    assert keys == sqlite_house.template.unlock_keys
    assert len(set(keys.values())) == len(keys)


def test_workers_start_before_the_web(sqlite_house: House) -> None:
    """They publish the keys without which nothing can be taken."""
    names = list(specs(sqlite_house, TIPLINE_REDIS_URL=""))
    assert names == ["valkey", "intake", "delivery", "records", "console", "gateway"]


def test_a_queue_that_runs_elsewhere_is_not_started(sqlite_house: House) -> None:
    assert "valkey" not in specs(sqlite_house, TIPLINE_REDIS_URL="redis://queue.internal:6379/0")


def test_the_embedded_queue_is_on_no_network_and_no_disk(sqlite_house: House) -> None:
    command = " ".join(specs(sqlite_house, TIPLINE_REDIS_URL="")["valkey"].command)
    for option in ("--port 0", "--unixsocketperm 700", "--save  ", "--appendonly no"):
        assert option in command


def test_each_connects_as_its_own_role_and_learns_no_other_url(sqlite_house: House) -> None:
    own = {
        f"TIPLINE_{process.upper()}_{store}": f"postgresql://{process}@db/{store.lower()}"
        for process in PROCESSES
        for store in ("DATABASE_URL", "PERISHABLE_URL")
    }
    owner = sqlite_house.environment["TIPLINE_DATABASE_URL"]
    found = specs(sqlite_house, TIPLINE_REDIS_URL="", **own)
    assert owner not in found.pop("valkey").environment.values()
    for process, spec in found.items():
        given = [value for value in spec.environment.values() if "@db/" in value or value == owner]
        assert given
        assert all(value.startswith(f"postgresql://{process}@") for value in given)
        assert (
            spec.environment["TIPLINE_DATABASE_URL"]
            == own[f"TIPLINE_{process.upper()}_DATABASE_URL"]
        )


def test_more_workers_of_a_kind(sqlite_house: House) -> None:
    more = replace(sqlite_house.instance, intake_workers=3, delivery_workers=2)
    found = process_specs(more, UNLOCK_SECRET, sqlite_house.environment)
    names = [spec.name for spec in found]
    assert names == [
        "intake", "intake-2", "intake-3", "delivery", "delivery-2", "records", "console", "gateway"
    ]  # fmt: skip
    one, two, three, *_ = found
    assert one.command == two.command == three.command
    assert one.unlock_key == two.unlock_key == sqlite_house.template.unlock_keys["intake"]


def test_without_an_instance_nothing_is_started(sqlite_house: House) -> None:
    (sqlite_house.instance.keys / "unlock.json").unlink()
    with pytest.raises(UnlockError, match="create the instance first"):
        specs(sqlite_house)


def test_metrics_run_only_when_asked_for_and_hold_nothing(sqlite_house: House) -> None:
    assert "metrics" not in specs(sqlite_house)
    spec = specs(sqlite_house, TIPLINE_METRICS_PORT="9464")["metrics"]
    assert spec.unlock_key is None
    given = " ".join(spec.environment)
    assert not any(word in given for word in ("TWILIO", "SECRET", "TOKEN", "SMTP", "UNLOCK"))
    others = specs(sqlite_house, TIPLINE_METRICS_PORT="9464").values()
    assert all("TIPLINE_METRICS_PORT" in other.environment for other in others)
