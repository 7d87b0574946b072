"""What of a member's goes when they get a new key: only the old one opened it."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from tipline.threads.models import DraftRow, SavedFilters, ThreadGrant


def forget_what_the_old_key_opened(
    main: Connection, perishable: Connection, member_id: str
) -> None:
    """Delete a member's grants of restricted threads, saved filters and drafts.

    A grant that the new key does not open would else be taken for a swapped one. A restricted
    thread in which nobody else is named then opens with the recovery key alone.
    """
    main.execute(delete(ThreadGrant).where(ThreadGrant.holder == member_id))
    main.execute(delete(SavedFilters).where(SavedFilters.member_id == member_id))
    perishable.execute(delete(DraftRow).where(DraftRow.member_id == member_id))
