"""Proofs of single entries: a file that shows what was logged, to whoever has the log's key.

It is a C2SP `tlog-proof`; its `extra` holds the entry's salt and text, as JSON, which the leaf
commits to. Other tools check the proof; what `extra` says is checked by hashing it (`showing`).
"""

from __future__ import annotations

from tipline.audit.checkpoints import CheckpointError, open_checkpoint
from tipline.audit.merkle import inclusion_proof
from tipline.audit.proofs import Proof
from tipline.audit.reading import StoredLog
from tipline.audit.showing import packed
from tipline.audit.verifiers import NoteError, Verifier
from tipline.errors import TiplineError


class NotProvableError(TiplineError):
    """There is no entry of this number under a checkpoint, or its content was destroyed."""

    code = "not_provable"
    message = "There is no entry of this number that a checkpoint covers and whose content is kept."


def proof_of(log: StoredLog, number: int) -> bytes:
    """Return the file that proves an entry against the newest checkpoint.

    Raises:
        NotProvableError: see its sentence.
    """
    note = log.newest_checkpoint()
    entry = next(log.entries(number, number + 1), None)
    if note is None or entry is None or entry.salt is None or entry.body is None:
        raise NotProvableError
    try:
        checkpoint, _ = open_checkpoint(note.encode(), [Verifier.from_vkey(log.vkey)])
    except (NoteError, CheckpointError):
        raise NotProvableError from None
    if number >= checkpoint.size:
        raise NotProvableError
    hashes = inclusion_proof(number, checkpoint.size, log.reader(checkpoint.size))
    extra = packed(entry.salt, entry.body)
    return Proof(number, tuple(hashes), note.encode(), extra).format()
