"""What a member who is removed from a line leaves behind in its threads."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.threads.models import DraftRow, SeenMark, Thread, ThreadGrant

IDS_IN_A_STATEMENT = 500


def leave_threads(connection: Connection, stores: Stores, line_id: str, member_id: str) -> None:
    """Delete a member's grants of restricted threads, drafts and marks, and free their threads.

    In the main store's transaction that removes the member, which holds the line's lock: so nobody
    names them meanwhile. Their drafts go first, committed by themselves. A restricted thread in
    which nobody else is named then opens with the recovery key alone.
    """
    _drop_drafts(stores, line_id, member_id)
    leave_main_store(connection, line_id, member_id)


def leave_main_store(connection: Connection, line_id: str, member_id: str) -> None:
    """Do what `leave_threads` does, but for drafts, which open for nobody without line keys."""
    of_line = select(Thread.id).where(Thread.line_id == line_id)
    for table, column in ((ThreadGrant, ThreadGrant.holder), (SeenMark, SeenMark.member_id)):
        connection.execute(delete(table).where(column == member_id, table.thread_id.in_(of_line)))
    theirs = update(Thread).where(Thread.line_id == line_id, Thread.assignee == member_id)
    connection.execute(theirs.values(assignee=None))


def _drop_drafts(stores: Stores, line_id: str, member_id: str) -> None:
    """Drafts lie in the other store, which does not know to which line a thread belongs."""
    with reading(stores.perishable) as connection:
        begun = select(DraftRow.thread_id).where(DraftRow.member_id == member_id)
        ids = list(connection.execute(begun).scalars())
    for start in range(0, len(ids), IDS_IN_A_STATEMENT):
        some = Thread.id.in_(ids[start : start + IDS_IN_A_STATEMENT])
        with reading(stores.main) as connection:
            query = select(Thread.id).where(some, Thread.line_id == line_id)
            of_line = list(connection.execute(query).scalars())
        with stores.perishable.begin() as connection:
            connection.execute(
                delete(DraftRow).where(
                    DraftRow.member_id == member_id, DraftRow.thread_id.in_(of_line)
                )
            )
