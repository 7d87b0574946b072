"""Restricted threads that no member can open any more, and letting a supervisor into them.

Whoever was named may have been removed, disabled, or given another key. Then the line's offline
recovery key, to which every restricted thread is sealed, is the only way in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.lines.bundles import RECOVERY_HOLDER
from tipline.lines.holders import key_holders
from tipline.lines.keyrings import LineKeyring
from tipline.threads.grants import Holder
from tipline.threads.models import EraseKey, Thread
from tipline.threads.reading import NoSuchThreadError, open_thread
from tipline.threads.restriction import (
    IDS_IN_A_STATEMENT,
    RestrictionChangedError,
    Restrictor,
    named_in,
)


@dataclass(frozen=True, slots=True)
class Let:
    """Into how many threads somebody was let, how many did not open, and how many were left shut.

    The last because somebody declined meanwhile, say.
    """

    opened: int
    failed: int
    left: int


def orphans(stores: Stores, line: LineKeyring, without: str | None = None) -> dict[str, str]:
    """Return ids and aliases of a line's restricted threads that no key holder can open.

    With `without`, a member's id, those that only this member can open: what a removal would leave.
    """
    line_id = line.newest.line_id
    found = _restricted(stores, line_id)
    members = [Holder(one.id, one.public) for one in key_holders(stores.main, line.newest)]
    named = named_in(stores, line_id, list(found), line, members)
    wanted = [without] if without else []
    return {thread_id: found[thread_id] for thread_id, ids in named.items() if ids == wanted}


def let_in(
    restrictor: Restrictor,
    line: LineKeyring,
    holder: Holder,
    intake_pin: VerifyingKey,
    recovery: OpeningKey,
    only: Collection[str],
    turning_to: Callable[[str], AbstractContextManager[None]],
) -> Let:
    """Let a key holder read those of some threads that no key holder can open.

    What others can open stays theirs: it may be about whoever enters the recovery key. What was
    done before a crash stays done. `only`: the threads' ids; within `turning_to`, each is opened.

    Raises:
        NotAHolderError, and what `turning_to` raises: the holder does not hold the line's keys,
            say, and nothing was opened. What was opened before stays so.
    """
    stores, line_id = restrictor.stores, line.newest.line_id
    member = (RECOVERY_HOLDER, recovery)
    opened = failed = left = 0
    found = orphans(stores, line)
    for alias in (found[thread_id] for thread_id in found if thread_id in only):
        try:
            thread = open_thread(stores, line_id, alias, line, intake_pin, member)
            with turning_to(thread.summary.id):
                restrictor.name(thread, holder)
            opened += 1
        except (NotAuthenticError, CannotOpenError):
            failed += 1
        except (NoSuchThreadError, RestrictionChangedError):
            continue  # destroyed, or opened to the whole line, just now
        except TiplineError:
            if not opened:
                raise
            left += 1
    return Let(opened, failed, left)


def _restricted(stores: Stores, line_id: str) -> dict[str, str]:
    """Return ids and aliases of restricted threads that were not destroyed."""
    query = select(Thread.id, Thread.alias).where(
        Thread.line_id == line_id, Thread.is_restricted.is_(True)
    )
    with reading(stores.main) as connection:
        found = {row.id: row.alias for row in connection.execute(query)}
    ids, living = list(found), set()
    with reading(stores.perishable) as connection:
        for start in range(0, len(ids), IDS_IN_A_STATEMENT):
            some = EraseKey.thread_id.in_(ids[start : start + IDS_IN_A_STATEMENT])
            living |= set(connection.execute(select(EraseKey.thread_id).where(some)).scalars())
    return {thread_id: alias for thread_id, alias in found.items() if thread_id in living}
