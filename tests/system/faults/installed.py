"""An installation as `python -m tipline run` runs it; the provider is somebody else's machine."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType

from tests.system.faults.disks import Disk
from tests.system.faults.wire import Wire
from tests.system.instance import INHERITED, REPOSITORY, STOP_SECONDS, Demo, answers
from tests.system.waiting import until
from tipline.instance.processes import own_environment
from tipline.instance.unlock_secrets import CREDENTIAL
from tipline.simulator.demo import (
    SIMULATOR_NAMES,
    load_or_create,
    settings_of_processes,
    urls_of,
)

# All kinds of processes that the installation itself has.
KINDS = ("valkey", "intake", "delivery", "records", "console", "gateway")
# Web servers let requests end, for ten seconds at most; a busy machine needs longer to do so.
ENDING_SECONDS = 120.0


class Installed(Demo):
    """Processes with a home on a disk that can fill up, whose supervisor may be killed as well.

    The pretend carrier runs beside them: what is at the phones outlives every fault.
    """

    def __init__(self, disk: Disk, settings: dict[str, str], workers: int) -> None:
        super().__init__()
        self.disk = disk
        self.home = disk.folder / "i"
        self.command = (sys.executable, "-m", "tipline", "run")
        self.environment |= {
            "TIPLINE_HOME": str(self.home),
            "TIPLINE_INTAKE_WORKERS": str(workers),
            "TIPLINE_DELIVERY_WORKERS": str(workers),
            **settings,
        }
        self.workers = {name: workers for name in ("intake", "delivery")}
        self.wire = Wire(int(self.environment["TIPLINE_SIMULATOR_PORT"]))
        self._carrier: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Installed:
        try:
            self._create()
            self.start()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.stop()
        finally:
            self.clean_up()

    def kill_supervisor(self) -> None:
        """kill -9 of the one process that looks after the others, and a start as systemd's.

        What it left ends by itself: nothing else is killed here.
        """
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        until(lambda: not self.processes(), "what the supervisor left has ended", ENDING_SECONDS)
        self.start()

    def is_whole(self) -> bool:
        """Whether everything runs and answers."""
        urls = (self.info["gateway_url"] + "/readyz", self.info["console_url"] + "/sign-in")
        counts = {name: len(self.every(name)) for name in KINDS}
        wanted = {name: self.workers.get(name, 1) for name in KINDS}
        return counts == wanted and all(map(answers, urls))

    def clean_up(self) -> None:
        super().clean_up()
        self.wire.cut()
        if self._carrier is not None:
            self._carrier.kill()
            self._carrier.wait(STOP_SECONDS)
            self._carrier = None

    def _create(self) -> None:
        port = int(self.environment["TIPLINE_SIMULATOR_PORT"])
        settings = self.settings
        before = os.umask(0o077)
        try:
            made = load_or_create(settings, urls_of(settings, port))
        finally:
            os.umask(before)
        credentials = self.folder / "credentials"
        credentials.mkdir(mode=0o700)
        (credentials / CREDENTIAL).write_text(made["unlock_secret"])
        environment = settings_of_processes(self.environment, settings, made)
        self._start_carrier(own_environment(environment, SIMULATOR_NAMES))
        self.environment = {
            **environment,
            "CREDENTIALS_DIRECTORY": str(credentials),
            "TIPLINE_TWILIO_BASE_URL": f"http://127.0.0.1:{self.wire.port}",
        }
        self.wire.mend()

    def _start_carrier(self, environment: dict[str, str]) -> None:
        # Not known by the home that it does not have: it is no process of this installation.
        del environment["TIPLINE_HOME"]
        self._carrier = subprocess.Popen(
            (sys.executable, "-m", "tipline.simulator.serve"),
            cwd=REPOSITORY,
            env={**environment, **{n: os.environ[n] for n in INHERITED if n in os.environ}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
