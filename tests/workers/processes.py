"""`python -m workers`, started as the supervisor does it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tipline.crypto.unlock import FD_VARIABLE

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 40.0


def start(
    environment: dict[str, str], *arguments: str, unlock_key: bytes | None = None
) -> subprocess.Popen[str]:
    """A worker as the supervisor starts one: with its own key over a pipe."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    descriptors: tuple[int, ...] = ()
    if unlock_key is not None:
        read_end, write_end = os.pipe()
        os.write(write_end, unlock_key)
        os.close(write_end)
        descriptors = (read_end,)
        environment[FD_VARIABLE] = str(read_end)
    process = subprocess.Popen(
        [sys.executable, "-m", "workers", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=descriptors,
    )
    for descriptor in descriptors:
        os.close(descriptor)
    return process


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert process.poll() is None, "the worker ended"
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=DEADLINE_SECONDS)
    return process.returncode, output, errors
