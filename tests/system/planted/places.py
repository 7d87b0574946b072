"""Every place where a planted value could be found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil
import requests

from tests.support.canary import Canary, Finding, scan_bytes, scan_tree, scan_valkey
from tests.system.instance import REPOSITORY, Demo

# Whoever works elsewhere on this machine: other instances, other tests' servers and folders.
OTHERS = ("tl-*", "tipline-*", "pytest-*", "playwright*", "bash_jobs*", "runtime-*", "second-*")
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", str(REPOSITORY), str(Path.home()))
LARGEST_BYTES = 32 * 1024 * 1024
# What a link to an open file says when the file has no name, or none any more.
NAMELESS = ("/memfd:", "/dev/shm/")
DELETED = " (deleted)"


def scan_disk(demo: Demo, canaries: Sequence[Canary]) -> list[Finding]:
    """The instance without demo.json, all output, and what processes had as TMPDIR and HOME."""
    return scan_tree(demo.folder, canaries, exclude=["i/demo.json"])


def scan_queue(demo: Demo, canaries: Sequence[Canary]) -> list[Finding]:
    with demo.queue() as queue:
        return scan_valkey(queue, canaries)


def scan_queue_file(demo: Demo, canaries: Sequence[Canary]) -> list[Finding]:
    """What the queue writes when it is told to write, which it never is: all that it holds."""
    path = demo.home / "run" / "dump.rdb"
    with demo.queue() as queue:
        assert queue.config_get("save")["save"] == ""
        assert queue.config_get("appendonly")["appendonly"] == "no"
        assert not path.exists()
        # Its own way of compressing is one that the scan does not undo.
        queue.config_set("rdbcompression", "no")
        queue.save()
    try:
        return scan_bytes(path.read_bytes(), canaries, "the queue's file")
    finally:
        path.unlink()


def scan_processes(
    demo: Demo, everything: Sequence[Canary], canaries: Sequence[Canary]
) -> list[Finding]:
    """What processes hold open besides: deleted files as well, and their command lines.

    Their environments may hold secrets, but none of these `canaries`.
    """
    found: list[Finding] = []
    for process in demo.processes():
        folder = Path(f"/proc/{process.pid}")
        try:
            found += scan_bytes((folder / "cmdline").read_bytes(), everything, "a command line")
            found += scan_bytes((folder / "environ").read_bytes(), canaries, "an environment")
            links = list((folder / "fd").iterdir())
        except (OSError, psutil.Error):
            continue
        for link in links:
            found += _scan_open(link, everything)
    return found


def _scan_open(link: Path, canaries: Sequence[Canary]) -> list[Finding]:
    """Files that have no name any more; those that have one are found in their folders."""
    try:
        target = os.readlink(link)
        if not (target.endswith(DELETED) or target.startswith(NAMELESS)) or not link.is_file():
            return []
        return scan_bytes(link.read_bytes(), canaries, f"open file {link.name}")
    except OSError:
        return []


def scan_metrics(demo: Demo, canaries: Sequence[Canary]) -> list[Finding]:
    port = demo.environment["TIPLINE_METRICS_PORT"]
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
    assert "tipline_stores_up 1" in answer.text
    return scan_bytes(answer.content + str(answer.headers).encode(), canaries, "metrics")


def command_environment(demo: Demo, credentials: Path) -> dict[str, str]:
    """What an operator's shell has when a command is given."""
    account = demo.info["twilio"]
    (credentials / "tipline-unlock-secret").write_text(demo.info["unlock_secret"])
    return {
        **demo.environment,
        "CREDENTIALS_DIRECTORY": str(credentials),
        "TIPLINE_PUBLIC_URL": demo.info["gateway_url"],
        "TIPLINE_CONSOLE_URL": demo.info["console_url"],
        "TIPLINE_TWILIO_BASE_URL": demo.info["simulator_url"],
        "TIPLINE_TWILIO_ACCOUNT_SID": account["account_sid"],
        "TIPLINE_TWILIO_AUTH_TOKEN": account["auth_token"],
        "TIPLINE_TWILIO_API_KEY_SID": account["api_key_sid"],
        "TIPLINE_TWILIO_API_KEY_SECRET": account["api_key_secret"],
    }


def command_output(demo: Demo, credentials: Path, *arguments: str) -> tuple[int, bytes]:
    """The exit status of an operator's command, and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tipline", *arguments],
        cwd=REPOSITORY,
        env=command_environment(demo, credentials),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def scan_doctor(
    demo: Demo, credentials: Path, canaries: Sequence[Canary], *more: str
) -> list[Finding]:
    _, said = command_output(demo, credentials, "doctor", *more)
    assert len(said) > 500, said
    return scan_bytes(said, canaries, "what the doctor says")


class Elsewhere:
    """Folders that everybody may write to. What is new in them since this was made is looked at."""

    def __init__(self, *own: Path) -> None:
        self._own = own
        self._before = set(self._entries())

    def scan(self, canaries: Sequence[Canary]) -> list[Finding]:
        found: list[Finding] = []
        for path in self.new():
            if path.is_dir() and not path.is_symlink():
                found += _labelled(scan_tree(path, canaries), path)
            elif path.is_file() and path.stat().st_size <= LARGEST_BYTES:
                found += scan_bytes(path.read_bytes(), canaries, str(path))
        return found

    def new(self) -> list[Path]:
        return [path for path in self._entries() if path not in self._before]

    def _entries(self) -> Iterable[Path]:
        for folder in SHARED_FOLDERS:
            if os.access(folder, os.R_OK):
                yield from (path for path in Path(folder).iterdir() if not self._is_others(path))

    def _is_others(self, path: Path) -> bool:
        return path in self._own or any(path.match(pattern) for pattern in OTHERS)


def _labelled(findings: list[Finding], path: Path) -> list[Finding]:
    return [
        Finding(f"{path.name}/{one.where}", one.offset, one.canary, one.form) for one in findings
    ]
