"""Reading what is remembered of threads: tags of their residents' details, and an open end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.sealing import sealed_key_id
from tipline.db.reading import reading
from tipline.identity.addresses import IndexKeys
from tipline.identity.models import DetailTag, OpenEnd
from tipline.intake.effects import Effects
from tipline.intake.lookup import KnownThread
from tipline.published_keys.rotation import KeyRing

DETAIL_ROW = "detail row"
OPEN_END = "open end"

# Built once: of each batch they are asked, and building them costs more than running them.
DETAILS = select(
    DetailTag.thread_id, DetailTag.tag, DetailTag.kind, DetailTag.number, DetailTag.proof
).where(DetailTag.thread_id.in_(bindparam("ids", expanding=True)))
OPEN_ENDS = select(OpenEnd.thread_id, OpenEnd.sequence, OpenEnd.sealed, OpenEnd.proof).where(
    OpenEnd.thread_id.in_(bindparam("ids", expanding=True))
)


@dataclass(slots=True, repr=False)
class Recollection:
    """What is known of one thread.

    `numbers`: of placeholders, by tag. `highest`: that of each kind. `end`: how its resident's
    newest message ended. `outdated`: the sequences of messages whose ends are not needed any more.
    """

    line_id: str
    numbers: dict[bytes, int] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    end: str = ""
    outdated: list[int] = field(default_factory=list)

    def add(self, tag: bytes, kind: str, number: int) -> None:
        """Know a detail by its tag."""
        self.numbers[tag] = number
        self.highest[kind] = max(number, self.highest.get(kind, 0))


def open_end_context(line_id: str, thread_id: str, sequence: int) -> Context:
    """Return the place to which an open end is bound."""
    return Context(OPEN_END, line_id, thread_id, sequence)


def recall(
    perishable: Engine, threads: Collection[KnownThread], index: IndexKeys, ring: KeyRing
) -> Recalled:
    """Read what is remembered of threads, in two queries."""
    recalled = Recalled(index, ring, threads)
    if recalled.threads:
        with reading(perishable) as connection:
            recalled.read(connection)
    return recalled


class Recalled:
    """Recollections by thread, and the rows that we never made: they are to be dropped."""

    def __init__(
        self, index: IndexKeys, ring: KeyRing, threads: Collection[KnownThread] = ()
    ) -> None:
        """Take the keys, and the threads of which something may be known."""
        self._index = index
        self._ring = ring
        self._newest = {thread.id: thread.resident_sequence for thread in threads}
        # A key that is destroyed is looked for in the folder and on other machines: once a batch.
        self._destroyed: set[bytes] = set()
        self.threads = {thread.id: Recollection(thread.line_id) for thread in threads}
        self.effects = Effects()
        self.swapped = 0

    def read(self, connection: Connection) -> None:
        """Read the rows of both tables."""
        ids = list(self.threads)
        for detail in connection.execute(DETAILS, {"ids": ids}):
            self._take_detail(detail)
        for end in connection.execute(OPEN_ENDS, {"ids": ids}):
            recollection = self.threads[end.thread_id]
            if end.sequence == self._newest[end.thread_id]:
                recollection.end = self._opened(end, recollection)
            else:
                # Of an earlier message, or of one that was never committed in the main store.
                recollection.outdated.append(end.sequence)

    def _take_detail(self, row: Any) -> None:
        try:
            fields = (row.thread_id, row.tag, row.kind, row.number)
            self._index.check_proof(row.proof, DETAIL_ROW, *fields)
        except NotAuthenticError:
            self.swapped += 1
            self.effects.dropped_details.append({"thread": row.thread_id, "gone": row.tag})
            return
        self.threads[row.thread_id].add(row.tag, row.kind, row.number)

    def _opened(self, row: Any, recollection: Recollection) -> str:
        """Return an open end; what does not open any more is none."""
        try:
            self._index.check_proof(row.proof, OPEN_END, row.thread_id, row.sequence, row.sealed)
        except NotAuthenticError:
            self.swapped += 1
            recollection.outdated.append(row.sequence)
            return ""
        key_id = sealed_key_id(row.sealed)
        if key_id in self._destroyed:
            return ""
        context = open_end_context(recollection.line_id, row.thread_id, row.sequence)
        try:
            raw = self._ring.opening_key(key_id).open(row.sealed, context)
        except (KeyMissingError, CannotOpenError):
            self._destroyed.add(key_id)
            return ""
        return raw.decode("utf-8", "surrogatepass")
