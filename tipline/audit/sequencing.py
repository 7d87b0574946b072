"""Sequencing: entries that wait are numbered and appended to the log.

One transaction locks the log, takes all that waits, whenever it was committed and whatever its
number was there, appends it and takes it away. So a late commit is not skipped, and two sequencers
do one after the other what each would do alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, delete, insert, select, update

from tipline.audit.copies import copies_of
from tipline.audit.entries import OPEN, Entry, leaf_data, new_salt, padding
from tipline.audit.merkle import leaf_hash
from tipline.audit.models import Log, LogEntry, PendingEntry
from tipline.audit.names import FIRST
from tipline.audit.storing import StoredTiles
from tipline.audit.verifiers import Verifier
from tipline.clock import Clock
from tipline.db.upserts import insert_ignoring_existing
from tipline.errors import TiplineError

# At once: the store's write lock is held meanwhile.
BATCH: Final = 512


class NoLogError(TiplineError):
    """There is no log yet."""

    code = "no_log"
    message = "This instance has no log yet: the records worker makes it when it first starts."


class NoSuchLogError(TiplineError):
    """There is no log of a number."""

    code = "no_such_log"
    message = "This instance has no log of this number."


class LogInUse:
    """The newest log, locked for as long as the caller's transaction lasts."""

    def __init__(self, connection: Connection) -> None:
        """Lock it.

        Raises:
            NoLogError: there is none.
        """
        row = _locked(connection)
        # Another may have begun while the lock was waited for.
        while (newest := _locked(connection)).number != row.number:
            row = newest
        self._connection = connection
        self.number, self.origin, self.size = row.number, row.origin, row.size
        self.tiles = StoredTiles(connection, self.number)

    @classmethod
    def begin(cls, connection: Connection, number: int, verifier: Verifier, first: Entry) -> Self:
        """Make a log that goes on after another, with its first entry, which hides nothing.

        Whoever calls has locked the one before, if there is one.
        """
        log = {"number": number, "origin": verifier.name, "size": 0, "vkey": verifier.vkey()}
        connection.execute(insert(Log), log)
        begun = cls(connection)
        begun._append([(OPEN, first.to_bytes())], first.at)
        return begun

    def append_waiting(self, most: int, now: datetime) -> int:
        """Number what waits, the oldest first, at most so many. Return how many there were."""
        query = select(PendingEntry.id, PendingEntry.salt, PendingEntry.body)
        waiting = self._connection.execute(query.order_by(PendingEntry.id).limit(most)).all()
        if waiting:
            self._append([(row.salt, row.body) for row in waiting], now)
            done = PendingEntry.id.in_([row.id for row in waiting])
            self._connection.execute(delete(PendingEntry).where(done))
        return len(waiting)

    def pad(self, multiple: int, now: datetime, *, at_least: int = 0) -> None:
        """Append entries that say nothing until the log's size is such a multiple.

        `at_least`: how many, should it be one already.
        """
        missing = at_least + -(self.size + at_least) % multiple
        body = padding(now).to_bytes()
        if missing:
            self._append([(new_salt(), body) for _ in range(missing)], now)

    def _append(self, entries: Sequence[tuple[bytes, bytes]], now: datetime) -> None:
        rows = [
            _row(self.number, self.size + place, salt, body, now)
            for place, (salt, body) in enumerate(entries)
        ]
        self._connection.execute(insert(LogEntry), rows)
        leaves = (leaf_hash(row["commitment"]) for row in rows)
        self.size = self.tiles.append(self.size, leaves).size
        whole = update(Log).where(Log.number == self.number)
        self._connection.execute(whole.values(size=self.size))


class Sequencer:
    """Numbers entries. Any number of them may work on one log."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Take the main store."""
        self._engine = engine
        self._clock = clock

    def begin(self, verifier: Verifier) -> None:
        """Make the first log, with the name of its key, unless there is one."""
        log = {"number": FIRST, "origin": verifier.name, "size": 0, "vkey": verifier.vkey()}
        with self._engine.begin() as connection:
            insert_ignoring_existing(connection, Log, [log])

    def run(self) -> int:
        """Number all that waits. Return how many entries it was.

        Raises:
            NoLogError: there is no log.
        """
        total = 0
        while True:
            with self._engine.begin() as connection:
                done = LogInUse(connection).append_waiting(BATCH, self._clock())
            total += done
            if done < BATCH:
                return total


def _row(log: int, sequence: int, salt: bytes, body: bytes, now: datetime) -> dict[str, Any]:
    return {
        "log": log,
        "sequence": sequence,
        "salt": salt,
        "body": body,
        "commitment": leaf_data(sequence, salt, body),
        **copies_of(sequence, salt, body, now)._asdict(),
    }


def _locked(connection: Connection) -> Any:
    query = select(Log.number, Log.origin, Log.size).order_by(Log.number.desc()).limit(1)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NoLogError
    return row
