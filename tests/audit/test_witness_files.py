"""A witness's file is whole at every moment, and its owner's alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.audit.test_witnessing import LEAVES, NEW, NOON, note_of, nothing, seen, tiles_of_log
from tipline.audit.witness_files import (
    Kept,
    WitnessBusyError,
    WitnessFileError,
    alone,
    read,
    write,
)
from tipline.audit.witnessing import look

URL = "https://tips.example.org"
# Another process replaces the file, and is killed at its n-th step, or in the middle of writing.
SCRIPT = """
import os, signal, sys
from pathlib import Path
from tests.audit import test_witness_files as test
from tipline.audit import witness_files

left, file = int(sys.argv[1]), Path(sys.argv[2])

def counted(name, half=False):
    plain = getattr(os, name)
    def step(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            if half:
                plain(arguments[0], arguments[1][: len(arguments[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(*arguments, **named)
    setattr(os, name, step)

kept = test.later()
for name in ("open", "fsync", "replace", "rename", "unlink", "close"):
    counted(name)
counted("write", half=True)
witness_files.write(file, kept)
"""


def earlier() -> Kept:
    return Kept(seen(LEAVES[:256]), URL)


def later() -> Kept:
    """It grew, and contradicted itself in between."""
    witness = look(earlier().witness, note_of(LEAVES[:200]), nothing, NOON).witness
    grown = LEAVES[:512]
    return Kept(look(witness, note_of(grown), tiles_of_log(grown), NOON + 1).witness, URL)


def content(kept: Kept | None) -> Any:
    assert kept is not None
    witness = kept.witness
    return (witness.name, witness.key.seed, witness.first, witness.newest, witness.contradictions)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "witness.json"


def test_what_is_written_is_read(file: Path) -> None:
    assert read(file) is None
    for kept in (Kept(NEW, URL), earlier(), later()):
        write(file, kept)
        assert content(read(file)) == content(kept)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_it_is_its_owners_alone_even_where_files_are_not(file: Path) -> None:
    before = os.umask(0)
    try:
        file.write_text("")
        file.chmod(0o666)
        write(file, earlier())
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600


def test_killed_at_any_step_it_is_the_one_or_the_other(file: Path) -> None:
    write(file, earlier())
    ends = []
    for step in range(1, 30):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(step), str(file)], cwd=ROOT, timeout=60, check=False
        )
        ends.append(done.returncode)
        assert content(read(file)) in (content(earlier()), content(later())), step
        if done.returncode == 0:
            break
        write(file, earlier())
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-signal.SIGKILL}
    assert len(ends) > 6, "each step was tried"
    assert content(read(file)) == content(later())
    assert list(file.parent.iterdir()) == [file]


def test_the_disk_has_it_before_its_name_leads_to_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill does not show that; a power cut would."""
    done: list[str] = []
    plain = {"fsync": os.fsync, "replace": os.replace}
    for name, step in plain.items():

        def noted(*given: Any, name: str = name, step: Any = step) -> None:
            done.append(name)
            step(*given)

        monkeypatch.setattr(os, name, noted)
    write(file, earlier())
    assert done == ["fsync", "replace", "fsync"]


def test_a_full_disk_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, earlier())

    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(WitnessFileError):
        write(file, later())
    monkeypatch.undo()
    assert content(read(file)) == content(earlier())


def damaged() -> dict[str, Any]:
    """Ways in which a file can be none that a witness wrote."""
    good = earlier()
    assert good.witness.newest is not None
    note = good.witness.newest.note.decode()
    unsigned = note_of(LEAVES[:256]).decode()
    return {
        "format": "tipline-witness-v2",
        "key": "AAAA",
        "log": NEW.verifier.vkey()[:-4],
        "name": "two words",
        "first": unsigned,
        "newest": note.replace("\n256\n", "\n255\n"),
        "contradictions": [{"seen": note, "shown": note.replace("256", "255"), "at": 1}],
    }


@pytest.mark.parametrize("field", damaged())
def test_a_damaged_file_is_refused(field: str, file: Path) -> None:
    write(file, earlier())
    fields = json.loads(file.read_text())
    assert read(file) is not None
    file.write_text(json.dumps(fields | {field: damaged()[field]}))
    with pytest.raises(WitnessFileError):
        read(file)
    del fields[field]
    file.write_text(json.dumps(fields))
    with pytest.raises(WitnessFileError):
        read(file)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_so_is_something_else(raw: bytes, file: Path) -> None:
    file.write_bytes(raw)
    with pytest.raises(WitnessFileError):
        read(file)


def test_one_at_a_time(file: Path) -> None:
    with alone(file), pytest.raises(WitnessBusyError), alone(file):
        pass
    with alone(file):
        pass


def test_nowhere(tmp_path: Path) -> None:
    with pytest.raises(WitnessFileError), alone(tmp_path / "missing" / "state"):
        pass
    with pytest.raises(WitnessFileError):
        read(tmp_path)
    with pytest.raises(WitnessFileError):
        write(tmp_path / "missing" / "state", earlier())
