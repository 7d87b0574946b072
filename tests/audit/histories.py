"""Logs of which much has happened, in a real store, and what one finds who looks at copies of them.

What is copied is changed as lists and mappings, and then put where a verifier reads it: into the
store, in a transaction that is never committed, or into the files of an export.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.copies import copies_of
from tipline.audit.entries import Entry, commitment
from tipline.audit.exporting import CHECKPOINT, ENTRIES, Export, export
from tipline.audit.merkle import HASH_LENGTH, leaf_hash, root
from tipline.audit.models import LogCheckpoint, LogEntry, LogTile
from tipline.audit.publishing import Publisher
from tipline.audit.reading import StoredLog, stored_log
from tipline.audit.recording import record
from tipline.audit.sequencing import FIRST, Sequencer
from tipline.audit.signing_notes import NoteSigner, sign_note
from tipline.audit.tiles import tiles_of
from tipline.clock import stored
from tipline.crypto.signing import SigningKey
from tipline.db.engines import open_store, sqlite_url
from tipline.db.reading import reading

Row = dict[str, Any]
Content = tuple[bytes, bytes]
SIGNER = NoteSigner("tips.example.org/log", SigningKey(bytes(range(32))))
START = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)

# What happens to a log, in any order. Destroying takes a share of what is there, in percent. In the
# end there is a checkpoint of something, old content has perhaps been destroyed, and more came.
steps = st.builds(
    lambda happened, much, percent: [
        *happened,
        ("write", much),
        ("sign_and_store", 0),
        ("write", 1),
        ("publish", 0),
        ("destroy", percent),
        ("write", 1),
    ],
    st.lists(
        st.tuples(st.just("write"), st.integers(1, 150))
        | st.tuples(st.sampled_from(["publish", "next_day", "sign", "sign_and_store"]), st.just(0))
        | st.tuples(st.just("destroy"), st.integers(0, 60)),
        max_size=6,
    ),
    st.integers(1, 150),
    st.sampled_from([0, 30, 70]),
)


@dataclass
class Copy:
    """What is kept of a log: rows of entries in their order, tiles, and checkpoints by size."""

    rows: list[Row]
    tiles: dict[tuple[int, int], bytes]
    notes: dict[int, str]


@dataclass
class History:
    """A log and all that was done to it by those who may.

    `kept`: checkpoints that somebody has a copy of. `contents`: salts and bodies of all entries,
    those that have been destroyed as well.
    """

    path: Path
    kept: list[Checkpoint] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = open_store(sqlite_url(self.path))
        self.now = START
        self.sequencer = Sequencer(self.engine, lambda: self.now)
        self.publisher = Publisher(self.engine, SIGNER, lambda: self.now)
        self.sequencer.begin(SIGNER.verifier)

    def live(self, happened: list[tuple[str, int]]) -> None:
        """Let it happen, and remember what there was."""
        for what, much in happened:
            getattr(self, what)(much)
            self._remember()

    def write(self, count: int) -> None:
        with self.engine.begin() as connection:
            record(connection, *(entry(self.now, number) for number in range(count)))
        self.now += timedelta(minutes=1)
        self.sequencer.run()

    def publish(self, _: int) -> None:
        self._keep(self.publisher.publish())

    def next_day(self, _: int) -> None:
        self.now += timedelta(days=1)
        assert self.publisher.publish_if_due()
        with stored_log(self.engine) as log:
            self._keep(log.newest_checkpoint() or "")

    def sign(self, _: int) -> None:
        """A checkpoint of what there is, which need not be full tiles, for somebody outside."""
        with stored_log(self.engine) as log:
            self._keep(note_of(log.size, root(log.size, log.reader(log.size))))

    def sign_and_store(self, _: int) -> None:
        """The same, as a log may hold whose checkpoints were not always filled up."""
        self.sign(0)
        size, note = self.kept[-1].size, note_of(self.kept[-1].size, self.kept[-1].root)
        row = {"log": FIRST, "size": size, "made_at": stored(self.now), "note": note}
        with self.engine.begin() as connection:
            connection.execute(insert(LogCheckpoint).prefix_with("OR IGNORE"), row)

    def destroy(self, percent: int) -> None:
        """What is old loses its content, and one entry among what is newer."""
        end = len(self.contents) * percent // 100
        is_due = (LogEntry.sequence < end) | (LogEntry.sequence == end + 7)
        with self.engine.begin() as connection:
            connection.execute(update(LogEntry).where(is_due).values(salt=None, body=None))

    @cached_property
    def copy(self) -> Copy:
        """The log as it is when nothing happens any more."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(LogEntry.__table__).order_by(LogEntry.sequence))
            tiles = connection.execute(select(LogTile.level, LogTile.number, LogTile.hashes))
            notes = connection.execute(select(LogCheckpoint.size, LogCheckpoint.note))
            return Copy(
                [dict(row) for row in rows.mappings()],
                {(level, number): hashes for level, number, hashes in tiles},
                {size: note for size, note in notes},
            )

    @property
    def published_size(self) -> int:
        return max(self.copy.notes)

    def _keep(self, note: str) -> None:
        self.kept.append(open_checkpoint(note.encode(), [SIGNER.verifier])[0])

    def _remember(self) -> None:
        with stored_log(self.engine) as log:
            for one in log.entries(len(self.contents), log.size):
                assert one.salt is not None
                assert one.body is not None
                self.contents.append((one.salt, one.body))


def note_of(size: int, root_hash: bytes) -> str:
    """A checkpoint, signed with the log's own key."""
    text = Checkpoint(SIGNER.verifier.name, size, root_hash).text()
    return sign_note(text, SIGNER).decode()


def entry(at: datetime, number: int) -> Entry:
    actor = f"{number % 7:032x}"
    return Entry(at, Act.REPLY, Outcome.DONE, "console", actor=actor, thread="d" * 32)


def row_of(sequence: int, salt: bytes, body: bytes) -> Row:
    """An entry's row, as the sequencer would have written it."""
    row = {"log": FIRST, "sequence": sequence, "salt": salt, "body": body}
    copies = copies_of(sequence, salt, body, START)._asdict()
    return row | {"commitment": commitment(salt, body), **copies}


def another(at: int) -> Content:
    """Salt and body of an entry that was never logged."""
    body = entry(START - timedelta(days=at + 1), at).to_bytes()
    return hashlib.sha256(body).digest(), body


def leaf_of(row: Row) -> bytes:
    return leaf_hash(row["commitment"])


@contextmanager
def live(history: History, copy: Copy, _folder: Path) -> Iterator[StoredLog]:
    """The store, as if it held a copy."""
    tiles = [
        {"log": FIRST, "level": level, "number": number, "hashes": hashes}
        for (level, number), hashes in copy.tiles.items()
    ]
    notes = [
        {"log": FIRST, "size": size, "made_at": stored(START), "note": note}
        for size, note in copy.notes.items()
    ]
    with history.engine.connect() as connection:
        for model, rows in ((LogEntry, copy.rows), (LogTile, tiles), (LogCheckpoint, notes)):
            connection.execute(delete(model))
            if rows:
                connection.execute(insert(model), rows)
        yield StoredLog(connection)
        connection.rollback()


def write_export(history: History, folder: Path) -> None:
    """What `tipline audit export` does."""
    with stored_log(history.engine) as log:
        note = log.newest_checkpoint() or ""
        checkpoint = open_checkpoint(note.encode(), [SIGNER.verifier])[0]
        export(log, checkpoint, note, folder)


@contextmanager
def exported(history: History, copy: Copy, folder: Path) -> Iterator[Export]:
    """An export of the log as it was, into whose files a copy was written."""
    place = folder / "export"
    if not place.exists():
        write_export(history, place)
    for tile in tiles_of(history.published_size):
        hashes = copy.tiles.get((tile.level, tile.number))
        _put(place / tile.path(), None if hashes is None else hashes[: tile.width * HASH_LENGTH])
    rows = [row for row in copy.rows if row["sequence"] < history.published_size]
    (place / ENTRIES).write_text("".join(map(_line, rows)))
    newest = copy.notes[max(copy.notes)].encode() if copy.notes else None
    _put(place / CHECKPOINT, newest)
    yield Export(place)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)


def _line(row: Row) -> str:
    fields = {"n": row["sequence"]}
    if row["salt"] is not None:
        salt = base64.b64encode(row["salt"]).decode()
        fields |= {"salt": salt, "entry": row["body"].decode("latin-1")}
    return json.dumps(fields) + "\n"
