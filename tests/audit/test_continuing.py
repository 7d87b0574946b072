"""After a restore the log goes on under another name, and who watches it sees that it does.

The instance, its database, its gateway, the operator's commands and the witness are real. The
backup is made and put back as an operator would.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.audit.city import (
    ALARM,
    COULD_NOT,
    RIGHT,
    START,
    Begun,
    City,
    entry,
)
from tests.audit.independent import IndependentVerifier
from tests.audit.test_witness_command import witness
from tests.conftest import server_for
from tests.support.browser import served
from tests.support.commands import Answer
from tests.support.house import House
from tests.support.logs import download, fetch
from tests.support.witnesses import SomeWitness
from tipline.audit.acts import Act
from tipline.audit.entries import Entry
from tipline.audit.models import Log, LogEntry, PendingEntry
from tipline.audit.notes import open_note
from tipline.audit.publishing import Publisher
from tipline.audit.reading import stored_log
from tipline.audit.signing_notes import NoteSigner, sign_note
from tipline.audit.verifiers import Verifier
from tipline.audit.witnesses import register
from tipline.crypto.signing import SigningKey

pytestmark = pytest.mark.timeout(600)
# What is found does not depend on where the log lies, and each command takes its time.
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def city(
    house: House, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[City]:
    city = City(house, tmp_path, server_for(backend, request))
    city.sweep()
    city.write(200)
    city.sweep()
    with served(lambda _: house.app) as url:
        city.url = url
        yield city


@pytest.fixture
def restored(city: City) -> City:
    """A backup at 256 entries, a witness at 512, and the backup put back with three that wait."""
    city.write(3)
    backup = city.back_up()
    city.write(100)
    assert city.sweep().size == 512
    assert city.first_look().code == RIGHT
    backup.put_back()
    return city


def test_the_witness_sees_that_the_log_goes_on(
    restored: City, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    rolled_back = witness(restored.state("board"))
    assert (rolled_back.code, "was rolled back" in rolled_back.errors) == (ALARM, True)
    begun = restored.begun(restored.seen())
    assert begun.answer.errors == "", "the checkpoint is cosigned"
    assert "Of these 256 at least are lost to this instance" in begun.answer.output
    followed = restored.follow(begun)
    assert (followed.code, followed.errors) == (RIGHT, "")
    old = restored.origins()[0]
    assert f"It goes on after {old} of 512 entries, which is what you cosigned" in followed.output
    key = Verifier.from_vkey(witness(restored.state("board-2"), "--show", "key").output.split()[4])
    restored.house.clock.now = datetime.now(UTC)  # a process of its own has a clock of its own
    register(restored.house.stores.main, "The review board", key, restored.house.clock())
    restored.write(300)
    restored.sweep()
    grown = witness(restored.state("board-2"))
    assert (grown.code, grown.errors) == (RIGHT, "")
    assert open_note(fetch(f"{begun.address}/checkpoint"), [key]).signature_of(key)
    assert "has 768 entries, 512 more than" in grown.output
    # The same witness: whoever has its key need not be told another.
    key = followed.output.splitlines()[1]
    folder = download(begun.address, tmp_path / "log")
    (folder / "checkpoint").write_text(restored.seen("board-2"))
    assert verifier.judge(folder, begun.vkey, witnesses=[key]).wrong == ""


@on_sqlite
def test_everybody_can_read_what_it_goes_on_after(restored: City) -> None:
    begun = restored.begun(restored.seen())
    first = fetch(f"{begun.address}/tile/entries/000")
    length = int.from_bytes(first[:2])
    said = Entry.from_bytes(first[2 : 2 + length])
    assert (said.act, said.actor, said.place) == (Act.CONTINUE_LOG, "operator", "command")
    assert restored.seen().startswith(said.continues)
    assert said.here.splitlines()[:2] == [restored.origins()[0], "256"]
    assert len(first) == 2 + length + 255 * 34, "nothing else is shown in clear"


def test_what_waited_is_numbered_in_the_new_log_and_the_old_one_stays(restored: City) -> None:
    with stored_log(restored.engine, 1) as log:
        before = list(log.entries(0, log.size))
    restored.begun(restored.seen())
    assert restored.house.rows(PendingEntry) == []
    restored.write(1)
    restored.sweep()
    with stored_log(restored.engine, 1) as log:
        assert list(log.entries(0, log.size + 1)) == before
    with stored_log(restored.engine) as log:
        bodies = [one.body for one in log.entries(1, 4)]
    assert bodies == [entry(number).to_bytes() for number in (200, 201, 202)]


def test_both_logs_are_verified_live_and_exported(restored: City) -> None:
    kept = restored.folder / "kept"
    first = restored.vkey(1)
    kept.write_text(fetch(f"{restored.url}/checkpoint").decode())
    begun = restored.begun(restored.seen())
    old, new = restored.folder / "old", restored.folder / "new"
    assert restored.audit("export", old, "--log", "1").code == RIGHT
    assert restored.audit("export", new).code == RIGHT
    told = "It continues tips.example.org/log/"
    for where in ((), (new,)):
        answer = restored.audit("verify", *where, "--key", begun.vkey)
        assert answer.code == RIGHT
        assert "All 256 entries are what the checkpoint says." in answer.output
        assert told in answer.output
    for where in (("--log", "1"), (old,)):
        answer = restored.audit("verify", *where, "--checkpoint", kept, "--key", first)
        assert (answer.code, told in answer.output) == (RIGHT, False)
    answer = restored.audit("verify", "--log", "1")
    assert "what the one that continues it says was here of it" in answer.output
    answer = restored.audit("verify", "--log", "1", "--witness", SomeWitness().vkey)
    assert (answer.code, answer.output) == (COULD_NOT, "")
    assert "has not signed this checkpoint" in answer.errors


def test_an_old_entry_that_is_changed_afterwards_is_found(restored: City) -> None:
    restored.begun(restored.seen())
    with restored.house.stores.main.begin() as connection:
        row = LogEntry.__table__
        changed = row.update().where(row.c.log == 1, row.c.sequence == 77)
        connection.execute(changed.values(body=entry(9).to_bytes()))
    answer = restored.audit("verify", "--log", "1")
    assert (answer.code, "Entry 77 is not what was logged" in answer.output) == (ALARM, True)
    assert restored.audit("verify").code == RIGHT


@on_sqlite
def test_entries_of_both_logs_are_proved(restored: City) -> None:
    begun = restored.begun(restored.seen())
    for number, log, vkey in ((0, "2", begun.vkey), (1, "2", begun.vkey)):
        file = restored.folder / f"{log}-{number}.tlog-proof"
        assert restored.audit("proof", str(number), file, "--log", log).code == RIGHT
        answer = restored.audit("check-proof", file, "--key", vkey)
        assert answer.code == RIGHT, answer.errors
        assert ("continue_log" in answer.output) == (number == 0)
    file = restored.folder / "1-5.tlog-proof"
    assert restored.audit("proof", "5", file, "--log", "1").code == RIGHT
    assert restored.audit("check-proof", file, "--key", restored.vkey(1)).code == RIGHT
    assert restored.audit("check-proof", file, "--key", begun.vkey).code == ALARM


@on_sqlite
def test_a_checkpoint_that_is_not_the_newest_is_found_out(restored: City) -> None:
    """The operator takes the one that the backup has, and says nothing of what came after it."""
    begun = restored.begun(fetch(f"{restored.url}/checkpoint").decode())
    assert "Nobody but the log itself has signed this checkpoint" in begun.answer.errors
    for lines in (3, 0):
        followed = restored.follow(begun)
        assert (followed.code, followed.output.count("\n")) == (ALARM, lines)
        assert "of 256 entries. But it had 512 when you cosigned it last" in followed.errors
        assert "is left out, and nobody says that it is lost" in followed.errors
    evidence = witness(restored.state("board-2"), "--show", "evidence").output
    assert evidence.count(restored.seen()) == 1
    proof = evidence.split("=== shown on ")[1].partition("\n")[2]
    file = restored.folder / "evidence.tlog-proof"
    file.write_text(proof)
    shown = restored.audit("check-proof", file, "--key", begun.vkey)
    assert (shown.code, "continue_log" in shown.output) == (RIGHT, True)
    # It can be mended, and stays known.
    assert restored.restart(restored.seen()).code == COULD_NOT
    mended = restored.begun(restored.seen(), "--anyway")
    assert restored.follow(mended, new="board-3").code == RIGHT


@on_sqlite
def test_other_entries_than_those_that_were_witnessed_are_found_out(restored: City) -> None:
    """After the restore the worker went on under the old name before anybody restarted the log."""
    restored.write(150)
    assert restored.sweep().size == 512
    seen = restored.seen()
    answer = restored.restart(seen)
    assert (answer.code, "has other entries than the checkpoint says" in answer.errors) == (1, True)
    forked = fetch(f"{restored.url}/checkpoint").decode()
    begun = restored.begun(forked)
    followed = restored.follow(begun)
    assert followed.code == ALARM
    assert "of 512 entries, which are not those that you cosigned" in followed.errors
    mended = restored.begun(seen, "--anyway")
    assert restored.follow(mended, new="board-3").code == RIGHT


@on_sqlite
def test_who_saw_less_is_told_whom_to_ask(city: City) -> None:
    assert city.first_look("early").code == RIGHT
    backup = city.back_up()
    city.write(100)
    city.sweep()
    city.first_look()
    backup.put_back()
    begun = city.begun(city.seen())
    followed = city.follow(begun, old="early", new="early-2")
    assert (followed.code, followed.errors) == (COULD_NOT, "")
    assert "only somebody can tell who witnessed it later" in followed.output
    assert witness(city.state("early-2")).code == RIGHT, "it is watched from now on"


@on_sqlite
def test_a_log_that_nobody_restarted_does_not_pass_for_one(restored: City) -> None:
    """The same key begins another log, and says nothing of the one before."""
    first = restored.keys.signer(restored.origins()[0] + "/2-00000000").verifier
    with restored.engine.begin() as connection:
        row = {"number": 2, "origin": first.name, "size": 0, "vkey": first.vkey()}
        connection.execute(Log.__table__.insert(), row)
    restored.write(1)
    restored.sweep()
    begun = Begun(first.vkey(), f"{restored.url}/log/2-00000000", Answer(0, "", ""))
    followed = restored.follow(begun)
    assert followed.code == ALARM
    assert "does not say so itself" in followed.errors


@on_sqlite
def test_only_the_key_of_the_log_begins_the_next_one(restored: City) -> None:
    begun = restored.begun(restored.seen())
    stranger = restored.first_look("other").output.splitlines()[1]
    name = begun.vkey.partition("+")[0]
    foreign = NoteSigner(name, SigningKey.generate()).verifier.vkey()
    for vkey, told in (
        (foreign, "anybody could have begun it"),
        (restored.vkey(1), "belongs to another log"),
        (stranger, "that of a witness"),
    ):
        answer = restored.follow(Begun(vkey, begun.address, begun.answer), new="new")
        assert (answer.code, told in answer.errors) == (COULD_NOT, True), answer.errors
        assert not restored.state("new").exists()


@on_sqlite
@pytest.mark.parametrize("how", ["torn", "foreign", "missing", "of a text"])
def test_what_is_no_checkpoint_of_this_log_begins_nothing(how: str, restored: City) -> None:
    note = restored.seen()
    text = note.partition("\n\n")[0] + "\n"
    match how:
        case "torn":
            note = note[:-30]
        case "foreign":
            signer = NoteSigner(restored.origins()[0], SigningKey.generate())
            note = sign_note(text, signer).decode()
        case "of a text":
            signer = restored.keys.signer(restored.origins()[0])
            note = sign_note(f"{restored.origins()[0]}\nhello\n", signer).decode()
    if how == "missing":
        answer = restored.audit("restart", "--checkpoint", restored.folder / "nothing")
    else:
        answer = restored.restart(note)
    assert (answer.code, answer.output, answer.errors.count("\n")) == (COULD_NOT, "", 1)
    assert len(restored.origins()) == 1


@on_sqlite
def test_a_log_from_which_nothing_is_missing_keeps_its_name(city: City) -> None:
    note = fetch(f"{city.url}/checkpoint").decode()
    city.write(5)
    city.sequencer.run()
    answer = city.restart(note)
    assert (answer.code, "goes on under its own name" in answer.errors) == (COULD_NOT, True)
    assert len(city.origins()) == 1


@on_sqlite
def test_a_second_restore_to_before_the_first(city: City) -> None:
    """The backup knows nothing of the log that went on: its name is not given again."""
    backup = city.back_up()
    city.write(100)
    city.sweep()
    city.first_look()
    backup.put_back()
    second = city.begun(city.seen())
    assert city.follow(second).code == RIGHT
    city.write(400)
    city.sweep()
    assert witness(city.state("board-2")).code == RIGHT
    backup.put_back()
    third = city.begun(city.seen("board-2"))
    followed = city.follow(third, old="board-2", new="board-3")
    assert (followed.code, followed.errors) == (RIGHT, "")
    assert "Log 3 has begun" in third.answer.output
    # Who never saw the second log cannot know that it went on after the right checkpoint.
    skipped = city.follow(third, old="board", new="board-4")
    assert (skipped.code, "goes on after another one" in skipped.errors) == (COULD_NOT, True)


@on_sqlite
def test_without_any_log_in_the_backup(city: City) -> None:
    city.first_look()
    seen = city.seen()
    with city.house.stores.main.begin() as connection:
        for table in ("audit_logs", "audit_entries", "audit_tiles", "audit_checkpoints"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    begun = city.begun(seen)
    assert "Of these 256 at least are lost" in begun.answer.output
    assert city.follow(begun).code == RIGHT


@on_sqlite
def test_the_same_restore_twice_gives_two_names(restored: City) -> None:
    backup = restored.back_up()
    seen = restored.seen()
    first = restored.begun(seen)
    backup.put_back()
    second = restored.begun(seen)
    assert first.vkey != second.vkey
    assert first.address != second.address


def test_the_worker_goes_on_with_the_new_log(restored: City) -> None:
    begun = restored.begun(restored.seen())
    restored.write(10)
    publisher = Publisher(
        restored.engine, restored.keys.signer(restored.origins()[-1]), lambda: START
    )
    restored.sequencer.run()
    assert publisher.publish_if_due()
    note = fetch(f"{begun.address}/checkpoint").decode()
    assert note.splitlines()[1] == "512"
    # The first log's address shows what it did: whatever keeps its tiles is right to.
    assert fetch(f"{restored.url}/checkpoint").decode().splitlines()[1] == "256"
