"""Run the simulator: `python -m tipline.simulator.serve`.

One worker process, because the state is in its memory, with many threads.
"""

from __future__ import annotations

import os
import socket
import sys

from flask import Flask
from gunicorn.app.base import BaseApplication

from tipline.hardening import end_with_parent
from tipline.simulator.app import create_app
from tipline.simulator.settings import SimulatorSettings, SimulatorSettingsError

HOST = "127.0.0.1"
THREADS = 16
GRACEFUL_TIMEOUT_SECONDS = 2


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the settings that the simulator needs."""

    def __init__(self, settings: SimulatorSettings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        for name, value in {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": GRACEFUL_TIMEOUT_SECONDS,
            "accesslog": None,
            # Its lines hold paths, request lines and tracebacks, and so numbers and texts.
            "errorlog": os.devnull,
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker: threads do not survive the fork."""
        return create_app(self._settings)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(128)
    listener.set_inheritable(True)
    return listener


def main() -> None:
    """Serve until a signal ends it; a wrong setting or a taken port ends it with a sentence."""
    end_with_parent()
    try:
        settings = SimulatorSettings.from_environment(os.environ)
    except SimulatorSettingsError as error:
        sys.exit(str(error))
    try:
        listener = listen(settings.port)
    except OSError:
        sys.exit(f"Port {settings.port} is taken: set TIPLINE_SIMULATOR_PORT to a free one.")
    Server(settings, listener).run()


if __name__ == "__main__":
    main()
