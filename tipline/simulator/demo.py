"""The demo: `make run`. An instance with made-up members, and a pretend carrier beside it.

`demo.json` holds every secret of the demo in clear. It is outside every promise, and says so. An
instance that was created in earnest is never touched.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import config
from tipline import counting, logs
from tipline.environment import port
from tipline.errors import TiplineError
from tipline.hardening import harden
from tipline.instance import provisioning
from tipline.instance.processes import own_environment, process_specs
from tipline.instance.supervisor import ProcessSpec, Supervisor
from tipline.simulator.cast import create_cast, provider_account
from tipline.simulator.settings import DEFAULT_PORT

HOST = "127.0.0.1"
DEMO_FILE = "demo.json"
IN_PROGRESS = "demo-in-progress"
READY_SECONDS = 60.0
WARNING = (
    "This file holds the demo's secrets in clear and is outside every promise that Tipline makes. "
    "Use the demo for nothing real."
)
SIMULATOR_NAMES = (
    "TIPLINE_SIMULATOR_PORT",
    "TIPLINE_SIMULATOR_NUMBERS",
    "TIPLINE_PUBLIC_URL",
    "TIPLINE_TWILIO_ACCOUNT_SID",
    "TIPLINE_TWILIO_AUTH_TOKEN",
    "TIPLINE_TWILIO_API_KEY_SID",
    "TIPLINE_TWILIO_API_KEY_SECRET",
)


class NotADemoError(TiplineError):
    """The folder holds an instance that was not made by the demo."""

    code = "not_a_demo"
    message = (
        "This folder holds an instance that is not a demo. Set TIPLINE_HOME to another folder."
    )


def main() -> int:
    """Create the demo if need be and run it until Ctrl-C. Return the process's exit code."""
    logs.configure("supervisor")
    harden()
    try:
        settings = config.InstanceSettings.from_environment(os.environ)
        simulator_port = port(os.environ, "TIPLINE_SIMULATOR_PORT", DEFAULT_PORT)
        _check_ports(settings, simulator_port)
        demo = load_or_create(settings, urls_of(settings, simulator_port))
        provisioning.migrate(settings)
        provisioning.open_checked(settings, demo["unlock_secret"])
        environment = settings_of_processes(os.environ, settings, demo)
        counting.start(config.metrics_port(environment))
        specs = process_specs(settings, demo["unlock_secret"], environment)
    except (config.SettingsError, TiplineError) as error:
        sys.stderr.write(f"The demo cannot start: {error}\n")
        return 1
    supervisor = Supervisor([_simulator(environment), *specs], settings.home / "run")
    threading.Thread(target=_announce, args=(settings, demo, supervisor), daemon=True).start()
    supervisor.run()
    sys.stdout.write("\nStopped.\n")
    return 0


def load_or_create(settings: config.InstanceSettings, urls: dict[str, str]) -> dict[str, Any]:
    """Return what the demo's file says, after creating the demo if there is none yet.

    Raises:
        NotADemoError: the folder holds an instance that was made in earnest.
    """
    path = settings.home / DEMO_FILE
    if path.exists():
        # The ports may have changed since.
        demo: dict[str, Any] = json.loads(path.read_text()) | urls
        _write(path, demo)
        return demo
    if provisioning.is_created(settings) and not (settings.home / IN_PROGRESS).exists():
        raise NotADemoError
    sys.stdout.write("Creating the demo's instance ...\n")
    sys.stdout.flush()
    _remove_unfinished(settings.home)
    (settings.home / IN_PROGRESS).touch(mode=0o600)
    unlock_secret = os.urandom(24).hex()
    folders = provisioning.create(settings, unlock_secret)
    demo = {
        "warning": WARNING,
        **urls,
        "twilio": provider_account(),
        "unlock_secret": unlock_secret,
        **create_cast(settings, folders),
    }
    _write(path, demo)
    (settings.home / IN_PROGRESS).unlink()
    return demo


def _remove_unfinished(home: Path) -> None:
    """Remove what a creation that was interrupted left behind: nobody has used it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(home / "keys", ignore_errors=True)
    for path in home.glob("*.sqlite3*"):
        path.unlink()


def _write(path: Path, demo: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(demo, file, indent=2)
        file.write("\n")
    fresh.replace(path)


def urls_of(settings: config.InstanceSettings, simulator_port: int) -> dict[str, str]:
    """Return where gateway, console and pretend carrier answer."""
    return {
        "gateway_url": f"http://{HOST}:{settings.gateway_port}",
        "console_url": f"http://{HOST}:{settings.console_port}",
        "simulator_url": f"http://{HOST}:{simulator_port}",
    }


def settings_of_processes(
    base: Mapping[str, str], settings: config.InstanceSettings, demo: dict[str, Any]
) -> dict[str, str]:
    """Return `base` with all settings that the demo's processes and its carrier need."""
    account = demo["twilio"]
    numbers = ",".join(f"{line['number']}={line['name']}" for line in demo["lines"])
    return {
        **base,
        "TIPLINE_HOME": str(settings.home),
        "TIPLINE_PUBLIC_URL": demo["gateway_url"],
        "TIPLINE_CONSOLE_URL": demo["console_url"],
        "TIPLINE_TWILIO_BASE_URL": demo["simulator_url"],
        "TIPLINE_ALERT_PUSH_INSIDE": "yes",
        "TIPLINE_SIMULATOR_NUMBERS": numbers,
        "TIPLINE_TWILIO_ACCOUNT_SID": account["account_sid"],
        "TIPLINE_TWILIO_AUTH_TOKEN": account["auth_token"],
        "TIPLINE_TWILIO_API_KEY_SID": account["api_key_sid"],
        "TIPLINE_TWILIO_API_KEY_SECRET": account["api_key_secret"],
    }


def _simulator(environment: Mapping[str, str]) -> ProcessSpec:
    command = (sys.executable, "-m", "tipline.simulator.serve")
    return ProcessSpec("simulator", command, own_environment(environment, SIMULATOR_NAMES))


def _check_ports(settings: config.InstanceSettings, simulator_port: int) -> None:
    """Say which port is taken, before anything is started.

    Raises:
        SettingsError: one is.
    """
    ports = {
        "TIPLINE_GATEWAY_PORT": settings.gateway_port,
        "TIPLINE_CONSOLE_PORT": settings.console_port,
        "TIPLINE_SIMULATOR_PORT": simulator_port,
    }
    for name, number in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, number))
            except OSError:
                raise config.SettingsError(
                    f"Port {number} is taken. Set {name} to another one."
                ) from None


def _announce(
    settings: config.InstanceSettings, demo: dict[str, Any], supervisor: Supervisor
) -> None:
    """Print addresses and how to sign in, once a tip would be kept."""
    places = (
        demo["gateway_url"] + "/readyz",
        demo["console_url"] + "/sign-in",
        demo["simulator_url"] + "/",
    )
    deadline = time.monotonic() + READY_SECONDS
    while not all(_answers(url) for url in places):
        if time.monotonic() > deadline:
            sys.stdout.write("The demo did not come up in a minute; see the lines above.\n")
            supervisor.request_stop()
            return
        time.sleep(0.2)
    investigator = next(m for m in demo["members"] if m["role"] == "investigator")
    sys.stdout.write(
        f"""
Tipline's demo is running. Nothing leaves this machine.

  A phone to text a tip from   {demo["simulator_url"]}
  The staff console            {demo["console_url"]}
  The public tip form          {demo["gateway_url"]}/en/tip/{demo["lines"][0]["line"]}

  Sign in as an investigator:
    Email           {investigator["email"]}
    Password        {investigator["password"]}
    One-time code   make code   (in another terminal; each works once)

  Everybody else is in         {settings.home / DEMO_FILE}
  {WARNING}

Ctrl-C stops it.
"""
    )
    sys.stdout.flush()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http URL
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
