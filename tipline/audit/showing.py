"""Entries that somebody is shown, with what proves them, for whoever has the log's key.

One stands in a C2SP `tlog-proof`, whose `extra` holds its salt and text (`proving`); many stand in
the JSON that auditors take from the console. Neither asks the log, nor needs a store to be read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tipline.audit.checking import ProofError, check_inclusion
from tipline.audit.checkpoints import Checkpoint, check_cosigned, open_checkpoint
from tipline.audit.entries import SALT_LENGTH, Entry, MalformedEntryError, is_open, leaf_data
from tipline.audit.lines import decoded
from tipline.audit.merkle import leaf_hash
from tipline.audit.proofs import parse, verify_proof
from tipline.audit.verifiers import Verifier
from tipline.errors import TiplineError

MOST_BYTES: Final = 16_000_000  # of a file: 2,000 entries of the greatest length, with proofs
_WRONG: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


class ShownFileError(TiplineError):
    """What stands where shown entries belong is none of the two kinds of files."""

    code = "shown_file"
    message = "This file is neither the proof of an entry nor what the console exports as JSON."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file proves.

    Attributes:
        checkpoint: what its entries were proved against.
        entries: those that are in the log, each with its number, as the file has them.
        uncovered: how many came after the checkpoint: nothing is proved of them.
        destroyed: of how many the content is gone: nothing is proved of them either.
    """

    checkpoint: Checkpoint
    entries: tuple[tuple[int, Entry], ...]
    uncovered: int = 0
    destroyed: int = 0


def packed(salt: bytes, body: bytes) -> bytes:
    """Return what the file of an entry's proof holds besides the proof."""
    extra = {"salt": base64.b64encode(salt).decode(), "entry": body.decode("latin-1")}
    return json.dumps(extra).encode()


def shown(raw: bytes, log: Verifier, witnesses: Iterable[Verifier] = ()) -> Shown:
    """Check what a file shows. All of it is right, or nothing is returned.

    Args:
        raw: the file.
        log: the key that must have signed its checkpoint.
        witnesses: keys that must all have signed it as well.

    Raises:
        NotCosignedError: a witness has not signed its checkpoint.
        ShownFileError: it is no such file.
        MalformedEntryError: what it holds is no entry, or none that its leaf commits to.
        ProofFileError, ProofError, NoteError, CheckpointError: it proves nothing.
    """
    if raw.lstrip().startswith(b"{"):
        return _shown_export(raw, log, witnesses)
    proof = parse(raw)
    check_cosigned(proof.checkpoint, log, witnesses)
    salt, body = _content(proof.index, _json(proof.extra))
    number, checkpoint = verify_proof(raw, leaf_hash(leaf_data(proof.index, salt, body)), [log])
    return Shown(checkpoint, ((number, Entry.from_bytes(body)),))


def _shown_export(raw: bytes, log: Verifier, witnesses: Iterable[Verifier]) -> Shown:
    fields = _json(raw)
    try:
        note, entries = fields["checkpoint"].encode(), list(fields["entries"])
        numbers = [one["number"] for one in entries]
    except _WRONG:
        raise ShownFileError from None
    if any(type(number) is not int for number in numbers) or len(set(numbers)) < len(numbers):
        raise ShownFileError
    check_cosigned(note, log, witnesses)
    checkpoint, _ = open_checkpoint(note, [log])
    covered = [one for one in entries if 0 <= one["number"] < checkpoint.size]
    kept = [one for one in covered if "entry" in one]
    return Shown(
        checkpoint,
        tuple((one["number"], _proved(one, checkpoint)) for one in kept),
        uncovered=len(entries) - len(covered),
        destroyed=len(covered) - len(kept),
    )


def _proved(fields: Mapping[str, Any], checkpoint: Checkpoint) -> Entry:
    salt, body = _content(fields["number"], fields)
    try:
        hashes = [decoded(one) or b"" for one in fields["proof"]]
    except _WRONG:
        raise ProofError from None
    leaf = leaf_hash(leaf_data(fields["number"], salt, body))
    check_inclusion(leaf, fields["number"], checkpoint.size, hashes, checkpoint.root)
    return Entry.from_bytes(body)


def _content(number: int, fields: Mapping[str, Any]) -> tuple[bytes, bytes]:
    try:
        salt, body = decoded(fields["salt"]), fields["entry"].encode("latin-1")
    except _WRONG:
        raise MalformedEntryError from None
    if salt is None or (len(salt) != SALT_LENGTH and not is_open(number, salt, body)):
        raise MalformedEntryError
    return salt, body


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        raise ShownFileError from None
    if not isinstance(fields, dict):
        raise ShownFileError
    return fields
