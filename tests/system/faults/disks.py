"""Disks that fill up for real: a small one, or where none can be mounted, capped files."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil

# Room for the full size of the tests, with PostgreSQL's own files.
MEGABYTES = 512
# Set this to try the way of a machine on which nothing may be mounted.
UNMOUNTED = "TIPLINE_TEST_WITHOUT_MOUNTS"


class Disk(Protocol):
    """Where an installation's data lies."""

    folder: Path

    def fill(self) -> None:
        """Leave no room for another byte; again, if something was freed meanwhile."""

    def free(self) -> None:
        """Make room again."""


class SmallDisk:
    """A disk of its own, in memory, next to the data a file that takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab") as file:
            while left := self._left():
                with suppress(OSError):  # somebody else took some of it
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), left)

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def _left(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


class CappedFiles:
    """A folder of the machine's own disk, and processes that may write nothing more to any file.

    The kernel refuses each write (EFBIG, "file too large") until the limit is lifted.
    """

    def __init__(self, folder: Path, processes: Callable[[], list[psutil.Process]]) -> None:
        self.folder = folder
        self._processes = processes

    def fill(self) -> None:
        self._limit(0)

    def free(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for process in self._processes():
            with suppress(ProcessLookupError):
                _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
                soft = most if size == resource.RLIM_INFINITY else size
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (soft, most))


@contextmanager
def limited_disk(processes: Callable[[], list[psutil.Process]]) -> Iterator[Disk]:
    """A folder for data that can be filled up; `processes` are those that write to it."""
    # Short, because a Unix socket's path is.
    folder = Path(tempfile.mkdtemp(prefix="tl-")).resolve()
    is_mounted = _mount(folder)
    folder.chmod(0o700)
    try:
        yield SmallDisk(folder) if is_mounted else CappedFiles(folder, processes)
    finally:
        if is_mounted:
            # Lazily: whatever a failing test left open must not keep it for ever.
            subprocess.run(("umount", "-l", str(folder)), check=True, timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _mount(folder: Path) -> bool:
    if os.environ.get(UNMOUNTED) or os.geteuid() != 0:
        return False
    command = ("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder))
    done = subprocess.run(command, check=False, capture_output=True, timeout=30)
    return done.returncode == 0
