"""Entries get their numbers: each once, none skipped, whoever numbers them and however often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from tests.support.stores import Urls
from tests.system.waiting import until
from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.copies import UNREADABLE
from tipline.audit.entries import Entry, commitment, new_salt
from tipline.audit.merkle import leaf_hash, root_of
from tipline.audit.models import LogCheckpoint, LogEntry, LogTile, PendingEntry
from tipline.audit.publishing import OtherLogError, Publisher
from tipline.audit.reading import stored_log
from tipline.audit.recording import record
from tipline.audit.sequencing import BATCH, LogInUse, NoLogError, Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.tiles import TILE_WIDTH, Tile
from tipline.audit.verifying import Verdict, verify
from tipline.crypto.signing import SigningKey
from tipline.db.engines import open_store
from tipline.db.reading import reading
from tipline.db.schema import Store, upgrade

START = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1)
ORIGIN = "tips.example.org/log"


class Office:
    """A log, its keeper, and those who write into it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_store(url)
        upgrade(self.engine, Store.MAIN)
        self.now = START
        self.key = SigningKey.generate()
        self.signer = NoteSigner(ORIGIN, self.key)
        self.sequencer = Sequencer(self.engine, lambda: self.now)
        self.publisher = Publisher(self.engine, self.signer, lambda: self.now)
        self.sequencer.begin(self.signer.verifier)

    def write(self, count: int) -> None:
        with self.engine.begin() as connection:
            record(connection, *(entry(number) for number in range(count)))

    def publish(self) -> Checkpoint:
        return self.opened(self.publisher.publish())

    def opened(self, note: str) -> Checkpoint:
        return open_checkpoint(note.encode(), [self.signer.verifier])[0]

    def numbered(self) -> list[tuple[int, bytes | None]]:
        query = select(LogEntry.sequence, LogEntry.body).order_by(LogEntry.sequence)
        with reading(self.engine) as connection:
            return [(row.sequence, row.body) for row in connection.execute(query)]

    def verdict(self, checkpoint: Checkpoint) -> Verdict:
        with stored_log(self.engine) as log:
            return verify(log, checkpoint, [self.signer.verifier])


def entry(number: int) -> Entry:
    at = START + timedelta(seconds=number)
    return Entry(at, Act.REPLY, Outcome.DONE, "console", actor=f"{number:032x}", thread="d" * 32)


@pytest.fixture
def office(urls: Urls) -> Iterator[Office]:
    office = Office(urls.main)
    yield office
    office.engine.dispose()


@pytest.mark.parametrize("count", [0, 1, TILE_WIDTH, BATCH, BATCH + 300])
def test_all_that_waits_is_numbered_in_its_order(count: int, office: Office) -> None:
    office.write(count)
    assert office.sequencer.run() == count
    assert office.numbered() == [(n, entry(n).to_bytes()) for n in range(count)]
    with reading(office.engine) as connection:
        assert connection.execute(select(PendingEntry.id)).all() == []
    assert office.sequencer.run() == 0


def test_the_tree_is_that_of_the_entries(office: Office) -> None:
    for count in (1, 255, 3, 700):
        office.write(count)
        office.sequencer.run()
    checkpoint = office.publish()
    assert checkpoint.size == 4 * TILE_WIDTH
    with reading(office.engine) as connection:
        columns = select(LogEntry.salt, LogEntry.body, LogEntry.commitment)
        rows = connection.execute(columns.order_by(LogEntry.sequence)).all()
    assert all(row.commitment == commitment(row.salt, row.body) for row in rows)
    assert root_of(leaf_hash(commitment(row.salt, row.body)) for row in rows) == checkpoint.root
    assert office.verdict(checkpoint) == Verdict(checkpoint.size)


def test_what_is_looked_up_by_is_what_the_entry_says(office: Office) -> None:
    office.write(1)
    office.sequencer.run()
    with reading(office.engine) as connection:
        row = connection.execute(select(LogEntry)).one()
    assert (row.act, row.outcome, row.actor) == ("reply", "done", "0" * 32)
    assert (row.thread_id, row.line_id) == ("d" * 32, "")
    assert row.at == START.replace(tzinfo=None)


def test_a_late_commit_is_not_skipped(office: Office, backend: str) -> None:
    """A row whose number was given before others', and which is committed after them."""
    late = office.engine.connect()
    transaction = late.begin()
    record(late, entry(1))
    if backend == "postgresql":
        # SQLite has one writer at a time: there the others come after it anyhow.
        office.write(3)
        assert office.sequencer.run() == 3
    transaction.commit()
    late.close()
    assert office.sequencer.run() == 1
    assert (office.numbered()[-1][1]) == entry(1).to_bytes()


def test_two_sequencers_at_once_do_what_one_does(office: Office) -> None:
    office.write(900)
    done: list[int] = []
    errors: list[Exception] = []

    def run() -> None:
        engine = open_store(office.url)
        try:
            done.append(Sequencer(engine, lambda: START).run())
        except Exception as error:
            errors.append(error)
        finally:
            engine.dispose()

    both = [threading.Thread(target=run) for _ in range(2)]
    for each in both:
        each.start()
    office.write(50)
    for each in both:
        each.join()
    office.sequencer.run()
    assert errors == []
    numbers = [number for number, _ in office.numbered()]
    assert numbers == list(range(950))
    assert office.verdict(office.publish()).is_right


def test_somebody_elses_row_is_numbered_and_holds_nothing_up(office: Office) -> None:
    rows = [
        {"salt": new_salt(), "body": b"\xff no entry"},
        {"salt": b"short", "body": entry(0).to_bytes()},
    ]
    with office.engine.begin() as connection:
        connection.execute(insert(PendingEntry), rows)
    office.write(1)
    assert office.sequencer.run() == 3
    with reading(office.engine) as connection:
        acts = connection.execute(select(LogEntry.act).order_by(LogEntry.sequence)).scalars()
        assert list(acts) == [UNREADABLE, UNREADABLE, "reply"]
    assert office.verdict(office.publish()).is_right


def test_who_waited_while_another_log_began_numbers_in_that_one(
    office: Office, backend: str
) -> None:
    office.write(3)
    office.sequencer.run()
    office.write(2)
    done: list[int] = []
    engine = open_store(office.url)
    waiting = threading.Thread(target=lambda: done.append(Sequencer(engine, lambda: START).run()))
    begun = NoteSigner(f"{ORIGIN}/2-0a1b2c3d", office.key).verifier
    with office.engine.begin() as connection:
        LogInUse(connection)
        waiting.start()
        if backend == "postgresql":
            until(lambda: is_waited_for(office.engine), "somebody waits for the lock")
        LogInUse.begin(connection, 2, begun, Entry(START, Act.CONTINUE_LOG, Outcome.DONE, "log"))
    waiting.join()
    engine.dispose()
    assert done == [2]
    with stored_log(office.engine, 1) as old:
        assert old.size == 3
    with stored_log(office.engine) as new:
        assert [one.body for one in new.entries(1, 9)] == [entry(0).to_bytes(), entry(1).to_bytes()]


def is_waited_for(engine: Engine) -> bool:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with reading(engine) as connection:
        return bool(connection.execute(waiting).scalar_one())


def test_there_is_one_first_log(office: Office) -> None:
    office.write(2)
    office.sequencer.run()
    office.sequencer.begin(office.signer.verifier)
    assert len(office.numbered()) == 2


def test_without_a_log_nothing_is_lost(urls: Urls) -> None:
    engine = open_store(urls.main)
    upgrade(engine, Store.MAIN)
    with engine.begin() as connection:
        record(connection, entry(0))
    with pytest.raises(NoLogError):
        Sequencer(engine, lambda: START).run()
    with reading(engine) as connection:
        assert len(connection.execute(select(PendingEntry.id)).all()) == 1
    engine.dispose()


# -- checkpoints -------------------------------------------------------------------------------


def test_a_checkpoint_does_not_tell_how_much_was_done(office: Office) -> None:
    sizes = []
    for count in (0, 1, 100, 0):
        office.write(count)
        assert office.publisher.publish_if_due()
        sizes.append(newest(office.engine).size)
        office.now += timedelta(days=1)
    assert sizes == [0, 256, 512, 768]


def test_the_daily_one_is_made_once_a_day_at_its_hour(office: Office) -> None:
    assert office.publisher.publish_if_due()
    for hours in (1, 12, 22):
        office.now = START + timedelta(hours=hours)
        assert not office.publisher.publish_if_due()
    office.now = START + timedelta(hours=22, minutes=19)
    assert office.publisher.publish_if_due()
    assert not office.publisher.publish_if_due()


def test_asking_again_gives_the_same(office: Office) -> None:
    office.write(5)
    first = office.publisher.publish()
    assert office.publisher.publish() == first
    office.write(1)
    assert office.opened(office.publisher.publish()).size == 512


def test_the_key_of_another_log_signs_nothing(office: Office) -> None:
    other = NoteSigner("elsewhere.example.org/log", office.key)
    with pytest.raises(OtherLogError):
        Publisher(office.engine, other, lambda: START).publish()


def newest(engine: Engine) -> LogCheckpoint:
    query = select(LogCheckpoint.__table__).order_by(LogCheckpoint.size.desc()).limit(1)
    with reading(engine) as connection:
        return connection.execute(query).one()


# -- what a verifier finds ---------------------------------------------------------------------


@pytest.fixture
def published(office: Office) -> tuple[Office, Checkpoint]:
    """Two checkpoints of a log: one of 512 entries and one of 1,024."""
    office.write(400)
    office.publish()
    office.write(300)
    return office, office.publish()


def change(office: Office, statement: object) -> None:
    with office.engine.begin() as connection:
        connection.execute(statement)


def test_an_entry_that_was_changed_is_named(published: tuple[Office, Checkpoint]) -> None:
    office, checkpoint = published
    body = entry(77).to_bytes().replace(b"reply", b"close")
    change(office, update(LogEntry).where(LogEntry.sequence == 77).values(body=body))
    assert office.verdict(checkpoint).first_wrong == 77


def test_so_is_one_that_was_dropped(published: tuple[Office, Checkpoint]) -> None:
    office, checkpoint = published
    change(office, delete(LogEntry).where(LogEntry.sequence == 399))
    assert office.verdict(checkpoint).first_wrong == 399


def test_so_are_two_that_were_swapped(published: tuple[Office, Checkpoint]) -> None:
    office, checkpoint = published
    for before, after in ((5, -1), (6, 5), (-1, 6)):
        move = update(LogEntry).where(LogEntry.sequence == before)
        change(office, move.values(sequence=after))
    assert office.verdict(checkpoint).first_wrong == 5


def test_a_leaf_that_was_changed_with_its_entry(published: tuple[Office, Checkpoint]) -> None:
    """Whoever writes the leaf as well contradicts the tiles above, or the checkpoints."""
    office, checkpoint = published
    body = entry(300).to_bytes().replace(b"reply", b"close")
    with stored_log(office.engine) as log:
        salt = next(log.entries(300, 301)).salt
        hashes = bytearray(log.tile(Tile(0, 1)))
    assert salt is not None
    hashes[44 * 32 : 45 * 32] = leaf_hash(commitment(salt, body))
    change(office, update(LogEntry).where(LogEntry.sequence == 300).values(body=body))
    tile = update(LogTile).where(LogTile.level == 0, LogTile.number == 1)
    change(office, tile.values(hashes=bytes(hashes)))
    verdict = office.verdict(checkpoint)
    assert (verdict.first_wrong, verdict.first_torn) == (None, 256)
    assert (verdict.wrong_from, verdict.wrong_until) == (0, 512)


def test_a_history_that_was_rewritten_as_a_whole(published: tuple[Office, Checkpoint]) -> None:
    """Entries, tiles and checkpoints are made anew by the holder of the key: one was kept."""
    office, checkpoint = published
    for table in (LogEntry, LogTile, LogCheckpoint):
        change(office, delete(table))
    from tipline.audit.models import Log

    change(office, update(Log).values(size=0))
    office.write(800)
    assert office.publish().size == 1024
    verdict = office.verdict(checkpoint)
    assert not verdict.is_right
    assert (verdict.wrong_from, verdict.wrong_until) == (0, 1024)


def test_content_that_was_destroyed_leaves_its_leaf(published: tuple[Office, Checkpoint]) -> None:
    office, checkpoint = published
    gone = update(LogEntry).where(LogEntry.sequence < 10).values(salt=None, body=None)
    change(office, gone)
    verdict = office.verdict(checkpoint)
    assert verdict.is_right
    assert verdict.destroyed == (range(10),)


def test_a_log_that_was_cut_off(published: tuple[Office, Checkpoint]) -> None:
    office, checkpoint = published
    change(office, delete(LogEntry).where(LogEntry.sequence >= 512))
    assert office.verdict(checkpoint).first_wrong == 512


@pytest.mark.parametrize(
    "column",
    [
        {"actor": ""},
        {"act": "padding"},
        {"outcome": "refused"},
        {"thread_id": "e" * 32},
        {"line_id": "c" * 32},
        {"at": datetime(2020, 1, 1)},
        {"at": datetime(2026, 11, 20, 9, 41, 26, 3_000)},  # too late by three milliseconds
    ],
)
def test_an_entry_that_is_hidden_from_who_looks_for_it(
    column: dict[str, object], published: tuple[Office, Checkpoint]
) -> None:
    office, checkpoint = published
    change(office, update(LogEntry).where(LogEntry.sequence == 9).values(**column))
    verdict = office.verdict(checkpoint)
    assert not verdict.is_right
    assert verdict.first_hidden == 9
