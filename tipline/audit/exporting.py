"""An export: a log as files, to be verified where there is no database.

`checkpoint`, `vkey` and `tile/...` are as the log publishes them (C2SP tlog-tiles); the entries
stand in `entries.jsonl`, one a line: `n`, `salt` (base64) and `entry`, the text that was logged.
Without the last two the content was destroyed. The first entry of a log that goes on after another
has an empty salt: it hides nothing, and is its own leaf. Keep the entries as you would keep the log
itself: the tiles say nothing to anybody, the entries say who did what.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tipline.audit.checkpoints import Checkpoint
from tipline.audit.openings import Opening, opening_of
from tipline.audit.reading import StoredEntry, StoredLog
from tipline.audit.tiles import Tile, TilePathError, tiles_of
from tipline.errors import TiplineError

CHECKPOINT: Final = "checkpoint"
VKEY: Final = "vkey"
ENTRIES: Final = "entries.jsonl"


class ExportError(TiplineError):
    """A folder holds no export, or holds something already."""

    code = "export"
    message = "This folder is no export of a log."


def export(log: StoredLog, checkpoint: Checkpoint, note: str, folder: Path) -> None:
    """Write what a checkpoint has of a log into a new folder, readable by its owner alone.

    Raises:
        ExportError: there is something of that name.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise ExportError("There is something of that name already.") from None
    for tile in tiles_of(checkpoint.size):
        path = folder / tile.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(tile.hashes(log.tile(tile))))
    with (folder / ENTRIES).open("w", encoding="ascii") as file:
        for entry in log.entries(0, checkpoint.size):
            file.write(_line(entry) + "\n")
    (folder / VKEY).write_text(log.vkey + "\n")
    (folder / CHECKPOINT).write_text(note)


class Export:
    """An export, read as `verifying` reads a log. What is not as it should be is not there."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            ExportError: it is none.
        """
        if not (folder / ENTRIES).is_file():
            raise ExportError
        self._folder = folder

    @property
    def vkey(self) -> str:
        """Return the key that it came with."""
        return self._text(VKEY).strip()

    def opening(self) -> Opening | None:
        """Return what its first entry says of the log that it continues."""
        first = next(self.entries(0, 1), None)
        if first is None or first.body is None or not first.is_open:
            return None
        return opening_of(first.body)

    def told_by_next(self) -> None:
        """Return nothing: an export is one log."""

    def newest_checkpoint(self) -> str:
        """Return the note of its checkpoint; nothing if there is none."""
        return self._text(CHECKPOINT)

    def checkpoints(self) -> Iterable[str]:
        """Return the notes of the checkpoints in it."""
        return [self.newest_checkpoint()]

    def tile(self, tile: Tile) -> bytes:
        """Return a tile's content; nothing if there is none."""
        for width in range(tile.width, Tile(0, 0).width + 1):
            try:
                return (self._folder / Tile(tile.level, tile.number, width).path()).read_bytes()
            except (OSError, TilePathError):
                continue
        return b""

    def entries(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Yield entries in the order of the file, from the first that is `start` or later."""
        with (self._folder / ENTRIES).open("rb") as file:
            for line in file:
                entry = _entry(line)
                if entry is not None and start <= entry.sequence < end:
                    yield entry

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_text()
        except (OSError, UnicodeDecodeError):
            return ""


def _line(entry: StoredEntry) -> str:
    fields: dict[str, Any] = {"n": entry.sequence}
    if entry.salt is not None and entry.body is not None:
        fields["salt"] = base64.b64encode(entry.salt).decode()
        # What is no entry may be any bytes.
        fields["entry"] = entry.body.decode("latin-1")
    return json.dumps(fields)


def _entry(line: bytes) -> StoredEntry | None:
    try:
        fields = json.loads(line)
        sequence = fields["n"]
        if "salt" not in fields:
            return StoredEntry(sequence, None, None) if isinstance(sequence, int) else None
        salt = base64.b64decode(fields["salt"], validate=True)
        return StoredEntry(int(sequence), salt, fields["entry"].encode("latin-1"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
