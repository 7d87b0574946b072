"""Restricting a thread to named members: a tip about a colleague is not for the whole line.

Keys decide, not a condition in a query: the thread's private key is sealed to each named member's
own key and to the line's recovery key, and the copy that was sealed to the line is removed. Whoever
opened the thread before may have kept what they read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, insert, select, update

from tipline.crypto.errors import NotAuthenticError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.db.upserts import insert_or_replace
from tipline.errors import TiplineError
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle
from tipline.lines.keyrings import LineKeyring
from tipline.threads.events import Event, note_event
from tipline.threads.grants import Holder, grant_row, grant_signed
from tipline.threads.keys import wrap_thread_key
from tipline.threads.models import DraftRow, Thread, ThreadGrant
from tipline.threads.reading import OpenThread, erase_key_of


class RestrictionChangedError(TiplineError):
    """Somebody else restricted the thread, or lifted that, since the page was loaded."""

    code = "restriction_changed"
    message = "Somebody else has just changed who may read this thread. Look at it again."


class MustNameOneselfError(TiplineError):
    """A member would lock themselves out."""

    code = "must_name_oneself"
    message = "You must be one of the named members."


@dataclass(frozen=True, slots=True, repr=False)
class Restrictor:
    """Restricts threads for one member who holds the line's keys, at one moment."""

    stores: Stores
    bundle: LineBundle
    author: str
    now: datetime

    def restrict(self, thread: OpenThread, holders: Sequence[Holder]) -> None:
        """Seal a thread to holders (named members, and the recovery key if it is known) alone.

        Raises:
            MustNameOneselfError: the author is not among them.
            RestrictionChangedError: it is restricted already.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        named = [holder.id for holder in holders if holder.id != RECOVERY_HOLDER]
        if self.author not in named:
            raise MustNameOneselfError
        erase_key = erase_key_of(self.stores, thread.summary.id)
        rows = [self._row(thread, erase_key, holder) for holder in holders]
        statement = update(Thread).where(
            Thread.id == thread.summary.id, Thread.is_restricted.is_(False)
        )
        with self.stores.main.begin() as connection:
            self._change_one(
                connection,
                # A re-sealing that read the thread before is guarded by the generation it read.
                statement.values(
                    is_restricted=True,
                    wrapped_private=b"",
                    line_generation=self.bundle.generation,
                    assignee=case((Thread.assignee.in_(named), Thread.assignee), else_=None),
                ),
            )
            connection.execute(
                delete(ThreadGrant).where(ThreadGrant.thread_id == thread.summary.id)
            )
            connection.execute(insert(ThreadGrant), rows)
            self._note(connection, thread, Event.RESTRICTED, ",".join(named))
        self._drop_drafts_of_others(thread, named)

    def name(self, thread: OpenThread, holder: Holder) -> None:
        """Let one more member read a restricted thread, or one whose own key has changed.

        Raises:
            RestrictionChangedError: it is not restricted any more.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        erase_key = erase_key_of(self.stores, thread.summary.id)
        row = self._row(thread, erase_key, holder)
        statement = update(Thread).where(
            Thread.id == thread.summary.id, Thread.is_restricted.is_(True)
        )
        with self.stores.main.begin() as connection:
            self._change_one(connection, statement.values(is_restricted=True))
            key = {"thread_id": row.pop("thread_id"), "holder": row.pop("holder")}
            insert_or_replace(connection, ThreadGrant, key, row)
            self._note(connection, thread, Event.NAMED, holder.id)

    def lift(self, thread: OpenThread) -> None:
        """Seal a restricted thread to the whole line again, under its newest keys.

        Raises:
            RestrictionChangedError: it is not restricted any more.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        summary, bundle = thread.summary, self.bundle
        erase_key = erase_key_of(self.stores, summary.id)
        wrapped = wrap_thread_key(
            thread.key,
            erase_key,
            bundle.opening.public,
            summary.line_id,
            summary.id,
            bundle.generation,
        )
        statement = update(Thread).where(Thread.id == summary.id, Thread.is_restricted.is_(True))
        with self.stores.main.begin() as connection:
            self._change_one(
                connection,
                statement.values(
                    is_restricted=False,
                    wrapped_private=wrapped,
                    line_generation=bundle.generation,
                ),
            )
            connection.execute(delete(ThreadGrant).where(ThreadGrant.thread_id == summary.id))
            self._note(connection, thread, Event.UNRESTRICTED)

    def _row(self, thread: OpenThread, erase_key: bytes, holder: Holder) -> dict[str, object]:
        return grant_row(thread.key, erase_key, self.bundle, thread.summary.id, holder)

    def _change_one(self, connection: Connection, statement: object) -> None:
        if connection.execute(statement).rowcount != 1:  # type: ignore[call-overload]
            raise RestrictionChangedError

    def _note(
        self, connection: Connection, thread: OpenThread, event: Event, detail: str = ""
    ) -> None:
        note_event(
            connection, thread, self.bundle, event, author=self.author, at=self.now, detail=detail
        )

    def _drop_drafts_of_others(self, thread: OpenThread, named: list[str]) -> None:
        """What others had begun to write may repeat what they must not read any more."""
        others = delete(DraftRow).where(
            DraftRow.thread_id == thread.summary.id, DraftRow.member_id.not_in(named)
        )
        with self.stores.perishable.begin() as connection:
            connection.execute(others)


def named_members(
    stores: Stores, thread: OpenThread, line: LineKeyring, holders: Sequence[Holder]
) -> list[str]:
    """Return the ids of those of some holders to whom a thread is authentically sealed."""
    by_id = {holder.id: holder for holder in holders}
    query = select(ThreadGrant.holder, ThreadGrant.sealed, ThreadGrant.signature).where(
        ThreadGrant.thread_id == thread.summary.id
    )
    with reading(stores.main) as connection:
        rows = connection.execute(query).all()
    found = []
    for row in rows:
        if row.holder not in by_id:
            continue
        summary = thread.summary
        try:
            line.check(
                *grant_signed(
                    summary.line_id, summary.id, by_id[row.holder], row.sealed, row.signature
                )
            )
        except NotAuthenticError:
            continue
        found.append(row.holder)
    return found
