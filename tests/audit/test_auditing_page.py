"""What docs/auditing.md tells outsiders to type works."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.audit.independent import build
from tests.audit.test_witness_command import witness
from tests.support.house import House
from tests.support.logs import Keeper
from tipline.audit.merkle import inclusion_proof
from tipline.audit.proofs import Proof
from tipline.audit.reading import stored_log
from tipline.audit.tile_reading import TileReader
from tipline.instance.audit_commands import tell_key
from tipline.instance.commands import _parser

PAGE = ROOT / "docs" / "auditing.md"
INDEX = 77

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in the page, built as it says."""
    (source,) = re.findall(r"```go\n(.*?)```", PAGE.read_text(), re.DOTALL)
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.go").write_text(source)
    return build(folder, folder)


@dataclass(frozen=True)
class Handed:
    """What somebody is given who is to be convinced of one entry."""

    vkey: str
    proof: Path
    salt: str
    entry: Path

    def check(self, program: Path) -> tuple[int, str]:
        command = [program, self.vkey, self.proof, self.salt, self.entry]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


@pytest.fixture
def handed(sqlite_house: House, tmp_path: Path) -> Handed:
    keeper = Keeper(sqlite_house.stores.main)
    keeper.begin()
    keeper.write(300)
    size = keeper.publish().size
    keeper.write(3)
    with stored_log(keeper.engine) as log:
        (entry,) = log.entries(INDEX, INDEX + 1)
        hashes = inclusion_proof(INDEX, size, TileReader(size, log.tile))
        note = log.newest_checkpoint()
    assert note is not None
    assert entry.salt is not None
    assert entry.body is not None
    proof, body = tmp_path / "entry.tlog-proof", tmp_path / "entry"
    proof.write_bytes(Proof(INDEX, tuple(hashes), note.encode(), b"for you").format())
    body.write_bytes(entry.body)
    return Handed(keeper.vkey, proof, entry.salt.hex(), body)


def test_an_entry_is_shown_to_be_in_the_log(handed: Handed, program: Path) -> None:
    assert handed.check(program) == (0, "entry 77 of 512 in tips.example.org/log\n")


@pytest.mark.parametrize("what", ["entry", "salt", "proof", "index", "checkpoint"])
def test_what_was_changed_is_not(what: str, handed: Handed, program: Path) -> None:
    proof, vkey, salt = handed.proof.read_text(), handed.vkey, handed.salt
    if what == "entry":
        handed.entry.write_bytes(handed.entry.read_bytes().replace(b"reply", b"close"))
    if what == "salt":
        salt = "00" * 32
    if what == "proof":
        lines = proof.split("\n")
        lines[4], lines[5] = lines[5], lines[4]
        handed.proof.write_text("\n".join(lines))
    if what == "index":
        handed.proof.write_text(proof.replace("index 77", "index 76"))
    if what == "checkpoint":
        handed.proof.write_text(proof.replace("\n512\n", "\n768\n"))
    assert Handed(vkey, handed.proof, salt, handed.entry).check(program) == (1, "")


def test_the_options_of_the_page_are_those_that_there_are() -> None:
    page = PAGE.read_text()
    told = set(re.findall(r"(?<=[ `])--[a-z]+", page))
    checking = {"--key", "--witness", "--checkpoint"}
    assert told == {"--url", "--vkey", "--show", "--unsent", "--after", *checking}
    assert told - checking <= set(re.findall(r"--[a-z]+", witness("--help").output))
    actions = set(re.findall(r"python -m tipline audit ([a-z-]+)", page)) - {"witness"}
    assert actions == {"proof", "check-proof", "key", "verify"}
    verifying = ["audit", "verify", "--checkpoint", "file", "--key", "vkey", "--witness", "a"]
    listed = _parser().parse_args([*verifying, "--witness", "b"])
    assert (listed.key, listed.witness) == ("vkey", ["a", "b"])
    assert _parser().parse_args(["audit", "proof", "1", "file"]).number == 1
    assert _parser().parse_args(["audit", "key"]).command is tell_key
