"""Serving one of the web apps with gunicorn: `python -m tipline.instance.serving gateway`."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

import config
from tipline import counting, logs
from tipline.crypto.unlock import FD_VARIABLE
from tipline.environment import with_files
from tipline.errors import TiplineError
from tipline.hardening import end_with_parent, harden
from tipline.instance.bodies import with_whole_bodies

APPS = ("gateway", "console")


class SilentLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Keeps only the place of gunicorn's own lines: they hold addresses and request lines."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers that this program configured."""
        self.error_log.handlers[:] = []
        self.error_log.propagate = True
        self.access_log.handlers[:] = []
        self.access_log.propagate = False


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn around one app, which is built in each of its worker processes."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        """Take the app's name in `wsgi`, and gunicorn's settings."""
        self._name = name
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's settings; no file and no environment of its own is read."""
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        """Build the app."""
        import wsgi  # noqa: PLC0415 - built in the worker, and only the one that is served

        try:
            return with_whole_bodies(getattr(wsgi, self._name))
        except (config.SettingsError, TiplineError) as error:
            sys.stderr.write(f"The {self._name} cannot start: {error}\n")
            sys.exit(Arbiter.APP_LOAD_ERROR)


def options_for(name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return gunicorn's settings for an app.

    Raises:
        SettingsError: one of the app's settings is missing or wrong.
    """
    options: dict[str, Any] = {
        "worker_class": "gthread",
        "accesslog": None,
        "logger_class": SilentLogger,
        "control_socket_disable": True,
        "graceful_timeout": 10,
        "timeout": 60,
        "keepalive": 15,
        # No header of a proxy is believed: the apps know their own address, and with the default a
        # client on this machine (such as the proxy, for anybody) could name another SCRIPT_NAME.
        "forwarded_allow_ips": "",
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "worker_tmp_dir": _memory_folder(),
        "proc_name": f"tipline-{name}",
    }
    if name == "gateway":
        gateway = config.GatewaySettings.from_environment(environment)
        options |= {"workers": gateway.workers, "threads": gateway.threads}
        options["bind"] = _bound(gateway.instance.bind_address, gateway.instance.gateway_port)
    else:
        console = config.ConsoleSettings.from_environment(environment)
        options |= {"workers": 1, "threads": console.threads}
        options["bind"] = _bound(console.instance.bind_address, console.instance.console_port)
    return options


def _bound(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def keep_unlock_key(environment: dict[str, str]) -> None:
    """Read the handed-over key once into a memory file, from which each forked worker reads anew.

    A pipe can be read only once, but gunicorn starts a worker again when it dies.
    """
    descriptor = environment.get(FD_VARIABLE, "")
    if descriptor.isdigit():
        with os.fdopen(int(descriptor), "rb") as pipe:
            _key.write(pipe.read())


_key = io.BytesIO()


def _hand_over(_server: Any, _worker: Any) -> None:
    """Give a worker that was just forked a pipe of its own with the key in it."""
    read_end, write_end = os.pipe()
    os.write(write_end, _key.getvalue())
    os.close(write_end)
    os.environ[FD_VARIABLE] = str(read_end)


def load_code(name: str) -> None:
    """Load an app's code before its workers are forked, so that they share the memory of it.

    No app is built here: each worker unlocks keys and opens connections of its own.
    """
    importlib.import_module(f"tipline.{name}.app")
    # What the collector never touches again stays shared (https://docs.python.org/3/library/gc.html).
    gc.collect()
    gc.freeze()


def _memory_folder() -> str | None:
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - heartbeats, no content


def main(arguments: Sequence[str]) -> int:
    """Serve an app until told to stop. Return the process's exit code."""
    if len(arguments) != 1 or arguments[0] not in APPS:
        sys.stderr.write(f"Name one app: {' or '.join(APPS)}.\n")
        return 2
    name = arguments[0]
    logs.configure(name)
    harden()
    end_with_parent()
    environment = dict(os.environ)
    try:
        options = options_for(name, with_files(environment))
        counting.start(config.metrics_port(environment))
    except (config.SettingsError, TiplineError) as error:
        sys.stderr.write(f"The {name} cannot start: {error}\n")
        return 1
    if FD_VARIABLE in environment:
        keep_unlock_key(environment)
        options["post_fork"] = _hand_over
    load_code(name)
    Server(name, options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
