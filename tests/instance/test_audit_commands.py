"""`tipline audit`, as an auditor types it: against a live log, and where there is no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from tests.support.commands import BARE, TIPLINE, typed
from tests.support.stores import Urls
from tests.support.witnesses import WHEN, SomeWitness
from tipline.audit.acts import Act, Outcome
from tipline.audit.cosignatures import take
from tipline.audit.entries import Entry
from tipline.audit.models import LogEntry
from tipline.audit.publishing import Publisher
from tipline.audit.recording import record
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.crypto.signing import SigningKey
from tipline.db.engines import open_store
from tipline.db.schema import Store, upgrade

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
RIGHT, COULD_NOT, WRONG = 0, 1, 2


class Office:
    """A live log and a folder of an auditor's own."""

    def __init__(self, urls: Urls, folder: Path) -> None:
        self.url, self.folder = urls.main, folder
        self.engine = open_store(urls.main)
        upgrade(self.engine, Store.MAIN)
        self.signer = NoteSigner("tips.example.org/log", SigningKey.generate())
        sequencer = Sequencer(self.engine, lambda: NOW)
        sequencer.begin(self.signer.verifier)
        with self.engine.begin() as connection:
            one = Entry(NOW, Act.REPLY, Outcome.DONE, "console", actor="a" * 32)
            record(connection, *(one for _ in range(300)))
        self.publisher = Publisher(self.engine, self.signer, lambda: NOW)
        self.kept = folder / "checkpoint-of-mine"
        self.kept.write_text(self.publisher.publish())

    def change(self, statement: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement)

    def audit(self, *arguments: str | Path) -> tuple[int, str]:
        """Type a command, and return its exit status and what it said."""
        given = {
            **BARE,
            "TIPLINE_HOME": str(self.folder),
            "TIPLINE_DATABASE_URL": self.url,
            "TIPLINE_PERISHABLE_URL": self.url + "-perishable",
        }
        answer = typed(*TIPLINE, "audit", *arguments, environment=given)
        return answer.code, answer.output + answer.errors

    def verify(self, *more: str | Path) -> tuple[int, str]:
        vkey = self.signer.verifier.vkey()
        return self.audit("verify", *more, "--checkpoint", self.kept, "--key", vkey)


@pytest.fixture
def office(urls: Urls, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "mine"
    folder.mkdir()
    office = Office(urls, folder)
    yield office
    office.engine.dispose()


def test_a_live_log_that_is_right(office: Office) -> None:
    assert office.verify() == (RIGHT, "All 512 entries are what the checkpoint says.\n")


def test_the_key_that_others_check_with(office: Office) -> None:
    assert office.audit("key") == (RIGHT, f"{office.signer.verifier.vkey()}\n")


def test_without_a_checkpoint_it_says_what_that_is_worth(office: Office) -> None:
    status, said = office.audit("verify")
    assert status == RIGHT
    assert "with its own newest one" in said


def test_an_entry_that_was_changed_is_named(office: Office) -> None:
    office.change(update(LogEntry).where(LogEntry.sequence == 123).values(body=b"{}"))
    status, said = office.verify()
    assert status == WRONG
    assert "Entry 123 is not what was logged" in said


def test_content_that_is_gone_is_named(office: Office) -> None:
    """Whoever writes to the database could otherwise blank what they did."""
    some = LogEntry.sequence.in_([7, 120, 121, 122])
    office.change(
        update(LogEntry).where(some).values(salt=None, body=None, actor="", act="padding")
    )
    status, said = office.verify()
    assert status == WRONG
    assert "Of 4 entries the content is gone" in said
    assert "did what there: 7, 120 to 122." in said
    assert "What is left of it is what the checkpoint says." in said


def test_a_log_of_another_key_is_not_verified(office: Office) -> None:
    stranger = NoteSigner("tips.example.org/log", SigningKey.generate())
    status, said = office.audit("verify", "--key", stranger.verifier.vkey())
    assert status == COULD_NOT
    assert "not signed by any key that is known" in said


def test_an_export_is_verified_without_the_database(office: Office) -> None:
    exported = office.folder / "export"
    assert office.audit("export", exported)[0] == RIGHT
    assert exported.stat().st_mode & 0o077 == 0
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE audit_entries"))
    assert office.verify(exported) == (RIGHT, "All 512 entries are what the checkpoint says.\n")


@pytest.mark.parametrize("how", ["changed", "dropped", "doubled", "moved", "cut off"])
def test_an_export_that_was_edited(how: str, office: Office) -> None:
    exported = office.folder / "export"
    office.audit("export", exported)
    path = exported / "entries.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    match how:
        case "changed":
            lines[200] = lines[200].replace("reply", "close")
        case "dropped":
            del lines[200]
        case "doubled":
            lines.insert(200, lines[199])
        case "moved":
            lines[200], lines[201] = lines[201], lines[200]
        case "cut off":
            del lines[200:]
    path.write_text("".join(lines))
    status, said = office.verify(exported)
    assert status == WRONG
    assert "Entry 200 is not what was logged" in said


@pytest.mark.timeout(300)
def test_a_checkpoint_is_asked_for_its_witnesses(office: Office) -> None:
    """Live, in an export, and in a proof; nobody is believed who has not signed."""
    vkey = office.signer.verifier.vkey()
    anna, ben = (SomeWitness(f"{name}.example", name).registered(office.engine) for name in "ab")
    cosigned = anna.cosigned(office.kept.read_bytes())
    assert office.audit("verify", "--key", vkey, "--witness", anna.vkey)[0] == COULD_NOT
    assert take(office.engine, cosigned, WHEN)
    export, proof = office.folder / "export", office.folder / "7.tlog-proof"
    assert office.audit("export", export)[0] == RIGHT
    assert office.audit("proof", "7", proof)[0] == RIGHT
    for place in ((), (export,)):
        answer = office.audit("verify", *place, "--key", vkey, "--witness", anna.vkey)
        assert answer == (RIGHT, "All 512 entries are what the checkpoint says.\n")
    assert office.audit("check-proof", proof, "--key", vkey, "--witness", anna.vkey)[0] == RIGHT
    for place, keys, status in (
        (("verify",), (vkey,), COULD_NOT),
        (("verify", export), (anna.vkey, ben.vkey), COULD_NOT),
        (("check-proof", proof), (ben.vkey,), WRONG),
    ):
        asked = [part for key in keys for part in ("--witness", key)]
        code, said = office.audit(*place, "--key", vkey, *asked)
        assert code == status
        assert "A witness that was asked for has not signed this checkpoint." in said


def test_an_export_writes_over_nothing(office: Office) -> None:
    exported = office.folder / "export"
    exported.mkdir()
    status, said = office.audit("export", exported)
    assert status == COULD_NOT
    assert "something of that name already" in said
    assert list(exported.iterdir()) == []


def test_what_is_no_export_is_said_to_be_none(office: Office) -> None:
    status, said = office.verify(office.folder)
    assert (status, said) == (COULD_NOT, "This folder is no export of a log.\n")


def test_a_checkpoint_that_is_none(office: Office) -> None:
    office.kept.write_text("tips.example.org/log\n512\n")
    status, said = office.verify()
    assert status == COULD_NOT
    assert "not written as the format says" in said


def test_a_log_that_was_emptied(office: Office) -> None:
    office.change(delete(LogEntry))
    status, said = office.verify()
    assert status == WRONG
    assert "Entry 0 is not what was logged" in said


def test_one_entry_is_proved_to_who_has_the_key(office: Office) -> None:
    proof = office.folder / "entry-12.tlog-proof"
    assert office.audit("proof", "12", proof)[0] == RIGHT
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE audit_entries"))
    vkey = office.signer.verifier.vkey()
    status, said = office.audit("check-proof", proof, "--key", vkey)
    assert status == RIGHT
    assert said.startswith("Entry 12 of 512 of tips.example.org/log:\n")
    assert '"act":"reply"' in said


@pytest.mark.parametrize("how", ["another entry", "another number", "another key", "torn"])
def test_a_proof_that_proves_nothing(how: str, office: Office) -> None:
    proof = office.folder / "entry.tlog-proof"
    office.audit("proof", "12", proof)
    vkey = office.signer.verifier.vkey()
    lines = proof.read_text().splitlines(keepends=True)
    match how:
        case "another entry":
            other = office.folder / "other.tlog-proof"
            office.audit("proof", "13", other)
            lines[1] = other.read_text().splitlines(keepends=True)[1]
        case "another number":
            lines[2] = "index 14\n"
        case "another key":
            vkey = NoteSigner("tips.example.org/log", SigningKey.generate()).verifier.vkey()
        case "torn":
            del lines[-3:]
    proof.write_text("".join(lines))
    assert office.audit("check-proof", proof, "--key", vkey)[0] == WRONG


@pytest.mark.parametrize("number", ["600", "-1"])
def test_an_entry_that_is_not_there_is_not_proved(number: str, office: Office) -> None:
    proof = office.folder / "entry.tlog-proof"
    status, _ = office.audit("proof", "--", number, proof)
    assert status == COULD_NOT
    assert not proof.exists()
