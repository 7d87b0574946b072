"""A thread's case file: what staff keep of a tip besides the conversation, one sealed document.

The figures are those that Crime Stoppers programs report (Crime Stoppers USA, annual statistics:
arrests, cases cleared, property recovered, narcotics seized, weapons recovered). Nothing of it, not
even tags and links, stands in the store in clear.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.threads.events import Event, note_event
from tipline.threads.models import CaseFileRow, Thread
from tipline.threads.reading import OpenThread, visible_to

PURPOSE = "case file"


class LostUpdateError(TiplineError):
    """Somebody else has changed the case file since it was read."""

    code = "lost_update"
    message = marked(
        "Somebody else changed this case file while you wrote, so yours was not saved. "
        "Compare the two, then save again."
    )


class Outcome(StrEnum):
    """What became of a tip."""

    UNDECIDED = ""
    INVESTIGATED = "investigated"
    ARREST = "arrest"
    CLEARED = "cleared"
    REFERRED = "referred"
    UNFOUNDED = "unfounded"
    TOO_LITTLE = "too_little"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a tip led to: counts, and values in whole US dollars."""

    arrests: int = 0
    cases_cleared: int = 0
    property_dollars: int = 0
    narcotics_dollars: int = 0
    weapons: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class CaseFile:
    """A case file. `version` is the one that it was read as; 0 is the empty one of a new thread."""

    tags: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    case_number: str = ""
    outcome: Outcome = Outcome.UNDECIDED
    figures: Figures = field(default_factory=Figures)
    version: int = 0

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON, without the version."""
        content = asdict(self)
        del content["version"]
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes, version: int) -> CaseFile:
        """Return the parsed content.

        Raises:
            CannotOpenError: these bytes are no case file.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            return cls(
                tuple(fields["tags"]),
                tuple(fields["related"]),
                fields["case_number"],
                Outcome(fields["outcome"]),
                Figures(**fields["figures"]),
                version,
            )
        except (ValueError, KeyError, TypeError):
            raise CannotOpenError from None


def read_case_file(stores: Stores, thread: OpenThread, lines: LineDirectory) -> CaseFile:
    """Return a thread's case file; the empty one when nobody has written one.

    Raises:
        NotAuthenticError: no member of the line signed it for this thread and version.
        CannotOpenError: it does not open.
    """
    query = select(CaseFileRow.version, CaseFileRow.sealed, CaseFileRow.signature).where(
        CaseFileRow.thread_id == thread.summary.id
    )
    with reading(stores.main) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return CaseFile()
    context = _context(thread, row.version)
    lines.check(thread.summary.line_id, row.signature, PURPOSE, context.info(), row.sealed)
    return CaseFile.from_bytes(thread.key.open(row.sealed, context), row.version)


def stored_version(stores: Stores, thread: OpenThread) -> int:
    """Return the version that a thread's stored case file claims to be, 0 without one."""
    query = select(CaseFileRow.version).where(CaseFileRow.thread_id == thread.summary.id)
    with reading(stores.main) as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def save_case_file(
    stores: Stores,
    thread: OpenThread,
    bundle: LineBundle,
    case_file: CaseFile,
    author: str,
    at: datetime,
) -> CaseFile:
    """Save a case file as the version after the one that it was read as, and note who changed it.

    Raises:
        LostUpdateError: another version was saved meanwhile; nothing was changed.
    """
    version = case_file.version + 1
    context = _context(thread, version)
    sealed = thread.public.seal(case_file.to_bytes(), context, MESSAGE_BUCKET)
    values = {
        "version": version,
        "sealed": sealed,
        "signature": bundle.signing.sign(PURPOSE, context.info(), sealed),
    }
    try:
        with stores.main.begin() as connection:
            # The event first: it locks the thread, and whoever saves at this moment waits here.
            note_event(
                connection,
                thread,
                bundle,
                Event.CASE_FILE_CHANGED,
                author=author,
                at=at,
                detail=str(version),
            )
            _store(connection, thread.summary.id, case_file.version, values)
    except IntegrityError:
        raise LostUpdateError from None
    return replace(case_file, version=version)


def unknown_aliases(
    stores: Stores, line_id: str, aliases: Collection[str], member_id: str
) -> list[str]:
    """Return those of some aliases that are no threads of a line, as far as a member may know."""
    query = select(Thread.alias).where(
        Thread.line_id == line_id, Thread.alias.in_(list(aliases)), visible_to(member_id)
    )
    with reading(stores.main) as connection:
        known = set(connection.execute(query).scalars())
    return [alias for alias in aliases if alias not in known]


def _store(connection: Connection, thread_id: str, known: int, values: dict[str, object]) -> None:
    if not known:
        connection.execute(insert(CaseFileRow), {"thread_id": thread_id, **values})
        return
    statement = update(CaseFileRow).where(
        CaseFileRow.thread_id == thread_id, CaseFileRow.version == known
    )
    if connection.execute(statement.values(**values)).rowcount != 1:
        raise LostUpdateError


def _context(thread: OpenThread, version: int) -> Context:
    return Context("case file", thread.summary.line_id, thread.summary.id, version)
