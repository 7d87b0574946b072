"""A member's new key takes over what of the threads was sealed to the one before.

Grants of restricted threads and saved filters lie in the main store and change with the key, in one
transaction. Drafts lie in the other one: they are kept for both keys until the new one is the
member's, and whichever is not goes then, or is swept after a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.lines.succession import Successor, TakenOver
from tipline.threads.drafts import PURPOSE, draft_context, sealed_draft
from tipline.threads.grants import Holder, MemberGrant, grant_row, open_granted_key
from tipline.threads.keys import check_thread_key
from tipline.threads.models import DraftRow, EraseKey, Thread, ThreadGrant
from tipline.threads.saved_filters import FilterShelf

IDS_IN_A_STATEMENT = 500


@dataclass(frozen=True, slots=True, repr=False)
class ThreadSuccession:
    """Hands over what one member holds of threads, with the line keys that were taken over."""

    stores: Stores
    intake_pin: VerifyingKey
    successor: Successor
    lines: TakenOver

    def take_over(self, connection: Connection) -> int:
        """Seal grants and saved filters to the new key; return how many grants did not open.

        Such a grant was of no use before, and is deleted; so is that of a destroyed thread, which
        does not count. The caller's transaction, of the main store, has locked the lines.
        """
        one = self.successor
        query = (
            select(
                ThreadGrant.thread_id,
                ThreadGrant.sealed,
                ThreadGrant.signature.label("grant_signature"),
                Thread.line_id,
                Thread.alias,
                Thread.public,
                Thread.signature,
            )
            .join(Thread, Thread.id == ThreadGrant.thread_id)
            .where(ThreadGrant.holder == one.member_id)
        )
        rows = connection.execute(query).all()
        erase_keys = self._erase_keys([row.thread_id for row in rows])
        living = [row for row in rows if row.thread_id in erase_keys]
        fresh = [self._resealed(row, erase_keys[row.thread_id]) for row in living]
        kept = [row for row in fresh if row]
        connection.execute(delete(ThreadGrant).where(ThreadGrant.holder == one.member_id))
        if kept:
            connection.execute(insert(ThreadGrant), kept)
        FilterShelf(self.stores, one.member_id, one.old).hand_over(connection, one.new)
        return len(fresh) - len(kept)

    def copy_drafts(self, main: Connection, perishable: Connection) -> None:
        """Keep the member's drafts for the new key as well. One that does not open is left out."""
        one = self.successor
        query = select(DraftRow.thread_id, DraftRow.sealed, DraftRow.signature).where(
            DraftRow.member_id == one.member_id, DraftRow.key_id == one.old.public.key_id
        )
        rows = perishable.execute(query).all()
        lines = _lines_of(main, [row.thread_id for row in rows])
        copies = [self._copied(row, lines.get(row.thread_id, "")) for row in rows]
        kept = [copy for copy in copies if copy]
        if kept:
            perishable.execute(insert(DraftRow), kept)

    def _resealed(self, row: Any, erase_key: bytes) -> dict[str, Any] | None:
        """Return a thread's grant to the new key; None if there is none that was authentic."""
        one, keyring = self.successor, self.lines.keyrings.get(row.line_id)
        if keyring is None:
            return None
        grant = MemberGrant(one.member_id, one.old, row.sealed, row.grant_signature)
        thread = (row.line_id, row.thread_id)
        try:
            public = check_thread_key(
                self.intake_pin, *thread, row.alias, row.public, row.signature
            )
            keyring.check(*grant.signed(*thread))
            key = open_granted_key(grant, erase_key, *thread, public)
        except (NotAuthenticError, CannotOpenError):
            return None
        holder = Holder(one.member_id, one.new.public)
        return grant_row(key, erase_key, keyring.newest, row.thread_id, holder)

    def _copied(self, row: Any, line_id: str) -> dict[str, Any] | None:
        one, keyring = self.successor, self.lines.keyrings.get(line_id)
        if keyring is None:
            return None
        context = draft_context(line_id, row.thread_id, one.member_id)
        try:
            keyring.check(row.signature, PURPOSE, context.info(), row.sealed)
            content = one.old.open(row.sealed, context)
        except (NotAuthenticError, CannotOpenError):
            return None
        public = one.new.public
        key = {"thread_id": row.thread_id, "member_id": one.member_id, "key_id": public.key_id}
        return key | sealed_draft(content, context, public, keyring.newest)

    def _erase_keys(self, thread_ids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with reading(self.stores.perishable) as connection:
            for some in _in_batches(thread_ids):
                query = select(EraseKey.thread_id, EraseKey.key)
                rows = connection.execute(query.where(EraseKey.thread_id.in_(some)))
                found |= {row.thread_id: row.key for row in rows}
        return found


def drop_drafts_of_other_keys(perishable: Connection, member_id: str, present: SealingKey) -> None:
    """Delete a member's drafts that another key than the present one opens."""
    others = DraftRow.key_id != present.key_id
    perishable.execute(delete(DraftRow).where(DraftRow.member_id == member_id, others))


def _lines_of(main: Connection, thread_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in _in_batches(thread_ids):
        query = select(Thread.id, Thread.line_id).where(Thread.id.in_(some))
        found |= {row.id: row.line_id for row in main.execute(query)}
    return found


def _in_batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[at : at + IDS_IN_A_STATEMENT] for at in range(0, len(ids), IDS_IN_A_STATEMENT))
