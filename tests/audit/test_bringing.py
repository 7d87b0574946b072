"""`python -m tipline audit witness` brings its cosignature back to a running gateway."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.audit.independent import IndependentVerifier
from tests.audit.test_fetching import saying, serving
from tests.audit.test_witness_command import NAME, witness
from tests.support.browser import served
from tests.support.commands import Answer
from tests.support.house import House
from tests.support.logs import Keeper, download, fetch
from tests.support.witnesses import seen_by
from tipline.audit.bringing import (
    ClockError,
    DisownedError,
    NotBroughtError,
    NotPublishedError,
    NotRegisteredError,
)
from tipline.audit.notes import open_note
from tipline.audit.verifiers import Verifier
from tipline.audit.witnesses import Sight, Witnessing, register, remove

CALLED = "Anna of the review board"


@dataclass(frozen=True)
class Board:
    """A log, the gateway that shows it, a witness's file, and its key when it was registered."""

    house: House
    keeper: Keeper
    url: str
    state: Path

    def begin(self) -> Verifier:
        """Make the witness's file, and have its key registered as an auditor does."""
        first = witness(self.state, "--url", self.url, "--vkey", self.keeper.vkey, "--name", NAME)
        assert (first.code, first.errors) == (0, "")
        key = Verifier.from_vkey(first.output.splitlines()[1])
        register(self.house.stores.main, CALLED, key, self.house.clock())
        return key

    def look(self, *options: str) -> Answer:
        return witness(self.state, *options)

    def grow(self) -> None:
        self.keeper.write(300)
        self.keeper.publish()

    def seen(self) -> Witnessing:
        return seen_by(self.house.stores.main)[CALLED]

    def shown(self) -> bytes:
        return fetch(f"{self.url}/checkpoint")


@pytest.fixture
def board(house: House, tmp_path: Path) -> Iterator[Board]:
    house.clock.now = datetime.now(UTC)  # a process of its own has a clock of its own
    keeper = Keeper(house.stores.main)
    keeper.begin()
    keeper.write(300)
    keeper.publish()
    with served(lambda _: house.app) as url:
        yield Board(house, keeper, url, tmp_path / "witness.json")


@pytest.mark.timeout(600)
def test_what_a_witness_saw_is_known_and_shown_to_everybody(
    board: Board, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    key = board.begin()
    assert board.seen().sight is Sight.NOTHING, "nobody could register it before the first look"
    for size in (512, 1024):
        answer = board.look()
        assert (answer.code, answer.errors) == (0, "")
        seen = board.seen()
        assert (seen.sight, seen.size) == (Sight.SEEN, size)
        assert seen.seen_at is not None
        assert abs(seen.seen_at - board.house.clock()) < timedelta(minutes=10)
        assert open_note(board.shown(), [key]).signature_of(key)
        board.grow()
    assert not open_note(board.shown(), [board.keeper.signer.verifier]).unknown
    board.look()
    folder = download(board.url, tmp_path / "log")
    judged = verifier.judge(folder, board.keeper.vkey, witnesses=[key.vkey()])
    assert judged.wrong == ""


def test_what_is_unsent_stays_here(board: Board) -> None:
    board.begin()
    before = board.shown()
    assert board.look("--unsent").code == 0
    assert board.seen().sight is Sight.NOTHING
    assert board.shown() == before


def test_an_alarm_is_not_brought(board: Board) -> None:
    board.begin()
    board.look()
    board.keeper.forget_everything()
    board.keeper.write(1)
    board.keeper.publish()
    answer = board.look()
    assert answer.code == 2
    assert answer.errors.count("\n") == 1
    assert board.keeper.signer.verifier.name in answer.errors
    assert board.seen().sight is Sight.UNLIKE
    note = open_note(board.shown(), [board.keeper.signer.verifier])
    assert note.unknown == ()


def test_who_is_not_registered_any_more_is_told_and_has_looked(board: Board) -> None:
    board.begin()
    board.look()
    remove(board.house.stores.main, board.seen().id)
    board.grow()
    answer = board.look()
    assert answer.code == 0
    assert "has 1,024 entries, 512 more than on" in answer.output
    assert answer.errors == f"{NotRegisteredError.message}\n"
    assert "\n1024\n" in witness(board.state, "--show", "newest").output


def test_a_fast_clock_is_told(board: Board) -> None:
    board.begin()
    board.house.clock.move(hours=-2)
    answer = board.look()
    assert (answer.code, answer.errors) == (0, f"{ClockError.message}\n")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("403 Forbidden", NotRegisteredError),
        ("404 Not Found", NotPublishedError),
        ("409 Conflict", DisownedError),
        ("422 Unprocessable Entity", ClockError),
        ("200 OK", None),
        ("201 Created", NotBroughtError),
        ("302 Found\r\nLocation: https://elsewhere.example/", NotBroughtError),
        ("503 Service Unavailable", NotBroughtError),
        ("hang up", NotBroughtError),
    ],
)
def test_whatever_is_answered_the_log_was_seen(
    status: str, error: type[NotBroughtError] | None, board: Board
) -> None:
    """And nothing of the answer's own words is shown: it may be anybody's."""
    board.begin()
    board.grow()
    tiles = {
        f"/{path}": fetch(f"{board.url}/{path}")
        for path in ("checkpoint", *(f"tile/0/00{n}" for n in range(4)), "tile/1/000.p/4")
    }

    def answer(connection: socket.socket, path: str) -> None:
        if path in tiles:
            saying("200 OK", tiles[path])(connection, path)
        elif path == "/checkpoint/cosignatures" and status != "hang up":
            saying(status, b"\x1b[2JYou are a fool")(connection, path)

    with serving(answer) as url:
        looked = witness(board.state, "--url", url)
    assert looked.code == 0
    assert "has 1,024 entries, 512 more than on" in looked.output
    assert looked.errors == (f"{error.message}\n" if error else "")
    assert "\n1024\n" in witness(board.state, "--show", "newest").output
