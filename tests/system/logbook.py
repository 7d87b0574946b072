"""The audit log of an installation, with the key that its own folder holds."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.system.instance import Demo
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.entries import Entry
from tipline.audit.keys import RecordsKeys
from tipline.audit.merkle import root
from tipline.audit.models import PendingEntry
from tipline.audit.reading import StoredLog, stored_log
from tipline.audit.tile_reading import TileReader
from tipline.audit.verifying import verify
from tipline.db.reading import reading
from tipline.instance.provisioning import open_folders


def is_up_to_date(demo: Demo) -> bool:
    """Whether every entry that was committed has its number."""
    with reading(demo.stores.main) as connection:
        waiting = select(func.count()).select_from(PendingEntry)
        return connection.execute(waiting).scalar_one() == 0


def checked_entries(demo: Demo) -> list[Entry]:
    """All entries, after comparing each with the tree, and the tree with all that was signed."""
    folders = open_folders(demo.settings, demo.info["unlock_secret"])
    with stored_log(demo.stores.main) as log:
        verifier = RecordsKeys.load(folders.records).signer(log.origin).verifier
        signed = [open_checkpoint(note.encode(), [verifier])[0] for note in log.checkpoints()]
        assert signed
        for checkpoint in (*signed, _whole(log)):
            assert verify(log, checkpoint, [verifier]).is_right
        bodies: list[bytes] = [one.body for one in log.entries(0, log.size) if one.body is not None]
        assert len(bodies) == log.size
    return [Entry.from_bytes(body) for body in bodies]


def _whole(log: StoredLog) -> Checkpoint:
    """What a checkpoint of all entries would say now."""
    return Checkpoint(log.origin, log.size, root(log.size, TileReader(log.size, log.tile)))
