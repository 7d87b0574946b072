"""The demo as `make run` starts it: all processes, in a folder of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import redis
import requests

import config
from tests.system.waiting import until
from tipline.db.engines import Stores, open_stores

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tipline.simulator.demo")
# By what a process's command line names it. gunicorn's own workers are a server's children.
MARKS = {
    "simulator": "tipline.simulator.serve",
    "valkey": "valkey.sock",
    "intake": "workers intake",
    "delivery": "workers delivery",
    "records": "workers records",
    "console": "tipline.instance.serving console",
    "gateway": "tipline.instance.serving gateway",
    "metrics": "tipline.metrics.serving",
}
STOP_SECONDS = 60.0
INHERITED = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """One instance folder and, between `start` and `stop`, its processes.

    `home` is TIPLINE_HOME. `scratch` is what the processes have as TMPDIR and as HOME, and `output`
    all that any of them ever wrote to standard output and standard error.
    """

    def __init__(self) -> None:
        # Short, because a Unix socket's path is.
        self.folder = Path(tempfile.mkdtemp(prefix="tl-")).resolve()
        self.home = self.folder / "i"
        self.scratch = self.folder / "t"
        self.scratch.mkdir()
        self.output = self.folder / "output"
        self.environment = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "TIPLINE_HOME": str(self.home),
            "TIPLINE_GATEWAY_PORT": str(free_port()),
            "TIPLINE_CONSOLE_PORT": str(free_port()),
            "TIPLINE_SIMULATOR_PORT": str(free_port()),
            "TIPLINE_METRICS_PORT": str(free_port()),
        }
        self.command = COMMAND
        self.process: subprocess.Popen[bytes] | None = None
        self.info: dict[str, Any] = {}
        self._stores: Stores | None = None

    # -- the processes -----------------------------------------------------------------------

    def start(self) -> None:
        """Start everything and wait until a tip would be kept and staff could sign in."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(self.is_up, "the demo is up")
        self.info = json.loads((self.home / "demo.json").read_text())

    def copy(self, stopped: Demo) -> None:
        """Begin as another did when it was stopped, in a folder of its own."""
        shutil.copytree(stopped.home, self.home)
        self.info = stopped.info

    def stop(self) -> None:
        """Ctrl-C, a clean exit, and nothing left behind."""
        assert self.process is not None
        self._close_stores()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(STOP_SECONDS)
        assert code == 0, f"exit code {code}: {self.tail()}"
        left = [(p.pid, p.ppid(), p.status(), p.cmdline()) for p in self.processes()]
        assert left == []
        self.process = None

    def kill_everything(self) -> None:
        """As a power cut would: kill -9, the supervisor first, so that nothing is restarted."""
        assert self.process is not None
        self._close_stores()
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        until(self._are_killed, "all processes are gone")
        self.process = None

    def clean_up(self) -> None:
        """Remove everything, whatever state a failed test left it in."""
        if self.process is not None:
            self.kill_everything()
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """Every living process of this instance, orphans included: known by the folder it uses."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # Valkey writes its title over its environment, and the title names the socket.
            is_queue = str(self.socket) in " ".join(process.cmdline())
            return is_queue or process.environ().get("TIPLINE_HOME") == str(self.home)
        except psutil.Error:
            return False

    def supervised(self) -> dict[str, psutil.Process]:
        """The supervisor's living children by name; of several of a kind the one started last."""
        return {name: found[-1] for name in MARKS if (found := self.every(name))}

    def every(self, name: str) -> list[psutil.Process]:
        """The supervisor's living children of a kind, in the order in which they were started."""
        assert self.process is not None
        found = []
        for child in psutil.Process(self.process.pid).children():
            try:
                if MARKS[name] in " ".join(child.cmdline()):
                    found.append((child.create_time(), child))
            except psutil.Error:
                continue
        return [child for _, child in sorted(found, key=lambda pair: pair[0])]

    def of(self, name: str) -> psutil.Process:
        """One of the supervisor's children, as soon as it runs."""
        return until(lambda: self.supervised().get(name), f"{name} runs")

    def learn(self, **facts: Any) -> None:
        """Note in demo.json what has become different, for the next start."""
        self.info |= facts
        (self.home / "demo.json").write_text(json.dumps(self.info))

    def is_up(self) -> bool:
        """Whether a tip would be kept and staff could sign in."""
        assert self.process is not None
        assert self.process.poll() is None, f"the demo ended: {self.tail()}"
        return all(
            answers(f"http://127.0.0.1:{self.environment[f'TIPLINE_{name}_PORT']}{path}")
            for name, path in (("GATEWAY", "/readyz"), ("CONSOLE", "/sign-in"), ("SIMULATOR", "/"))
        )

    def _are_killed(self) -> bool:
        left = self.processes()
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        return not left

    # -- what they left ----------------------------------------------------------------------

    @property
    def settings(self) -> config.InstanceSettings:
        return config.InstanceSettings.from_environment(self.environment)

    @property
    def stores(self) -> Stores:
        """The live databases, written to and read as somebody does who has broken in."""
        if self._stores is None:
            settings = self.settings
            self._stores = open_stores(settings.database_url, settings.perishable_url)
        return self._stores

    @property
    def socket(self) -> Path:
        return self.home / "run" / "valkey.sock"

    def queue(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))

    def tail(self) -> str:
        """The last lines of output, for a failing test's report."""
        if not self.output.exists():
            return "(removed already)"
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-30:])

    def events(self, name: str) -> list[dict[str, Any]]:
        """All log lines of one event."""
        lines = self.output.read_text(errors="replace").splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in events if event.get("event") == name]

    def _close_stores(self) -> None:
        if self._stores is not None:
            self._stores.main.dispose()
            self._stores.perishable.dispose()
            self._stores = None


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
