"""Having the provider erase its copies, with patience: it often refuses for an hour or so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Integer, bindparam, delete, func, or_, select, update

from tipline import logs
from tipline.clock import Clock, stored
from tipline.crypto.errors import CannotOpenError, KeyMissingError
from tipline.crypto.sealing import SealingKey, sealed_key_id
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.models import ProviderRecord
from tipline.delivery.provider import Provider, ProviderBusyError
from tipline.delivery.records import ProviderHolding, RecordState, record_context
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing

FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600
# Records a second. Erasing is paced: it would take the machine, and the provider's patience, from
# what somebody waits for. In a flood those who write meanwhile need the machine more.
USUAL_PACE = 50.0
FLOOD_PACE = 10.0
DUE_COLUMNS = (
    ProviderRecord.id,
    ProviderRecord.uid,
    ProviderRecord.thread_id,
    ProviderRecord.sealed,
    ProviderRecord.attempts,
)
# Built once: building them costs more than running them.
DUE = (
    select(*DUE_COLUMNS)
    .where(
        or_(
            ProviderRecord.state == RecordState.ERASE.value,
            ProviderRecord.state == RecordState.PENDING.value,
        ),
        ProviderRecord.not_before <= bindparam("now"),
    )
    .order_by(ProviderRecord.id)
    .limit(bindparam("most", type_=Integer))
)
NEWEST = select(func.max(ProviderRecord.id))
REMOVE = delete(ProviderRecord).where(ProviderRecord.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True, repr=False)
class DueRecord:
    """A record whose message is to be erased at the provider now."""

    id: int
    uid: bytes
    thread_id: str
    sealed: bytes
    attempts: int


class Pace:
    """How soon more may be erased: `USUAL_PACE` records a second, and `FLOOD_PACE` in a flood.

    A flood is when more records come than can be erased. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        """Begin with a record of which it is not known when it came."""
        self._newest: int | None = None
        self._asked_at = 0.0

    def pause_after(self, erased: int, newest: int, now: float) -> float:
        """Return after how many seconds the next records may be erased.

        `newest`: the highest id of a record so far; ids grow by one for each record that comes.
        """
        before = newest if self._newest is None else self._newest
        is_flood = newest - before > USUAL_PACE * (now - self._asked_at)
        # Another worker may have erased all of them, and then the highest is none.
        self._newest, self._asked_at = max(newest, before), now
        return erased / (FLOOD_PACE if is_flood else USUAL_PACE)


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases at the provider, and keeps records readable over the daily change of keys."""

    stores: Stores
    daily: KeyRing
    published: PublishedKeys
    provider: Provider
    clock: Clock

    def due(self, most: int) -> list[DueRecord]:
        """Return records that can be tried now."""
        values = {"now": stored(self.clock()), "most": most}
        with reading(self.stores.main) as connection:
            return [DueRecord(*row) for row in connection.execute(DUE, values)]

    def newest(self) -> int:
        """Return the highest id of a record that is not erased yet, 0 if there is none."""
        with reading(self.stores.main) as connection:
            return connection.execute(NEWEST).scalar_one() or 0

    def erase(self, record: DueRecord) -> bool:
        """Ask the provider. Return whether the record is done with; raises nothing."""
        try:
            self.provider.erase(self._open(record).provider_id)
        except (CannotOpenError, KeyMissingError) as error:
            # Nobody can ever tell the provider which message this was.
            logs.failure("record_unopenable", error)
        except ProviderBusyError:
            return False
        except Exception as error:
            logs.failure("erasing_failed", error)
            return False
        return True

    def settle(self, records: Sequence[DueRecord], are_done: Sequence[bool]) -> None:
        """Remove the records that are done with and postpone the others, in one transaction."""
        pairs = list(zip(records, are_done, strict=True))
        done = [record.id for record, is_done in pairs if is_done]
        with self.stores.main.begin() as connection:
            connection.execute(REMOVE, {"ids": done})
            for record in (record for record, is_done in pairs if not is_done):
                self._postpone(connection, record)

    def renew(self, most: int) -> int:
        """Seal records of past days to today's key, so that the past keys can be destroyed."""
        key = self.published.current(KeyKind.DELIVERY)
        query = select(*DUE_COLUMNS).where(ProviderRecord.key_id != key.key_id).limit(most)
        with self.stores.main.begin() as connection:
            old = [DueRecord(*row) for row in connection.execute(query.with_for_update())]
            for record in old:
                self._renew_one(connection, record, key)
        return len(old)

    def _renew_one(self, connection: Connection, record: DueRecord, key: SealingKey) -> None:
        try:
            holding = self._open(record)
        except (CannotOpenError, KeyMissingError) as error:
            # It must neither stop the others nor keep a past key alive.
            logs.failure("record_unopenable", error)
            connection.execute(delete(ProviderRecord).where(ProviderRecord.id == record.id))
            return
        sealed = key.seal(holding.to_bytes(), record_context(record.uid, record.thread_id), 1024)
        statement = update(ProviderRecord).where(ProviderRecord.id == record.id)
        connection.execute(statement.values(sealed=sealed, key_id=key.key_id))

    def _open(self, record: DueRecord) -> ProviderHolding:
        key = self.daily.opening_key(sealed_key_id(record.sealed))
        context = record_context(record.uid, record.thread_id)
        return ProviderHolding.from_bytes(key.open(record.sealed, context))

    def _postpone(self, connection: Connection, record: DueRecord) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(record.attempts, 10), LONGEST_PAUSE_SECONDS)
        later = stored(self.clock() + timedelta(seconds=pause))
        statement = update(ProviderRecord).where(ProviderRecord.id == record.id)
        connection.execute(statement.values(attempts=record.attempts + 1, not_before=later))
