"""What goes with the proof of an entry: its salt and text, as JSON, which the leaf commits to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from tipline.audit.checkpoints import Checkpoint
from tipline.audit.entries import SALT_LENGTH, Entry, MalformedEntryError, is_open, leaf_data
from tipline.audit.merkle import leaf_hash
from tipline.audit.proofs import parse, verify_proof
from tipline.audit.verifiers import Verifier


def packed(salt: bytes, body: bytes) -> bytes:
    """Return what a proof's file holds of an entry besides the proof."""
    extra = {"salt": base64.b64encode(salt).decode(), "entry": body.decode("latin-1")}
    return json.dumps(extra).encode()


def opened(raw: bytes, verifiers: Iterable[Verifier]) -> tuple[int, Entry, Checkpoint]:
    """Return number and entry that a file proves, and the checkpoint that it is under.

    Raises:
        MalformedEntryError: what it holds is no entry, or none that its leaf commits to.
        ProofFileError, ProofError, NoteError, CheckpointError: it proves nothing.
    """
    proof = parse(raw)
    salt, body = _content(proof.extra)
    if len(salt) != SALT_LENGTH and not is_open(proof.index, salt, body):
        raise MalformedEntryError
    leaf = leaf_hash(leaf_data(proof.index, salt, body))
    number, checkpoint = verify_proof(raw, leaf, verifiers)
    return number, Entry.from_bytes(body), checkpoint


def _content(extra: bytes) -> tuple[bytes, bytes]:
    try:
        fields = json.loads(extra)
        salt = base64.b64decode(fields["salt"], validate=True)
        return salt, fields["entry"].encode("latin-1")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedEntryError from None
