"""A real instance to measure: what `make run` starts, in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.loader import Target


@dataclass(frozen=True)
class Instance:
    """A running demo."""

    home: Path
    demo: dict[str, Any]
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def target(self) -> Target:
        """Where webhooks go."""
        account = self.demo["twilio"]
        return Target(
            port=int(self.demo["gateway_url"].rsplit(":", 1)[1]),
            url=self.demo["gateway_url"],
            account_sid=account["account_sid"],
            auth_token=account["auth_token"],
            line=account["number"],
        )

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return the supervised processes with their children, by name."""
        names = {
            "instance.serving gateway": "gateway",
            "instance.serving console": "console",
            "workers intake": "intake worker",
            "workers delivery": "delivery worker",
            "workers records": "records worker",
            "simulator.serve": "simulator",
            "valkey": "valkey",
        }
        found: dict[str, list[psutil.Process]] = {"supervisor": [psutil.Process(self.process.pid)]}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            line = " ".join(child.cmdline())
            for pattern, name in names.items():
                if pattern in line:
                    found.setdefault(name, []).append(child)
                    break
        return found

    @contextmanager
    def paused(self, *names: str) -> Iterator[None]:
        """Stop processes for a while, so that they take no part in a measurement."""
        processes = [p for name in names for p in self.processes()[name]]
        wait_for(lambda: self._suspend(processes), 60)
        try:
            yield
        finally:
            for process in processes:
                process.resume()

    def _suspend(self, processes: list[psutil.Process]) -> bool:
        """Suspend processes unless one of them is just holding the store's write lock."""
        for process in processes:
            process.suspend()
        try:
            with closing(sqlite3.connect(self.home / "main.sqlite3", timeout=0.1)) as store:
                store.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            for process in processes:
                process.resume()
            return False
        return True


@contextmanager
def running_instance(**settings: str) -> Iterator[Instance]:
    """Start a demo in a temporary folder, with settings; stop and remove it afterwards."""
    home = Path(tempfile.mkdtemp(prefix="tipline-bench-"))
    ports = {
        f"TIPLINE_{name}_PORT": str(free_port()) for name in ("GATEWAY", "CONSOLE", "SIMULATOR")
    }
    environment = {**os.environ, **ports, **settings, "TIPLINE_HOME": str(home)}
    with (home / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tipline.simulator.demo"],
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for((home / "demo.json").exists, 90)
        demo = json.loads((home / "demo.json").read_text())
        wait_for(lambda: answers(demo["gateway_url"] + "/readyz"), 90)
        yield Instance(home, demo, process, environment)
    except BaseException:
        sys.stderr.write((home / "output.txt").read_text()[-4000:])
        raise
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def count(instance: Instance, table: str) -> int:
    """Return how many rows a table of the main store has."""
    with closing(sqlite3.connect(instance.home / "main.sqlite3")) as connection:
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table that a benchmark names
        return int(connection.execute(query).fetchone()[0])


def wait_for(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> None:
    """Wait until something is so, asking seldom: on two cores asking takes from what is asked."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)


def answers(url: str) -> bool:
    """Tell whether a server answers."""
    try:
        urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own http URL
    except urllib.error.HTTPError as error:
        return error.code != 503
    except OSError:
        return False
    return True


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
