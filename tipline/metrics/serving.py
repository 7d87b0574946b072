"""The metrics process: `python -m tipline.metrics.serving`. Holds no key, listens on 127.0.0.1."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sqlalchemy.exc import SQLAlchemyError

import config
from tipline import logs
from tipline.clock import Clock, system_clock
from tipline.counting import HOST
from tipline.db.engines import open_stores
from tipline.environment import SettingsError, with_files
from tipline.errors import TiplineError
from tipline.hardening import end_with_parent, harden
from tipline.metrics.exposition import CONTENT_TYPE, Family, gauge, render
from tipline.metrics.stores import StoreWatch
from tipline.metrics.tallies import Tallies

PATH = "/metrics"
MINUTE_SECONDS = 60.0
LARGEST_DATAGRAM = 512


class Metrics:
    """The page as it was when the minute began. What is asked in between reads nothing anew."""

    def __init__(self, watch: StoreWatch, clock: Clock) -> None:
        """Take what looks at the stores."""
        self._watch = watch
        self._clock = clock
        self.tallies = Tallies(clock())
        self.page = ""

    def renew(self) -> None:
        """Look at the stores and put a new page up. A store that is down is a figure, too."""
        now = self._clock()
        self.tallies.renew(now)
        families: list[Family] = []
        try:
            families = self._watch.look(now)
        except (SQLAlchemyError, OSError) as error:
            logs.failure("stores_not_read", error)
        reached = gauge("stores_up", "Whether both stores could be read.", {"": bool(families)})
        self.page = render([reached, *families, *self.tallies.families()])


class Listener(ThreadingHTTPServer):
    """Answers one path on this machine."""

    daemon_threads = True
    metrics: Metrics

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Say nothing of a client that went away; the standard library prints a traceback."""


class Handler(BaseHTTPRequestHandler):
    """Gives the page, to whoever asks this machine by its own name (no rebound DNS name)."""

    server: Listener
    timeout = 10
    server_version = "tipline"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        name = self.headers.get("Host", "").rpartition(":")[0]
        if self.path != PATH or name not in (HOST, "localhost"):
            self._answer(404, "text/plain", b"not found\n")
        else:
            self._answer(200, CONTENT_TYPE, self.server.metrics.page.encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log no request."""


def listen(port: int, metrics: Metrics) -> tuple[Listener, socket.socket]:
    """Return the server, and the socket that takes counts, on one port of this machine.

    Raises:
        OSError: the port is taken.
    """
    counts = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        counts.bind((HOST, port))
        server = Listener((HOST, port), Handler)
    except OSError:
        counts.close()
        raise
    server.metrics = metrics
    return server, counts


def take_counts(counts: socket.socket, metrics: Metrics) -> None:
    """Take counts until the socket is closed."""
    while True:
        try:
            metrics.tallies.take(counts.recv(LARGEST_DATAGRAM))
        except OSError:
            return


def metrics_from_environment(environment: Mapping[str, str]) -> Metrics:
    """Return the page's maker.

    Raises:
        SettingsError: a setting is wrong.
    """
    settings = config.InstanceSettings.from_environment(environment)
    stores = open_stores(settings.database_url, settings.perishable_url)
    return Metrics(StoreWatch(stores, settings.home), system_clock)


def main() -> int:
    """Serve until told to stop. Return the process's exit code."""
    logs.configure("metrics")
    harden()
    end_with_parent()
    try:
        environment = with_files(os.environ)
        port = config.metrics_port(environment)
        if port is None:
            raise SettingsError("TIPLINE_METRICS_PORT is missing or empty. Set it to a free port.")
        metrics = metrics_from_environment(environment)
        server, counts = listen(port, metrics)
    except (SettingsError, TiplineError) as error:
        sys.stderr.write(f"The metrics cannot start: {error}\n")
        return 1
    except OSError:
        sys.stderr.write("The metrics cannot start: the port TIPLINE_METRICS_PORT is taken.\n")
        return 1
    for target, arguments in ((server.serve_forever, ()), (take_counts, (counts, metrics))):
        threading.Thread(target=target, args=arguments, daemon=True).start()
    waiting = threading.Event()
    while True:
        metrics.renew()
        waiting.wait(MINUTE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
