"""Sweeping what the intake worker leaves behind: orphans, and what is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from tipline.approvals.services import forget_old_requests
from tipline.clock import Clock, day_of, stored
from tipline.crypto.encoding import key_id_of
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.envelopes.models import DEDUPE_LIFETIME, DedupeTag
from tipline.identity.models import AddressTag, Contact, DetailTag, OpenEnd, Suppression
from tipline.mailboxes.models import Letter, Mailbox
from tipline.members.models import Member
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.models import PublishedKey
from tipline.threads.models import DraftRow, EraseKey, Thread, ThreadState

PAUSE = timedelta(minutes=10)
IN_FLIGHT = timedelta(minutes=5)


class Sweeper:
    """Removes what leads nowhere, every ten minutes."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        """Take both stores."""
        self._stores = stores
        self._clock = clock
        self._last: datetime | None = None
        self._suspects: dict[tuple[str, bool], datetime] = {}
        self._dead_drafts: dict[tuple[str, str, bytes], datetime] = {}
        self._dead_memories: dict[str, datetime] = {}

    def sweep(self) -> None:
        """Sweep unless it was done in the last ten minutes."""
        now = self._clock()
        if self._last is not None and now - self._last < PAUSE:
            return
        self._last = now
        self._forget_expired(now)
        self._remove_orphans(now)
        self._remove_dead_drafts(now)
        self._remove_dead_memories(now)
        self._remove_closed_ends()

    def _forget_expired(self, now: datetime) -> None:
        old = DedupeTag.day < day_of(now - DEDUPE_LIFETIME)
        with self._stores.main.begin() as connection:
            connection.execute(delete(DedupeTag).where(old))
        with self._stores.perishable.begin() as connection:
            connection.execute(delete(Suppression).where(Suppression.expires < day_of(now)))
            forget_old_requests(connection, stored(now))

    def _remove_orphans(self, now: datetime) -> None:
        """Remove perishable rows whose thread never reached the main store.

        A batch that is being committed looks the same for a moment, so an orphan goes only when it
        is seen a second time, minutes later.
        """
        with reading(self._stores.perishable) as connection:
            keyed = _thread_ids(connection, EraseKey)
            boxed = _thread_ids(connection, Mailbox)
            lettered = _thread_ids(connection, Letter)
        with reading(self._stores.main) as connection:
            states = select(Thread.id, Thread.state)
            known = {row.id: row.state for row in connection.execute(states)}
        closed = {name for name, state in known.items() if state == ThreadState.OPTED_OUT.value}
        # Without its erase key a thread is destroyed, and a closed one has no way back: a crash,
        # or a letter on its way, left these. Letters without a mailbox lead nowhere, either.
        unreachable = ((boxed | lettered) & (closed | (known.keys() - keyed))) | (lettered - boxed)
        orphans = (keyed | boxed | lettered) - known.keys()
        seen = {(name, True) for name in orphans} | {(name, False) for name in unreachable}
        self._suspects = {one: self._suspects.get(one, now) for one in seen}
        gone = {one for one, since in self._suspects.items() if now - since >= IN_FLIGHT}
        whole = [name for name, is_whole in gone if is_whole]
        mailboxes = [name for name, is_whole in gone if not is_whole]
        if not gone:
            return
        with self._stores.perishable.begin() as connection:
            _remove(connection, (EraseKey, Contact, AddressTag), whole)
            _remove(connection, (Letter, Mailbox), whole + mailboxes)

    def _remove_dead_drafts(self, now: datetime) -> None:
        """Remove drafts that nobody can send: what was written of a tip must not outlive it.

        Their thread is destroyed, or its resident has closed the way back; or they are sealed to a
        key that is not its member's any more, or never became it, because something was killed
        while the member was given a new one. That looks the same while it is being done, so these,
        too, go when they are seen a second time.
        """
        with reading(self._stores.perishable) as connection:
            query = select(DraftRow.thread_id, DraftRow.member_id, DraftRow.key_id)
            drafts = {(*row[:2], row.key_id) for row in connection.execute(query)}
            keyed = _thread_ids(connection, EraseKey) if drafts else set()
        with reading(self._stores.main) as connection:
            living = select(Thread.id).where(Thread.state != ThreadState.OPTED_OUT.value)
            known = set(connection.execute(living).scalars()) if drafts else set()
            members = connection.execute(select(Member.id, Member.public)) if drafts else ()
            keys = {(row.id, key_id_of(row.public)) for row in members}
        alive = {one for one in drafts if one[0] in keyed & known and one[1:] in keys}
        self._dead_drafts = {one: self._dead_drafts.get(one, now) for one in drafts - alive}
        gone = [one for one, since in self._dead_drafts.items() if now - since >= IN_FLIGHT]
        if not gone:
            return
        with self._stores.perishable.begin() as connection:
            for thread, member, key in gone:
                connection.execute(
                    delete(DraftRow).where(
                        DraftRow.thread_id == thread,
                        DraftRow.member_id == member,
                        DraftRow.key_id == key,
                    )
                )

    def _remove_dead_memories(self, now: datetime) -> None:
        """Remove what is remembered of threads to which nothing can be added any more.

        A batch that is being committed looks the same, so it goes when it is seen a second time.
        """
        with reading(self._stores.perishable) as connection:
            remembered = _thread_ids(connection, DetailTag) | _thread_ids(connection, OpenEnd)
            keyed = _thread_ids(connection, EraseKey) if remembered else set()
        with reading(self._stores.main) as connection:
            living = select(Thread.id).where(Thread.state != ThreadState.OPTED_OUT.value)
            known = set(connection.execute(living).scalars()) if remembered else set()
        dead = remembered - (keyed & known)
        self._dead_memories = {one: self._dead_memories.get(one, now) for one in dead}
        gone = [one for one, since in self._dead_memories.items() if now - since >= IN_FLIGHT]
        if gone:
            with self._stores.perishable.begin() as connection:
                _remove(connection, (DetailTag, OpenEnd), gone)

    def _remove_closed_ends(self) -> None:
        """Remove open ends whose key is destroyed: nobody reads them any more."""
        with reading(self._stores.perishable) as connection:
            used = set(connection.execute(select(OpenEnd.key_id).distinct()).scalars())
        with reading(self._stores.main) as connection:
            public = select(PublishedKey.public).where(PublishedKey.kind == KeyKind.INTAKE.value)
            living = {key_id_of(key) for key in connection.execute(public).scalars()}
        if used - living:
            with self._stores.perishable.begin() as connection:
                connection.execute(delete(OpenEnd).where(OpenEnd.key_id.in_(used - living)))


def _thread_ids(connection: Connection, model: Any) -> set[str]:
    return set(connection.execute(select(model.thread_id).distinct()).scalars())


def _remove(connection: Connection, models: tuple[Any, ...], threads: list[str]) -> None:
    for model in models if threads else ():
        connection.execute(delete(model).where(model.thread_id.in_(threads)))
