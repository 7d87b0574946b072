"""The records worker: each entry gets one number, whatever happens to whoever gives it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import select, text, update

import config
from tests.support.house import House
from tests.workers.processes import ended, start, until
from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.entries import Entry
from tipline.audit.keys import RecordsKeys
from tipline.audit.models import Log, LogCheckpoint, LogEntry, PendingEntry
from tipline.audit.publishing import OtherLogError
from tipline.audit.reading import stored_log
from tipline.audit.recording import record
from tipline.audit.sequencing import BATCH
from tipline.audit.tiles import TILE_WIDTH
from tipline.audit.verifying import verify
from tipline.doorbell import Doorbell, QueueName
from workers.records import PROCESS, RecordsProcess

Worker = subprocess.Popen[str]
REFUSAL = "what the store has to say"
SHUT = {
    "sqlite": (
        "CREATE TRIGGER shut BEFORE INSERT ON audit_entries "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        "CREATE TRIGGER shut BEFORE INSERT ON audit_entries EXECUTE FUNCTION refuse()",
    ),
}
OPENED = {
    "sqlite": "DROP TRIGGER shut",
    "postgresql": "DROP TRIGGER shut ON audit_entries",
}


class Archive:
    """The log of a house, those who write to it, and the worker that keeps it."""

    def __init__(self, house: House, queue_url: str) -> None:
        self.house = house
        self.doorbell = Doorbell(queue_url)
        urls = house.urls_of(PROCESS)
        self.environment = {
            **house.environment,
            "TIPLINE_DATABASE_URL": urls.main,
            "TIPLINE_REDIS_URL": queue_url,
        }
        del self.environment["TIPLINE_PERISHABLE_URL"]
        self.written: list[bytes] = []
        self.log = ""
        keys = RecordsKeys.load(house.folders.records)
        self.verifier = keys.signer(keys.new_origin("https://tips.example.org")).verifier

    def write(self, count: int) -> None:
        """As a console does: with what its own role may do, and in one transaction."""
        entries = [entry(len(self.written) + number) for number in range(count)]
        with self.house.stores_of("console").main.begin() as connection:
            record(connection, *entries)
        self.written += [one.to_bytes() for one in entries]

    def ring(self) -> None:
        assert self.doorbell.ring(QueueName.RECORDS)

    def numbered(self) -> list[tuple[int, bytes]]:
        """All but what only fills checkpoints up."""
        query = select(LogEntry.sequence, LogEntry.body).where(LogEntry.act != Act.PADDING.value)
        with self.house.stores.main.connect() as connection:
            rows = connection.execute(query.order_by(LogEntry.sequence)).all()
        return [(row.sequence, row.body) for row in rows]

    def is_numbered(self) -> bool:
        """Whether each that was written has a number, in the order in which they were written."""
        return [body for _, body in self.numbered()] == self.written

    def checkpoints(self) -> list[Checkpoint]:
        """Those that are stored, each opened with the key that was made with the instance."""
        with stored_log(self.house.stores.main) as log:
            notes = list(log.checkpoints())
        return [open_checkpoint(note.encode(), [self.verifier])[0] for note in notes]

    def is_right(self, checkpoint: Checkpoint) -> bool:
        with stored_log(self.house.stores.main) as log:
            return verify(log, checkpoint, [self.verifier]).is_right

    @contextmanager
    def process(self, url: str = "https://tips.example.org") -> Iterator[RecordsProcess]:
        """The same in this process."""
        environment = {**self.environment, "TIPLINE_PUBLIC_URL": url}
        settings = config.RecordsSettings.from_environment(environment)
        process = RecordsProcess(settings, self.house.template.unlock_keys[PROCESS])
        yield process
        process.main.dispose()

    def start(self) -> Worker:
        unlock_key = self.house.template.unlock_keys[PROCESS]
        return start(self.environment, PROCESS, unlock_key=unlock_key)

    @contextmanager
    def working(self) -> Iterator[Worker]:
        """A worker that is told to stop, and does so without a word that it should not say."""
        worker = self.start()
        try:
            yield worker
            # What has to be done may be done before a second worker is there to be told anything.
            until(lambda: listens(self, worker), worker)
        finally:
            worker.send_signal(signal.SIGTERM)
            code, output, log = ended(worker)
            self.log += log
        assert (code, output) == (0, "")
        assert "Traceback" not in self.log


def entry(number: int) -> Entry:
    at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=number)
    return Entry(at, Act.REPLY, Outcome.DONE, "console", actor=f"{number:032x}", thread="d" * 32)


@pytest.fixture
def archive(house: House, valkey: redis.Redis, valkey_url: str) -> Archive:
    return Archive(house, valkey_url)


def test_what_a_console_wrote_is_numbered_and_published_once_a_day(archive: Archive) -> None:
    archive.write(5)
    with archive.working() as worker:
        until(archive.is_numbered, worker)
        archive.write(3)
        # Nobody rings: the sweep finds it.
        until(archive.is_numbered, worker)
        archive.write(1)
        archive.ring()
        until(archive.is_numbered, worker)
        (first,) = archive.checkpoints()
        assert archive.verifier.name == first.origin
        assert (first.size, archive.is_right(first)) == (TILE_WIDTH, True)
        move_a_day_back(archive)
        until(lambda: len(archive.checkpoints()) == 2, worker)
    _, second = archive.checkpoints()
    assert archive.is_right(second)
    assert archive.house.rows(PendingEntry) == []
    assert '"event": "worker_started"' in archive.log
    assert "failed" not in archive.log


def move_a_day_back(archive: Archive) -> None:
    """The only checkpoint: processes go by the real clock."""
    with archive.house.stores.main.begin() as connection:
        made_at = connection.execute(select(LogCheckpoint.made_at)).scalar_one()
        yesterday = made_at - timedelta(days=1)
        connection.execute(update(LogCheckpoint).values(made_at=yesterday))


def test_a_worker_that_is_killed_at_work_skips_nothing_and_numbers_nothing_twice(
    archive: Archive,
) -> None:
    for _ in range(3):
        before = len(archive.written)
        archive.write(6 * BATCH)
        worker = archive.start()
        until(lambda before=before: len(archive.numbered()) > before, worker)
        worker.kill()
        worker.communicate()
        done = [body for _, body in archive.numbered()]
        assert done == archive.written[: len(done)]
    with archive.working() as worker:
        until(archive.is_numbered, worker)
    assert archive.is_right(archive.checkpoints()[-1])


def test_two_workers_keep_one_log(archive: Archive) -> None:
    with archive.working() as one, archive.working() as other:
        for _ in range(10):
            archive.write(100)
            archive.ring()
        until(archive.is_numbered, one)
        until(lambda: len(archive.checkpoints()) > 0, other)
    assert len(archive.checkpoints()) == 1
    assert archive.is_right(archive.checkpoints()[0])
    assert len(archive.house.rows(Log)) == 1
    assert "failed" not in archive.log


def test_it_goes_on_when_the_log_can_be_written_again(archive: Archive, backend: str) -> None:
    archive.write(5)
    with archive.working() as worker:
        until(archive.is_numbered, worker)
        until(lambda: len(archive.checkpoints()) == 1, worker)
        shut(archive, SHUT[backend])
        archive.write(5)
        for _ in range(2):
            # The second ring is heard when what the first one began has ended.
            archive.ring()
            until(lambda: queue_is_empty(archive), worker)
        assert len(archive.numbered()) == 5
        assert len(archive.house.rows(PendingEntry)) == 5, "what waits goes on waiting"
        shut(archive, (OPENED[backend],))
        until(archive.is_numbered, worker)
    assert '"event": "drain_failed"' in archive.log
    assert REFUSAL not in archive.log
    assert archive.is_right(archive.checkpoints()[0])


def shut(archive: Archive, statements: tuple[str, ...]) -> None:
    with archive.house.stores.main.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def listens(archive: Archive, worker: Worker) -> bool:
    """Whether a worker has begun to look at its queue; before that a signal just ends it."""
    with redis.Redis.from_url(archive.doorbell.url) as queue:
        known = (queue.hmget(key, "pid", "state") for key in queue.scan_iter("rq:worker:*"))
        return [str(worker.pid).encode(), b"idle"] in map(list, known)


def queue_is_empty(archive: Archive) -> bool:
    connection = redis.Redis.from_url(archive.doorbell.url)
    try:
        return connection.llen("rq:queue:records") == 0
    finally:
        connection.close()


def test_the_log_of_another_key_gets_numbers_and_no_checkpoint(archive: Archive) -> None:
    other = {"number": 1, "origin": "tips.example.org/log/00000000", "size": 0, "vkey": "x"}
    with archive.house.stores.main.begin() as connection:
        connection.execute(Log.__table__.insert(), other)
    archive.write(3)
    with archive.process() as process, pytest.raises(OtherLogError):
        process.sweep()
    assert archive.is_numbered()
    assert archive.house.rows(LogCheckpoint) == []


def test_the_log_keeps_its_name_when_the_host_becomes_another(archive: Archive) -> None:
    with archive.process() as before:
        before.sweep()
    move_a_day_back(archive)
    with archive.process("https://elsewhere.example.org") as after:
        after.sweep()
    assert [one.origin for one in archive.checkpoints()] == [archive.verifier.name] * 2


def test_a_foreign_job_is_counted(archive: Archive) -> None:
    with archive.process() as process:
        process.report_foreign_job()
    assert archive.house.incidents() == {"foreign_job": 1}
