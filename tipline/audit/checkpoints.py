"""Checkpoints: which root a log has at which size (https://c2sp.org/tlog-checkpoint).

Whoever signs one says that the log never had, and never will have, another root at that size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tipline.audit.lines import MOST, decimal, decoded, encoded, is_line
from tipline.audit.merkle import HASH_LENGTH
from tipline.audit.notes import Note, open_note
from tipline.audit.verifiers import SignatureType, Verifier
from tipline.errors import TiplineError


class CheckpointError(TiplineError):
    """What stands where a checkpoint belongs is none, or not one of the log's own."""

    code = "checkpoint"
    message = "A checkpoint is not written as the format says, or is not signed by its log."


class NotCosignedError(CheckpointError):
    """A witness has not signed a checkpoint."""

    code = "not_cosigned"
    message = "A witness that was asked for has not signed this checkpoint."


@dataclass(frozen=True, slots=True, repr=False)
class Checkpoint:
    """What a log says of itself.

    Attributes:
        origin: the log's name.
        size: how many entries it has, below 2**63.
        root: the root of their tree (32 bytes).
        extensions: further lines, which nobody checks; the format advises against any.

    Raises:
        CheckpointError: one of them cannot be written.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(is_line(line) for line in (self.origin, *self.extensions)):
            raise CheckpointError
        if not 0 <= self.size <= MOST or len(self.root) != HASH_LENGTH:
            raise CheckpointError

    def text(self) -> str:
        """Return the text that is signed: one line each, the last one ended too."""
        lines = (self.origin, str(self.size), encoded(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text is.

    Raises:
        CheckpointError: it is none.
    """
    *lines, end = text.split("\n")
    if end or len(lines) < 3:
        raise CheckpointError
    origin, size, root, *extensions = lines
    number, raw = decimal(size), decoded(root)
    if number is None or raw is None:
        raise CheckpointError
    return Checkpoint(origin, number, raw, tuple(extensions))


def open_checkpoint(raw: bytes, verifiers: Iterable[Verifier]) -> tuple[Checkpoint, Note]:
    """Return a signed checkpoint, and the note that it is, of a log whose key is known.

    The log's key has the log's name, so that no log vouches for another, and nobody who only
    witnesses does for any.

    Raises:
        NoteError: it is no note, a signature of a known key is wrong, or no known key has signed.
        CheckpointError: it is no checkpoint, or none of the verifiers' own log.
    """
    known = tuple(verifiers)
    note = open_note(raw, known)
    checkpoint = parse(note.text)
    logs = (key for key in known if key.kind is SignatureType.ED25519)
    if not any(key.name == checkpoint.origin and note.signature_of(key) for key in logs):
        raise CheckpointError
    return checkpoint, note


def check_cosigned(raw: bytes, log: Verifier, witnesses: Iterable[Verifier]) -> None:
    """Check that a log and every one of these witnesses have signed a checkpoint.

    Raises:
        NoteError, CheckpointError: as `open_checkpoint`.
        NotCosignedError: a witness has not.
    """
    asked = tuple(witnesses)
    _, note = open_checkpoint(raw, (log, *asked))
    for witness in asked:
        # What the key of a log signs says nothing of what somebody saw.
        if witness.kind is not SignatureType.COSIGNATURE_V1 or not note.signature_of(witness):
            raise NotCosignedError
