"""Proofs of single entries: a file that shows what was logged, to whoever has the log's key.

It is a C2SP `tlog-proof`; its `extra` holds the entry's salt and text, as JSON, which the leaf
commits to. Other tools check the proof; what `extra` says is checked by hashing it (`opened`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.entries import SALT_LENGTH, Entry, MalformedEntryError, commitment
from tipline.audit.merkle import inclusion_proof, leaf_hash
from tipline.audit.proofs import Proof, parse, verify_proof
from tipline.audit.reading import StoredLog
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
    extra = {"salt": base64.b64encode(entry.salt).decode(), "entry": entry.body.decode("latin-1")}
    return Proof(number, tuple(hashes), note.encode(), json.dumps(extra).encode()).format()


def opened(raw: bytes, verifiers: Iterable[Verifier]) -> tuple[int, Entry, Checkpoint]:
    """Return number and entry that a file proves, and the checkpoint that it is under.

    Raises:
        MalformedEntryError: what it holds is no entry, or none that its leaf commits to.
        ProofFileError, ProofError, NoteError, CheckpointError: it proves nothing.
    """
    salt, body = _content(parse(raw).extra)
    number, checkpoint = verify_proof(raw, leaf_hash(commitment(salt, body)), verifiers)
    return number, Entry.from_bytes(body), checkpoint


def _content(extra: bytes) -> tuple[bytes, bytes]:
    try:
        fields = json.loads(extra)
        salt = base64.b64decode(fields["salt"], validate=True)
        body = fields["entry"].encode("latin-1")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedEntryError from None
    if len(salt) != SALT_LENGTH:
        raise MalformedEntryError
    return salt, body
