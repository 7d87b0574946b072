"""An audit log in an instance's store, its keeper, and somebody who downloads what is published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine, delete, insert, select, update

from tipline.audit.acts import Act, Outcome
from tipline.audit.bundles import bundles_between
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.entries import Entry
from tipline.audit.models import Log, LogCheckpoint, LogEntry, LogTile
from tipline.audit.publishing import Publisher
from tipline.audit.recording import record
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.tiles import tiles_of
from tipline.crypto.signing import SigningKey
from tipline.db.base import MainBase
from tipline.db.reading import reading

START = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
ORIGIN = "tips.example.org/log"


class Keeper:
    """Whoever has the log's key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.signer = NoteSigner(ORIGIN, SigningKey(bytes(range(32))))
        self.sequencer = Sequencer(engine, lambda: START)
        self.publisher = Publisher(engine, self.signer, lambda: START)

    @property
    def vkey(self) -> str:
        return self.signer.verifier.vkey()

    def begin(self) -> None:
        self.sequencer.begin(self.signer.verifier)

    def write(self, count: int) -> None:
        """Have entries numbered that no checkpoint has yet."""
        with self.engine.begin() as connection:
            record(connection, *(_entry(number) for number in range(count)))
        self.sequencer.run()

    def publish(self) -> Checkpoint:
        note = self.publisher.publish()
        return open_checkpoint(note.encode(), [self.signer.verifier])[0]

    def commitments(self) -> list[bytes]:
        with reading(self.engine) as connection:
            query = select(LogEntry.commitment).order_by(LogEntry.sequence)
            return list(connection.execute(query).scalars())

    def secrets(self) -> list[bytes]:
        """Salts and bodies: nothing of them is for outsiders."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(LogEntry.salt, LogEntry.body)).all()
        return [part for row in rows for part in row if part]

    def forget_everything(self) -> None:
        """Begin again under the same key, as somebody would who has something to hide."""
        with self.engine.begin() as connection:
            for table in (LogEntry, LogTile, LogCheckpoint):
                connection.execute(delete(table))
            connection.execute(update(Log).values(size=0))

    def copied(self) -> dict[type[MainBase], list[dict[str, Any]]]:
        """What is stored of the log."""
        with self.engine.connect() as connection:
            tables = (Log, LogEntry, LogTile, LogCheckpoint)
            found = {one: connection.execute(select(*one.__table__.c)).mappings() for one in tables}
            return {one: [dict(row) for row in rows] for one, rows in found.items()}

    def put_back(self, copy: dict[type[MainBase], list[dict[str, Any]]]) -> None:
        """Have the log be what it was."""
        self.forget_everything()
        with self.engine.begin() as connection:
            connection.execute(update(Log).values(size=copy[Log][0]["size"]))
            for table in (LogEntry, LogTile, LogCheckpoint):
                connection.execute(insert(table), copy[table])


def _entry(number: int) -> Entry:
    at = START + timedelta(seconds=number)
    return Entry(at, Act.REPLY, Outcome.DONE, "console", actor=f"{number:032x}", thread="d" * 32)


def fetch(url: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=30)
    assert answer.status_code == 200, url
    return answer.content


def download(url: str, folder: Path) -> Path:
    """Take all that the newest checkpoint commits to, as https://c2sp.org/tlog-tiles says."""
    folder.mkdir()
    note = fetch(f"{url}/checkpoint")
    (folder / "checkpoint").write_bytes(note)
    size = int(note.split(b"\n")[1])
    for place in (*tiles_of(size), *bundles_between(0, size)):
        file = folder / place.path()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(fetch(f"{url}/{place.path()}"))
    return folder
