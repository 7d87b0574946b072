"""A board member's laptop: a folder with what docs/auditing.md says that one needs, and no more."""

from __future__ import annotations

import os
import re
import shutil
import site
import venv
from pathlib import Path

from tests.support.commands import Answer, typed
from tests.system.instance import REPOSITORY

PAGE = REPOSITORY / "docs" / "auditing.md"
# What `pip install cryptography` installs: the tests reach no package registry.
INSTALLED = ("cryptography*", "cffi*", "_cffi_backend*", "pycparser*")
URL, VKEY = "https://tips.example.org", "'tips.example.org/log/…'"


class Laptop:
    """Types what stands in the page, with the address and the key that its owner was given."""

    def __init__(self, folder: Path, url: str, vkey: str) -> None:
        self.home, self.url, self.vkey = folder, url, vkey
        self.tipline = folder / "tipline"
        self.tipline.mkdir(parents=True)
        shutil.copytree(
            REPOSITORY / "tipline",
            self.tipline / "tipline",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        self._told = PAGE.read_text()

    def install(self) -> None:
        """`python3 -m venv witness && witness/bin/pip install cryptography`, without a network."""
        assert "python3 -m venv witness && witness/bin/pip install cryptography" in self._told
        venv.create(self.tipline / "witness", symlinks=True)
        (libraries,) = (self.tipline / "witness" / "lib").glob("python3*/site-packages")
        for pattern in INSTALLED:
            for found in Path(site.getsitepackages()[0]).glob(pattern):
                (libraries / found.name).symlink_to(found)

    def type(self, beginning: str) -> Answer:
        """Type the one line of the page that begins so and stands apart from the text."""
        lines = re.findall(rf"^    ({re.escape(beginning)}.*)$", self._told, re.MULTILINE)
        assert len(lines) == 1, lines
        return self.run(lines[0].partition("  #")[0])

    def run(self, line: str) -> Answer:
        """Type a line that the page has, in Tipline's folder."""
        assert line in self._told
        own = line.replace(URL, self.url).replace(VKEY, f"'{self.vkey}'")
        given = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}
        return typed("bash", "-c", own, environment=given, folder=self.tipline, seconds=120.0)
