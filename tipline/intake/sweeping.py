"""Sweeping what the intake worker leaves behind: orphans, old dedupe tags, expired opt-outs."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from tipline.clock import Clock, day_of
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.envelopes.models import DedupeTag
from tipline.identity.models import AddressTag, Contact, Suppression
from tipline.mailboxes.models import Mailbox
from tipline.threads.models import EraseKey, Thread

# A captured webhook replays for ever, so its tag is kept much longer than the envelope.
DEDUPE_LIFETIME = timedelta(days=400)
PAUSE = timedelta(minutes=10)
IN_FLIGHT = timedelta(minutes=5)


class Sweeper:
    """Removes what leads nowhere, every ten minutes."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        """Take both stores."""
        self._stores = stores
        self._clock = clock
        self._last: datetime | None = None
        self._suspects: dict[str, datetime] = {}

    def sweep(self) -> None:
        """Sweep unless it was done in the last ten minutes."""
        now = self._clock()
        if self._last is not None and now - self._last < PAUSE:
            return
        self._last = now
        self._forget_expired(now)
        self._remove_orphans(now)

    def _forget_expired(self, now: datetime) -> None:
        old = DedupeTag.day < day_of(now - DEDUPE_LIFETIME)
        with self._stores.main.begin() as connection:
            connection.execute(delete(DedupeTag).where(old))
        with self._stores.perishable.begin() as connection:
            connection.execute(delete(Suppression).where(Suppression.expires < day_of(now)))

    def _remove_orphans(self, now: datetime) -> None:
        """Remove perishable rows whose thread never reached the main store.

        A batch that is being committed looks the same for a moment, so an orphan goes only when it
        is seen a second time, minutes later.
        """
        with reading(self._stores.perishable) as connection:
            keyed = set(connection.execute(select(EraseKey.thread_id)).scalars())
        with reading(self._stores.main) as connection:
            orphans = keyed - set(connection.execute(select(Thread.id)).scalars())
        self._suspects = {name: self._suspects.get(name, now) for name in orphans}
        gone = [name for name, since in self._suspects.items() if now - since >= IN_FLIGHT]
        if not gone:
            return
        with self._stores.perishable.begin() as connection:
            for model in (EraseKey, Contact, AddressTag, Mailbox):
                connection.execute(delete(model).where(model.thread_id.in_(gone)))
