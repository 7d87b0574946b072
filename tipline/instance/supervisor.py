"""Running an instance's processes: restarts what dies, stops cleanly, hands over unlock keys.

The unlock secret must reach a process again each time it is restarted, over a pipe, and must not
be on the disk or in an environment; that is why this is not left to a general supervisor.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tipline import counting, logs
from tipline.counting import Counted
from tipline.crypto.unlock import FD_VARIABLE
from tipline.errors import TiplineError
from tipline.instance import handing_over

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process to keep running: its own environment, and its own unlock key if it has one.

    `process`: whose key it is; several workers of one kind have the same.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    unlock_key: bytes | None = field(default=None, repr=False)
    process: str = ""

    @property
    def key_owner(self) -> str:
        """Return the name of the process whose key folder this one reads."""
        return self.process or self.name


class _Kept:
    """One process that is kept running, and how long to wait before it is started again."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.restart_at = 0.0
        self.pause = FIRST_PAUSE_SECONDS

    def start(self) -> None:
        environment = dict(self.spec.environment)
        descriptors: tuple[int, ...] = ()
        if self.spec.unlock_key is not None:
            read_end, write_end = os.pipe()
            # 32 bytes fit into the pipe, so nobody has to read before this returns.
            os.write(write_end, self.spec.unlock_key)
            os.close(write_end)
            environment[FD_VARIABLE] = str(read_end)
            descriptors = (read_end,)
        try:
            self.process = subprocess.Popen(
                list(self.spec.command),
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                # A Ctrl-C reaches the supervisor alone, which then stops them in order.
                start_new_session=True,
            )
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self.started = time.monotonic()

    def restart_with(self, unlock_key: bytes) -> None:
        """Start a process anew with another unlock key: it cannot read its folder with the old."""
        self.spec = replace(self.spec, unlock_key=unlock_key)
        self.stop()
        self.start()

    def stop(self) -> None:
        """Stop a process; one that does not stop in time is killed."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        _kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def note_exit(self) -> bool:
        """Plan a restart if the process has died. Return whether it has."""
        if self.process is None or self.process.poll() is None:
            return False
        # A web server's own workers outlive it for seconds and hold the port that it needs again.
        _kill_group(self.process.pid)
        now = time.monotonic()
        if now - self.started >= STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        self.restart_at = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        self.process = None
        return True


def _kill_group(leader: int) -> None:
    """Kill what is left of a process and its children; each has a group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class Supervisor:
    """Keeps processes running until it is told to stop."""

    def __init__(self, specs: Sequence[ProcessSpec], run: Path | None = None) -> None:
        """Take the processes in the order in which they are started.

        `run`: the folder in which a socket takes new unlock keys; None for none.
        """
        self._kept = [_Kept(spec) for spec in specs]
        self._stopping = threading.Event()
        self._run = run

    def run(self) -> None:
        """Start everything and watch it, until SIGINT or SIGTERM; then stop in reverse order."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        server = handing_over.listen(self._run) if self._run else None
        try:
            for kept in self._kept:
                kept.start()
            while not self._stopping.wait(0.1):
                self._watch()
                if server is not None:
                    self._take_new_keys(server)
        finally:
            self.stop()
            if server is not None and self._run:
                handing_over.close(server, self._run)

    def request_stop(self) -> None:
        """Have `run` return soon."""
        self._stopping.set()

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs now, by name."""
        return {kept.spec.name: kept.process.pid for kept in self._kept if kept.process}

    def stop(self) -> None:
        """Stop everything, the last started first; what does not stop in time is killed."""
        for kept in reversed(self._kept):
            kept.stop()

    def _take_new_keys(self, server: socket.socket) -> None:
        """Restart the processes one by one if somebody hands over their new unlock keys."""
        try:
            connection, _ = server.accept()
        except OSError:
            return
        keyed = [kept for kept in self._kept if kept.spec.unlock_key]
        present = {kept.spec.key_owner: kept.spec.unlock_key or b"" for kept in keyed}
        with connection:
            try:
                fresh = handing_over.receive(connection, present)
            except TiplineError as error:
                logs.failure("unlock_keys_refused", error)
                return
            for kept in keyed:
                kept.restart_with(fresh[kept.spec.key_owner])
            logs.event("unlock_keys_changed")
            with suppress(OSError):
                connection.sendall(handing_over.DONE)

    def _watch(self) -> None:
        now = time.monotonic()
        for kept in self._kept:
            if kept.note_exit():
                logs.event("process_died", process_name=kept.spec.key_owner)
            elif kept.process is None and now >= kept.restart_at:
                kept.start()
                logs.event("process_started", process_name=kept.spec.key_owner)
                counting.count(Counted.PROCESS_RESTARTED, kept.spec.key_owner)
