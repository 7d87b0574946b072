"""Checkpoints: at a fixed hour of each day, and when somebody asks for one.

A checkpoint says how many entries there are. So that this tells nobody how much was done, each is
filled up to full tiles with entries that say nothing, and on each day there is one tile at least.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, func, insert, select

from tipline.audit.checkpoints import Checkpoint
from tipline.audit.merkle import root
from tipline.audit.models import LogCheckpoint
from tipline.audit.sequencing import BATCH, LogInUse
from tipline.audit.signing_notes import NoteSigner, sign_note
from tipline.audit.tiles import TILE_WIDTH
from tipline.clock import Clock, stored
from tipline.errors import TiplineError

DAILY_AT: Final = time(8)  # UTC: at night where the first customers are


class OtherLogError(TiplineError):
    """The key that is here belongs to another log than the one in use."""

    code = "other_log"
    message = "The audit key in the key folder is not the one of the log in the database."


class Publisher:
    """Signs checkpoints of the log in use."""

    def __init__(self, engine: Engine, signer: NoteSigner, clock: Clock) -> None:
        """Take the main store and the log's key."""
        self._engine = engine
        self._signer = signer
        self._clock = clock

    def publish_if_due(self) -> bool:
        """Publish the daily checkpoint if its hour has come. Return whether it was published.

        Raises:
            NoLogError, OtherLogError: as `publish`.
        """
        now = self._clock()
        due = datetime.combine(now.date(), DAILY_AT, now.tzinfo)
        due = due if due <= now else due - timedelta(days=1)
        with self._engine.begin() as connection:
            log = self._own(connection)
            newest = select(func.max(LogCheckpoint.made_at)).where(
                LogCheckpoint.log == log.number, LogCheckpoint.is_daily
            )
            made_at = connection.execute(newest).scalar()
            if made_at is not None and made_at >= stored(due):
                return False
            self._publish(connection, log, now, is_daily=True)
        return True

    def publish(self) -> str:
        """Publish a checkpoint of all that was done until now, and return its note.

        Raises:
            NoLogError: there is no log.
            OtherLogError: its key is another one.
        """
        with self._engine.begin() as connection:
            return self._publish(connection, self._own(connection), self._clock(), is_daily=False)

    def _own(self, connection: Connection) -> LogInUse:
        log = LogInUse(connection)
        if log.origin != self._signer.verifier.name:
            raise OtherLogError
        return log

    def _publish(
        self, connection: Connection, log: LogInUse, now: datetime, *, is_daily: bool
    ) -> str:
        while log.append_waiting(BATCH, now) == BATCH:
            pass
        before = connection.execute(
            select(LogCheckpoint.size, LogCheckpoint.note)
            .where(LogCheckpoint.log == log.number)
            .order_by(LogCheckpoint.size.desc())
            .limit(1)
        ).one_or_none()
        if before is not None and before.size == log.size and not is_daily:
            return str(before.note)
        log.pad(TILE_WIDTH, now, at_least=int(is_daily and before is not None))
        tree = root(log.size, log.tiles.reader(log.size))
        text = Checkpoint(log.origin, log.size, tree).text()
        note = sign_note(text, self._signer).decode()
        row = {
            "log": log.number,
            "size": log.size,
            "made_at": stored(now),
            "is_daily": is_daily,
            "note": note,
        }
        connection.execute(insert(LogCheckpoint), row)
        return note
