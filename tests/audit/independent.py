"""The verifier in Go, which shares no code with us (tests/audit/verifier), and logs for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.audit.trees import tiles_in_memory
from tipline.audit.bundles import bundle_of, bundles_between
from tipline.audit.checkpoints import Checkpoint
from tipline.audit.merkle import leaf_hash, root_of
from tipline.audit.notes import format_note
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.verifiers import Signature

SOURCE = Path(__file__).parent / "verifier"
# Where Debian puts the sources of packages in Go (golang-golang-x-mod-dev).
DEBIAN_SOURCES = "/usr/share/gocode"
MISSING = "The independent verifier needs Go and golang.org/x/mod: run scripts/ensure-go."


@dataclass(frozen=True)
class Verdict:
    """What the verifier says: `wrong` is its line, or empty if it found nothing."""

    accepted: bool
    wrong: str


class IndependentVerifier:
    """The verifier, built."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def judge(
        self,
        folder: Path,
        key: str,
        *,
        witnesses: Sequence[str] = (),
        older: Sequence[Path] = (),
        proofs: Sequence[Path] = (),
    ) -> Verdict:
        options = [
            *(f"-witness={witness}" for witness in witnesses),
            *(f"-older={file}" for file in older),
            *(f"-proof={file}" for file in proofs),
        ]
        done = subprocess.run(
            [self._program, f"-key={key}", *options, folder],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) in ((0, ""), (1, "")), done
        assert len(done.stdout.splitlines()) == done.returncode, done.stdout
        return Verdict(done.returncode == 0, done.stdout.strip())


def build_verifier(folder: Path) -> IndependentVerifier:
    """Build it."""
    return IndependentVerifier(build(SOURCE, folder))


def build(source: Path, folder: Path) -> Path:
    """Build a program in Go, without a network and without anything left outside the folder."""
    go = shutil.which("go")
    assert go, MISSING
    assert (Path(DEBIAN_SOURCES) / "src" / "golang.org" / "x" / "mod").exists(), MISSING
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GO")},
        "GO111MODULE": "off",
        "GOPATH": DEBIAN_SOURCES,
        "GOCACHE": str(folder / "cache"),
        "GOENV": "off",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    program = folder / "program"
    command = [go, "build", "-o", program, "."]
    done = subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return program


@dataclass(frozen=True)
class Publisher:
    """Whoever has the key of a log, and writes down what it says of its entries."""

    signer: NoteSigner

    @property
    def key(self) -> str:
        return self.signer.verifier.vkey()

    def text(self, entries: Sequence[bytes]) -> str:
        root = root_of(map(leaf_hash, entries))
        return Checkpoint(self.signer.verifier.name, len(entries), root).text()

    def checkpoint(self, entries: Sequence[bytes], *cosigned: Signature) -> bytes:
        text = self.text(entries)
        return format_note(text, [self.signer.sign(text), *cosigned])

    def publish(self, folder: Path, entries: Sequence[bytes], *cosigned: Signature) -> Path:
        """Write all that is published of a log into a folder that is made for it."""
        folder.mkdir()
        write_entries(folder, entries)
        (folder / "checkpoint").write_bytes(self.checkpoint(entries, *cosigned))
        return folder


def write_entries(folder: Path, entries: Sequence[bytes]) -> None:
    """Write tiles and bundles, as whoever can write to the disk can."""
    for tile, content in tiles_in_memory(list(map(leaf_hash, entries))).items():
        write(folder / tile.path(), content)
    for bundle in bundles_between(0, len(entries)):
        start = bundle.number * 256
        write(folder / bundle.path(), bundle_of(entries[start : start + bundle.width]))


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
