"""Drafts: what a member has begun to write in a thread, sealed to that member's own key.

They lie in the perishable store, so no backup keeps words that were never sent. The line's
signature keeps others from putting words into a member's reply box.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.db.reading import reading
from tipline.db.upserts import insert_or_replace
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.threads.models import DraftRow
from tipline.threads.reading import ThreadSummary

PURPOSE = "draft"


@dataclass(frozen=True, slots=True, repr=False)
class SavedDraft:
    """A reply that was not sent. `token` is its form's: once that was sent, the draft is spent."""

    text: str
    token: str
    saved_at: datetime

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON."""
        fields = {"text": self.text, "token": self.token, "saved_at": self.saved_at.isoformat()}
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> SavedDraft:
        """Return the parsed content.

        Raises:
            CannotOpenError: these bytes are no draft.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            at = datetime.fromisoformat(fields["saved_at"])
            return cls(fields["text"], fields["token"], at)
        except (ValueError, KeyError, TypeError):
            raise CannotOpenError from None


@dataclass(frozen=True, slots=True)
class Drafts:
    """One draft for each member and thread, under the member's present key."""

    perishable: Engine
    lines: LineDirectory

    def save(
        self,
        thread: ThreadSummary,
        member_id: str,
        public: SealingKey,
        bundle: LineBundle,
        draft: SavedDraft,
    ) -> None:
        """Keep a draft in place of the one before; one without words is dropped."""
        if not draft.text.strip():
            self.drop(thread.id, member_id)
            return
        context = draft_context(thread.line_id, thread.id, member_id)
        key = {"thread_id": thread.id, "member_id": member_id, "key_id": public.key_id}
        values = sealed_draft(draft.to_bytes(), context, public, bundle)
        with self.perishable.begin() as connection:
            insert_or_replace(connection, DraftRow, key, values)

    def find(self, thread: ThreadSummary, member_id: str, key: OpeningKey) -> SavedDraft | None:
        """Return a member's draft, or None.

        Raises:
            NotAuthenticError: nobody of the line signed it.
            CannotOpenError: it was sealed to another key, such as one that the member had before.
        """
        query = select(DraftRow.key_id, DraftRow.sealed, DraftRow.signature).where(
            DraftRow.thread_id == thread.id, DraftRow.member_id == member_id
        )
        with reading(self.perishable) as connection:
            rows = {bytes(row.key_id): row for row in connection.execute(query)}
        if not rows:
            return None
        # One under another key does not open, but is to be authentic all the same.
        row = rows.get(key.public.key_id) or next(iter(rows.values()))
        context = draft_context(thread.line_id, thread.id, member_id)
        self.lines.check(thread.line_id, row.signature, PURPOSE, context.info(), row.sealed)
        return SavedDraft.from_bytes(key.open(row.sealed, context))

    def drop(self, thread_id: str, member_id: str) -> None:
        """Delete a draft. One that is gone is no error."""
        statement = delete(DraftRow).where(
            DraftRow.thread_id == thread_id, DraftRow.member_id == member_id
        )
        with self.perishable.begin() as connection:
            connection.execute(statement)


def draft_context(line_id: str, thread_id: str, member_id: str) -> Context:
    """Return the place to which a draft is bound."""
    return Context(f"draft of {member_id}", line_id, thread_id)


def sealed_draft(
    content: bytes, context: Context, public: SealingKey, bundle: LineBundle
) -> dict[str, bytes]:
    """Return the columns of a draft that are sealed to its author and signed by the line."""
    sealed = public.seal(content, context, MESSAGE_BUCKET)
    return {"sealed": sealed, "signature": bundle.signing.sign(PURPOSE, context.info(), sealed)}
