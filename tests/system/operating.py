"""The operator of an installation, at a terminal of the machine."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import TIPLINE, typed
from tests.system.instance import REPOSITORY, Demo

CREDENTIAL = "tipline-unlock-secret"


def operate(demo: Demo, *arguments: str | Path) -> str:
    """Type a command, with the unlock secret as systemd gives it. Return what it said."""
    credentials = demo.folder / "credentials"
    credentials.mkdir(mode=0o700, exist_ok=True)
    (credentials / CREDENTIAL).write_text(demo.info["unlock_secret"])
    given = {**demo.environment, "CREDENTIALS_DIRECTORY": str(credentials)}
    answer = typed(*TIPLINE, *arguments, environment=given, folder=REPOSITORY, seconds=120.0)
    assert answer.code == 0, answer.output + answer.errors
    return answer.output
