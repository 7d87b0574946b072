"""`python -m tipline audit witness`, as a board member types it, against a running gateway."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.audit.independent import IndependentVerifier
from tests.audit.test_fetching import saying, serving
from tests.support.browser import served
from tests.support.commands import TIPLINE, Answer, typed
from tests.support.house import House
from tests.support.logs import Keeper, download
from tipline.audit.notes import open_note
from tipline.audit.verifiers import Verifier

NAME = "board.example/anna"


def witness(*arguments: str | Path) -> Answer:
    """Run it where nothing of an instance is set."""
    return typed(*TIPLINE, "audit", "witness", *arguments)


@dataclass(frozen=True)
class Board:
    """A log, the gateway that shows it, and a witness's file."""

    keeper: Keeper
    url: str
    state: Path

    def first_look(self) -> Answer:
        return witness(self.state, "--url", self.url, "--vkey", self.keeper.vkey, "--name", NAME)

    def look(self) -> Answer:
        """Look, and tell nobody; what is brought back stands in test_bringing.py."""
        return witness(self.state, "--unsent")


@pytest.fixture
def board(house: House, tmp_path: Path) -> Iterator[Board]:
    keeper = Keeper(house.stores.main)
    keeper.begin()
    keeper.write(300)
    keeper.publish()
    with served(lambda _: house.app) as url:
        yield Board(keeper, url, tmp_path / "witness.json")


def test_a_log_that_grows_is_as_it_was(
    board: Board, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    first = board.first_look()
    assert (first.code, first.errors) == (0, "")
    told, vkey, compared, sentence = first.output.splitlines()
    assert told == "This witness's verifier key:"
    fingerprint = Verifier.from_vkey(vkey).fingerprint
    assert compared == f"Its fingerprint, to be compared by telephone: {fingerprint}"
    assert witness(board.state, "--show", "key").output.splitlines() == [told, vkey, compared]
    assert sentence.startswith("tips.example.org/log has 512 entries, seen for the first time")
    assert board.state.stat().st_mode & 0o777 == 0o600
    again = board.look()
    assert (again.code, again.errors) == (0, "")
    assert "has 512 entries, 0 more than on " in again.output
    board.keeper.write(300)
    board.keeper.publish()
    grown = board.look()
    assert (grown.code, grown.errors) == (0, "")
    assert "has 1,024 entries, 512 more than on " in grown.output
    assert "is as it was.\n" in grown.output
    shown = witness(board.state, "--show", "newest")
    assert (shown.code, shown.errors) == (0, "")
    key = Verifier.from_vkey(vkey)
    assert key.name == NAME
    assert open_note(shown.output.encode(), [key]).signature_of(key)
    # Whoever is given the note checks log and witness with tools that are not ours.
    folder = download(board.url, tmp_path / "log")
    (folder / "checkpoint").write_text(shown.output)
    assert verifier.judge(folder, board.keeper.vkey, witnesses=[vkey]).wrong == ""


def test_a_log_that_was_written_anew_is_an_alarm(board: Board, tmp_path: Path) -> None:
    board.first_look()
    before = witness(board.state, "--show", "newest").output
    copy = board.keeper.copied()
    board.keeper.forget_everything()
    for written, told in (
        (1, "was rolled back: it had 512 entries on"),
        (256, "has other entries than on"),
        (256, "was rewritten: the first 512 of its 768 entries are not those of"),
    ):
        board.keeper.write(written)
        board.keeper.publish()
        answer = board.look()
        assert (answer.code, answer.output) == (2, "")
        assert answer.errors.startswith("ALARM. tips.example.org/log ")
        assert told in answer.errors
        assert "Nothing was cosigned." in answer.errors
        assert answer.errors.count("\n") == 1
    assert witness(board.state, "--show", "newest").output == before
    evidence = witness(board.state, "--show", "evidence").output
    assert evidence.count("=== shown on") == 3
    assert evidence.count(before) == 3, "each time with what was seen before"
    board.keeper.put_back(copy)
    later = board.look()
    assert (later.code, later.output) == (2, ""), "what it showed once stays true"
    assert "has contradicted itself before: see --show evidence" in later.errors
    for size in (256, 512, 768):
        assert f"tips.example.org/log\n{size}\n" in evidence
    assert evidence.count(NAME) == 3, "only what was seen before is cosigned"
    key = json.loads(board.state.read_text())["key"]
    assert key not in evidence + before


def test_without_a_log_nothing_changes(board: Board) -> None:
    nobody = "http://127.0.0.1:9"
    answer = witness(board.state, "--url", nobody, "--vkey", board.keeper.vkey)
    assert (answer.code, answer.output) == (1, "")
    assert answer.errors.startswith("The log could not be read")
    assert not board.state.exists(), "no key is told that is not kept"
    board.first_look()
    before = board.state.read_bytes()
    plain = saying("200 OK\r\nContent-Length: 5", b"Hello")
    with serving(plain) as portal, serving(saying("404 Not Found")) as empty:
        for url, told in (
            (nobody, "no answer came"),
            (portal, "not signed with this log's key"),
            (empty, "nothing published there"),
            ("http://tips.example.org", "begins with https://"),
        ):
            answer = witness(board.state, "--url", url)
            assert (answer.code, answer.output) == (1, "")
            assert told in answer.errors
            assert answer.errors.count("\n") == 1
    assert board.state.read_bytes() == before
    assert board.look().code == 0


def test_a_log_that_hides_its_past_is_not_cosigned(board: Board) -> None:
    """It shows a new checkpoint and none of the tiles that would tell whether it only grew."""
    board.first_look()
    before = board.state.read_bytes()
    board.keeper.write(300)
    note = board.keeper.publisher.publish().encode()

    def hiding(connection: socket.socket, path: str) -> None:
        answer = saying("200 OK", note) if path == "/checkpoint" else saying("404 Not Found")
        answer(connection, path)

    with serving(hiding) as url:
        answer = witness(board.state, "--url", url)
    assert (answer.code, answer.output) == (1, "")
    assert "a log that hides its past looks like this" in answer.errors
    assert board.state.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "give its --url and its verifier key"),
        (("--url", "https://a.example"), "give its --url and its verifier key"),
        (("--vkey", "nonsense", "--url", "https://a.example"), "not written as the format says"),
        (("--show", "newest"), "give its --url"),
        (("--nonsense",), "unrecognized arguments"),
        (("--vkey",), "expected one argument"),
    ],
)
def test_what_is_typed_wrongly_is_no_alarm(
    options: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    answer = witness(tmp_path / "state", *options)
    assert (answer.code, answer.output) == (1, "")
    assert told in answer.errors
    assert not (tmp_path / "state").exists()


def test_a_file_is_of_one_log_and_one_witness(board: Board) -> None:
    board.first_look()
    before = board.state.read_bytes()
    other = Keeper(board.keeper.engine).signer.verifier
    foreign = Verifier("elsewhere.example/log", other.kind, other.key).vkey()
    for options in (("--vkey", foreign), ("--name", "board.example/ben")):
        answer = witness(board.state, *options)
        assert (answer.code, answer.output) == (1, "")
        assert "belongs to another log" in answer.errors
    assert board.state.read_bytes() == before


def test_names(board: Board) -> None:
    own = ("--url", board.url, "--vkey", board.keeper.vkey)
    answer = witness(board.state, *own, "--name", "two words")
    assert (answer.code, answer.errors) == (
        1,
        "The name of a witness has no space and no plus sign.\n",
    )
    names = set()
    for number in range(2):
        output = witness(board.state.with_suffix(f".{number}"), *own).output
        names.add(Verifier.from_vkey(output.splitlines()[1]).name)
    assert len(names) == 2
    witness_key = output.splitlines()[1]
    answer = witness(board.state, "--url", board.url, "--vkey", witness_key)
    assert answer.code == 1
    assert "that of a witness" in answer.errors


def test_what_needs_more_than_a_witness_has_says_so(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError(name='sqlalchemy')")
    done = subprocess.run(
        [sys.executable, "-m", "tipline", "audit", "verify"],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("This runs where the tip line runs")
    assert "sqlalchemy" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_witness_needs_nothing_of_an_instance() -> None:
    script = (
        "import sys; from tipline.__main__ import main\n"
        "try: main(['audit', 'witness', '--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "tipline.audit.witness_command" in loaded
    others = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    # Whoever installs a witness is told of one package (docs/auditing.md).
    assert {name for name in others if not name.startswith("_")} == {"cryptography", "tipline"}
    assert not {name for name in loaded if name.startswith(("tipline.instance", "tipline.db"))}
