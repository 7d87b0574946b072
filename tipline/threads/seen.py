"""Who has read what. "Nobody has opened this" belongs to the thread, "unread" to each member."""

from __future__ import annotations

from sqlalchemy import and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.threads.models import SeenMark, Thread
from tipline.threads.reading import ThreadSummary


def mark_seen(stores: Stores, thread: ThreadSummary, member_id: str) -> bool:
    """Note that a member has opened a thread and seen what it held then. Return whether it was new.

    Nothing is written when it is known already, so that reading again costs no write.
    """
    if _is_known(stores, thread, member_id):
        return False
    with stores.main.begin() as connection:
        connection.execute(
            update(Thread)
            .where(Thread.id == thread.id, Thread.is_opened.is_(False))
            .values(is_opened=True)
        )
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {"member_id": member_id, "thread_id": thread.id, "sequence": thread.messages}
        statement = dialect.insert(SeenMark).values(row)
        # A tab that was loaded earlier and arrives later must not take anything back.
        statement = statement.on_conflict_do_update(
            index_elements=[SeenMark.member_id, SeenMark.thread_id],
            set_={"sequence": statement.excluded.sequence},
            where=SeenMark.sequence < statement.excluded.sequence,
        )
        connection.execute(statement)
    return True


def _is_known(stores: Stores, thread: ThreadSummary, member_id: str) -> bool:
    mark = and_(SeenMark.thread_id == Thread.id, SeenMark.member_id == member_id)
    query = (
        select(Thread.is_opened, Thread.resident_sequence, SeenMark.sequence)
        .outerjoin(SeenMark, mark)
        .where(Thread.id == thread.id)
    )
    with reading(stores.main) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return True  # destroyed meanwhile: there is nothing to note it on
    seen = row.sequence or 0
    return bool(row.is_opened) and seen >= min(row.resident_sequence, thread.messages)
