"""What the first entry of a log says that goes on after another. It needs no store to be read."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.audit.acts import Act
from tipline.audit.checkpoints import Checkpoint, CheckpointError, parse
from tipline.audit.entries import Entry, MalformedEntryError
from tipline.audit.names import number_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What a log continues.

    Attributes:
        entry: the entry that says so.
        continues: the last checkpoint that was witnessed of the log before.
        here: the newest log that was here, as it was: it stays, and this commits to it. Of the log
            that is continued it may be less, or more, or an older one; None if there was no log.
    """

    entry: Entry
    continues: Checkpoint
    here: Checkpoint | None

    @property
    def lost(self) -> int:
        """Return how many entries that were witnessed are not here any more, at least."""
        if self.here is None or number_of(self.here.origin) < number_of(self.continues.origin):
            return self.continues.size
        if self.here.origin != self.continues.origin:
            return 0  # the log that is here has said it, of the one before itself
        return max(0, self.continues.size - self.here.size)


def opening_of(body: bytes) -> Opening | None:
    """Return what an entry says of the log that its own continues; None if it says nothing."""
    try:
        entry = Entry.from_bytes(body)
        if entry.act is not Act.CONTINUE_LOG:
            return None
        return Opening(entry, parse(entry.continues), parse(entry.here) if entry.here else None)
    except (MalformedEntryError, CheckpointError, AttributeError, TypeError):
        return None
