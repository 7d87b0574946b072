"""The operator of an installation, at a terminal of the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.system.instance import REPOSITORY, Demo

DEADLINE_SECONDS = 120.0
CREDENTIAL = "tipline-unlock-secret"


def operate(demo: Demo, *arguments: str | Path) -> str:
    """Type a command, with the unlock secret as systemd gives it. Return what it said."""
    credentials = demo.folder / "credentials"
    credentials.mkdir(mode=0o700, exist_ok=True)
    (credentials / CREDENTIAL).write_text(demo.info["unlock_secret"])
    done = subprocess.run(
        [sys.executable, "-m", "tipline", *map(str, arguments)],
        cwd=REPOSITORY,
        env={**demo.environment, "CREDENTIALS_DIRECTORY": str(credentials)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
