"""Commands, typed at a terminal with nothing set but what is given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.sources import ROOT

TIPLINE = (sys.executable, "-m", "tipline")
BARE = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Answer:
    """Exit status, standard output and standard error."""

    code: int
    output: str
    errors: str


def typed(
    *words: str | Path,
    environment: Mapping[str, str] = BARE,
    folder: Path | None = None,
    seconds: float = 60.0,
) -> Answer:
    """Run a program to its end. Nobody who types is ever shown a traceback."""
    done = subprocess.run(
        [*map(str, words)],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)
