"""An installation on PostgreSQL with a role for each process, and a second machine's workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.roles import Roles, temporary_roles
from tests.support.stores import PostgresServer, Urls, empty_stores
from tests.system.instance import INHERITED, REPOSITORY, STOP_SECONDS, Demo
from tests.system.waiting import until
from tipline.crypto import unlock
from tipline.instance.provisioning import PROCESSES


class OnPostgres(Demo):
    """The demo's processes, each with its own role, around a queue that others run if there is one.

    Without one it runs its own.
    """

    def __init__(
        self, server: PostgresServer, urls: Urls, roles: Roles, queue_url: str = ""
    ) -> None:
        super().__init__()
        self.server = server
        self.urls = urls
        self.roles = roles
        self.environment |= {
            "TIPLINE_DATABASE_URL": urls.main,
            "TIPLINE_PERISHABLE_URL": urls.perishable,
            **({"TIPLINE_REDIS_URL": queue_url} if queue_url else {}),
            **roles.environment(urls),
        }


@contextmanager
def prepared(server: PostgresServer, queue_url: str = "") -> Iterator[OnPostgres]:
    """An installation that the caller starts and stops; whatever is left of it is removed."""
    with (
        temporary_roles(server) as roles,
        empty_stores("postgresql", Path(), server) as urls,
    ):
        demo = OnPostgres(server, urls, roles, queue_url)
        try:
            yield demo
        finally:
            demo.clean_up()


@contextmanager
def on_postgres(server: PostgresServer, queue_url: str) -> Iterator[OnPostgres]:
    """A running installation, which must stop cleanly."""
    with prepared(server, queue_url) as demo:
        demo.start()
        yield demo
        demo.stop()


class SecondMachine:
    """Workers with a home of their own: copied key folders, and nothing of the first one's disk.

    Started as systemd does, one by one, with the unlock key as a credential.
    """

    def __init__(self, demo: OnPostgres) -> None:
        self.demo = demo
        folder = Path(tempfile.mkdtemp(prefix="second-", dir=demo.folder))
        self.home = folder / "home"
        self.credentials = folder / "credentials"
        self.output = folder / "output"
        self.credentials.mkdir(mode=0o700)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        keys = unlock.process_keys(demo.info["unlock_secret"], demo.settings.keys, PROCESSES)
        for name in ("intake", "delivery"):
            (self.credentials / f"tipline-unlock-{name}").write_bytes(keys[name])
            shutil.copytree(
                demo.settings.keys / name,
                self.home / "keys" / name,
                # Of a copy that is made once, the keys of the day are never the right ones.
                ignore=shutil.ignore_patterns("intake-2*", "delivery-2*"),
            )

    def start(self, name: str) -> None:
        account, info, roles = self.demo.info["twilio"], self.demo.info, self.demo.roles
        environment = {
            **{key: os.environ[key] for key in INHERITED if key in os.environ},
            "HOME": str(self.demo.scratch),
            "TIPLINE_HOME": str(self.home),
            "CREDENTIALS_DIRECTORY": str(self.credentials),
            "TIPLINE_DATABASE_URL": roles.url(name, self.demo.urls.main),
            "TIPLINE_PERISHABLE_URL": roles.url(name, self.demo.urls.perishable),
            "TIPLINE_REDIS_URL": self.demo.environment["TIPLINE_REDIS_URL"],
            "TIPLINE_PUBLIC_URL": info["gateway_url"],
            "TIPLINE_CONSOLE_URL": info["console_url"],
            "TIPLINE_TWILIO_BASE_URL": info["simulator_url"],
            "TIPLINE_TWILIO_ACCOUNT_SID": account["account_sid"],
            "TIPLINE_TWILIO_API_KEY_SID": account["api_key_sid"],
            "TIPLINE_TWILIO_API_KEY_SECRET": account["api_key_secret"],
        }
        before = self._starts()
        with self.output.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                (sys.executable, "-m", "workers", name),
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: self._starts() > before, f"the second machine's {name} worker runs")

    def stop(self, name: str) -> None:
        """End a worker as systemd does; it leaves nothing leased."""
        process = self.processes.pop(name)
        process.terminate()
        assert process.wait(STOP_SECONDS) == 0, self.said()

    def kill_all(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def _starts(self) -> int:
        return self.said().count('"worker_started"')
