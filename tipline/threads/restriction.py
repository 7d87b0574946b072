"""Restricting a thread to named members: a tip about a colleague is not for the whole line.

Keys decide, not a condition in a query: the thread's private key is sealed to each named member's
own key and to the line's recovery key, and the copy that was sealed to the line is removed. Whoever
opened the thread before may have kept what they read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, case, delete, insert, select, update

from tipline.crypto.errors import NotAuthenticError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.db.upserts import insert_or_replace
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle
from tipline.lines.holders import key_holders_in
from tipline.lines.keyrings import LineKeyring
from tipline.lines.registry import lock_line
from tipline.threads.events import Event, note_event
from tipline.threads.grants import Holder, grant_row, grant_signed
from tipline.threads.keys import wrap_thread_key
from tipline.threads.models import DraftRow, Thread, ThreadGrant
from tipline.threads.reading import OpenThread, ThreadSummary, erase_key_of, visible_to

# Of a line with more key holders than this, at least as many are named: one alone may lose the key.
FEWEST_NAMED = 2
IDS_IN_A_STATEMENT = 500


class RestrictionChangedError(TiplineError):
    """Somebody else restricted the thread, or lifted that, since the page was loaded."""

    code = "restriction_changed"
    message = marked("Somebody else has just changed who may read this thread. Look at it again.")


class MustNameOneselfError(TiplineError):
    """A member would lock themselves out."""

    code = "must_name_oneself"
    message = marked("You must be one of the named members.")


class NameAnotherError(TiplineError):
    """A single member was named, of a line that has others."""

    code = "name_another"
    message = marked(
        "Name at least one member besides yourself: should you lose your key, nobody on the line "
        "could open this thread any more."
    )


class NotAHolderError(TiplineError):
    """Somebody who is named was removed from the line, or has another key, since the page."""

    code = "not_a_holder"
    message = marked(
        "Somebody whom you named does not hold this line's keys any more, so nothing was changed. "
        "Look at the members again."
    )


def _nothing(_connection: Connection) -> None:
    """Do no more."""


@dataclass(frozen=True, slots=True, repr=False)
class Restrictor:
    """Restricts threads for one member who holds the line's keys, at one moment."""

    stores: Stores
    bundle: LineBundle
    author: str
    now: datetime

    def restrict(
        self,
        thread: OpenThread,
        holders: Sequence[Holder],
        forget: Callable[[Connection], None] = _nothing,
    ) -> None:
        """Seal a thread to holders (named members, and the recovery key) alone.

        `forget` is called with the perishable transaction that deletes the drafts of others; it
        removes what else repeats the thread's words. That is committed before the restriction.

        Raises:
            MustNameOneselfError: the author is not among them.
            NameAnotherError: the author is the only one, of a line with several others.
            NotAHolderError: one of them does not hold the line's keys.
            RestrictionChangedError: it is restricted already.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        named = [holder for holder in holders if holder.id != RECOVERY_HOLDER]
        ids = [holder.id for holder in named]
        if self.author not in ids:
            raise MustNameOneselfError
        erase_key = erase_key_of(self.stores, thread.summary.id)
        rows = [self._row(thread, erase_key, holder) for holder in holders]
        statement = update(Thread).where(
            Thread.id == thread.summary.id, Thread.is_restricted.is_(False)
        )
        with self.stores.main.begin() as connection:
            if self._check_holders(connection, named) > FEWEST_NAMED > len(named):
                raise NameAnotherError
            self._change_one(
                connection,
                # A re-sealing that read the thread before is guarded by the generation it read.
                statement.values(
                    is_restricted=True,
                    wrapped_private=b"",
                    line_generation=self.bundle.generation,
                    assignee=case((Thread.assignee.in_(ids), Thread.assignee), else_=None),
                ),
            )
            connection.execute(
                delete(ThreadGrant).where(ThreadGrant.thread_id == thread.summary.id)
            )
            connection.execute(insert(ThreadGrant), rows)
            self._note(connection, thread, Event.RESTRICTED, ",".join(ids))
            # Committed first: a crash in between must not leave words that others still find.
            with self.stores.perishable.begin() as perishable:
                self._drop_drafts_of_others(perishable, thread, ids)
                forget(perishable)

    def name(self, thread: OpenThread, holder: Holder) -> None:
        """Let one more member read a restricted thread, or one whose own key has changed.

        Raises:
            NotAHolderError: the member does not hold the line's keys.
            RestrictionChangedError: it is not restricted any more.
            NoSuchThreadError: it was destroyed meanwhile.
        """
        erase_key = erase_key_of(self.stores, thread.summary.id)
        row = self._row(thread, erase_key, holder)
        statement = update(Thread).where(
            Thread.id == thread.summary.id, Thread.is_restricted.is_(True)
        )
        with self.stores.main.begin() as connection:
            self._check_holders(connection, [holder])
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

    def _check_holders(self, connection: Connection, named: Sequence[Holder]) -> int:
        """Check that members hold the line's keys, and keep it so until the commit.

        Return how many do altogether. Else a removal that runs at the same time would leave a
        grant to whoever was removed.

        Raises:
            NotAHolderError: one of them does not.
        """
        lock_line(connection, self.bundle.line_id)
        present = {one.id: one.public.raw for one in key_holders_in(connection, self.bundle)}
        if any(present.get(holder.id) != holder.public.raw for holder in named):
            raise NotAHolderError
        return len(present)

    def _change_one(self, connection: Connection, statement: Update) -> None:
        if connection.execute(statement).rowcount != 1:
            raise RestrictionChangedError

    def _note(
        self, connection: Connection, thread: OpenThread, event: Event, detail: str = ""
    ) -> None:
        note_event(
            connection, thread, self.bundle, event, author=self.author, at=self.now, detail=detail
        )

    def _drop_drafts_of_others(
        self, connection: Connection, thread: OpenThread, named: Sequence[str]
    ) -> None:
        """What others had begun to write may repeat what they must not read any more."""
        others = delete(DraftRow).where(
            DraftRow.thread_id == thread.summary.id, DraftRow.member_id.not_in(named)
        )
        connection.execute(others)


def find_restricted(stores: Stores, line_id: str, alias: str) -> str | None:
    """Return the id of a line's restricted thread, or None when none has this alias."""
    query = select(Thread.id).where(
        Thread.line_id == line_id, Thread.alias == alias, Thread.is_restricted.is_(True)
    )
    with reading(stores.main) as connection:
        found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def is_readable(stores: Stores, line_id: str, alias: str, member_id: str) -> bool:
    """Tell whether a thread is there for a member who holds the line's keys."""
    query = select(Thread.id).where(
        Thread.line_id == line_id, Thread.alias == alias, visible_to(member_id)
    )
    with reading(stores.main) as connection:
        return connection.execute(query).first() is not None


def named_members(
    stores: Stores, thread: ThreadSummary, line: LineKeyring, holders: Sequence[Holder]
) -> list[str]:
    """Return the ids of those of some holders to whom a thread is authentically sealed."""
    return named_in(stores, thread.line_id, [thread.id], line, holders)[thread.id]


def named_in(
    stores: Stores,
    line_id: str,
    thread_ids: Sequence[str],
    line: LineKeyring,
    holders: Sequence[Holder],
) -> dict[str, list[str]]:
    """Return for each of some threads of a line what `named_members` does."""
    by_id = {holder.id: holder for holder in holders}
    found: dict[str, list[str]] = {thread_id: [] for thread_id in thread_ids}
    with reading(stores.main) as connection:
        for start in range(0, len(thread_ids), IDS_IN_A_STATEMENT):
            some = thread_ids[start : start + IDS_IN_A_STATEMENT]
            for row in connection.execute(_GRANTS.where(ThreadGrant.thread_id.in_(some))):
                if row.holder in by_id and _is_signed(line_id, row, line, by_id[row.holder]):
                    found[row.thread_id].append(row.holder)
    return found


_GRANTS = select(
    ThreadGrant.thread_id, ThreadGrant.holder, ThreadGrant.sealed, ThreadGrant.signature
)


def _is_signed(line_id: str, row: Any, line: LineKeyring, holder: Holder) -> bool:
    try:
        line.check(*grant_signed(line_id, row.thread_id, holder, row.sealed, row.signature))
    except NotAuthenticError:
        return False
    return True
