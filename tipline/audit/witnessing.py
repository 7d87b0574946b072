"""Witnessing: somebody outside remembers what a log was, and says when it had only grown.

A witness signs (https://c2sp.org/tlog-cosignature) a checkpoint only if it begins with the newest
one that it signed before. Of a log that does not, it keeps both checkpoints: the log's own key has
signed what cannot both be true. Nothing here asks a network or writes a file: state comes in and
goes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from tipline.audit.checking import ProofError, check_consistency
from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.merkle import EMPTY_ROOT, consistency_proof, root
from tipline.audit.notes import Note, format_note
from tipline.audit.signing_notes import cosign
from tipline.audit.tile_reading import TileReader
from tipline.audit.tiles import Tile, TileError
from tipline.audit.verifiers import SignatureType, Verifier, cosigned_at
from tipline.crypto.signing import SigningKey
from tipline.errors import TiplineError

# One pair would do as evidence; a log must not fill the witness's disk.
MOST_CONTRADICTIONS: Final = 100


class PartsError(TiplineError):
    """The tiles that were shown are not those of the checkpoint."""

    code = "witness_parts"
    message = (
        "The log has signed a checkpoint, but what it shows besides does not fit it, so nothing "
        "can be said of its past. Nothing was cosigned. If this stays so, ask for an explanation: "
        "a log that hides its past looks like this."
    )


class Finding(StrEnum):
    """What a witness found."""

    FIRST = "first"
    AS_IT_WAS = "as_it_was"
    ROLLED_BACK = "rolled_back"
    REWRITTEN = "rewritten"
    FORKED = "forked"
    # Of a log that is said to go on after one that the witness knows, at the first look.
    CONTINUES = "continues"
    CONTINUES_LATER = "continues_later"
    CONTINUES_EARLIER = "continues_earlier"
    CONTINUES_OTHERWISE = "continues_otherwise"
    CONTINUES_NOTHING = "continues_nothing"

    @property
    def is_alarm(self) -> bool:
        """Tell whether the log is not what it was."""
        return self not in (
            Finding.FIRST,
            Finding.AS_IT_WAS,
            Finding.CONTINUES,
            Finding.CONTINUES_LATER,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """A checkpoint that the witness has signed.

    Attributes:
        checkpoint: what it says.
        note: the checkpoint with the log's signature and the witness's.
        at: when, in seconds since 1970 (UTC).
    """

    checkpoint: Checkpoint
    note: bytes
    at: int


@dataclass(frozen=True, slots=True, repr=False)
class Contradiction:
    """Two notes that the log's key has signed, of which the second does not begin with the first.

    Attributes:
        seen: the one that the witness had signed as well.
        shown: the one that it did not sign. Of a log that does not go on where it should: the proof
            of its first entry (C2SP tlog-proof), which ends with such a note.
        at: when it was shown, in seconds since 1970 (UTC).
    """

    seen: bytes
    shown: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Before:
    """A log that ended, and what was seen of it last.

    Attributes:
        log: its key, whose name is that log's.
        seen: the newest checkpoint that the witness signed.
    """

    log: Verifier
    seen: Seen


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of one log, and all that it remembers.

    Attributes:
        name: its own, under which it signs.
        key: its private key, which signs nothing else.
        log: the log's key, whose name is the log's.
        first, newest: the first and the newest checkpoint that it signed; None before that.
        contradictions: what it did not sign, oldest first.
        before: the log that this one should go on after; None of a first log.
    """

    name: str
    key: SigningKey = field(repr=False)
    log: Verifier
    first: Seen | None = None
    newest: Seen | None = None
    contradictions: tuple[Contradiction, ...] = ()
    before: Before | None = None

    @property
    def verifier(self) -> Verifier:
        """Return the key with which others check what it signed."""
        return Verifier(self.name, SignatureType.COSIGNATURE_V1, self.key.public)

    def reopen(self, note: bytes, log: Verifier | None = None) -> Seen:
        """Return what was seen from a note that this witness has signed.

        `log`: the key of another log than its own.

        Raises:
            NoteError, CheckpointError: it has not, or the log has not.
        """
        checkpoint, opened = open_checkpoint(note, (log or self.log, self.verifier))
        own = opened.signature_of(self.verifier)
        if own is None:
            raise CheckpointError
        return Seen(checkpoint, note, cosigned_at(own))


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look at the log.

    Attributes:
        witness: what the witness remembers from now on.
        finding: what it found.
        shown: the checkpoint that the log showed.
        told: at the first look at a log that continues another: what it says of that; else None.
    """

    witness: Witness
    finding: Finding
    shown: Checkpoint
    told: Checkpoint | None = None


def look(witness: Witness, raw: bytes, fetch: Callable[[Tile], bytes], seconds: int) -> Look:
    """Compare a log with what the witness saw, and sign its checkpoint if it has only grown.

    Args:
        witness: what it remembers.
        raw: the note that the log shows now.
        fetch: returns the content of a tile of the log, as `TileReader` wants it.
        seconds: the time, in seconds since 1970 (UTC).

    Raises:
        NoteError, CheckpointError: what is shown was not signed by the log. Anybody can make that.
        PartsError: tiles and checkpoint do not fit each other.
    """
    checkpoint, note = opened_for(witness, raw)
    finding = _compare(witness.newest, checkpoint, fetch)
    if finding.is_alarm:
        shown = format_note(note.text, note.verified)
        after = with_evidence(witness, witness.newest, shown, seconds)
    else:
        after = having_cosigned(witness, checkpoint, note, seconds)
    return Look(after, finding, checkpoint)


def opened_for(witness: Witness, raw: bytes) -> tuple[Checkpoint, Note]:
    """Return what the log shows, which anybody on the way may have made.

    Raises:
        NoteError, CheckpointError: it was not signed by the log.
    """
    checkpoint, note = open_checkpoint(raw, (witness.log,))
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise CheckpointError
    return checkpoint, note


def having_cosigned(witness: Witness, checkpoint: Checkpoint, note: Note, seconds: int) -> Witness:
    """Sign a checkpoint that begins with all that was seen. Return what is remembered then."""
    cosigned = cosign(note.text, witness.name, witness.key, seconds)
    seen = Seen(checkpoint, format_note(note.text, (*note.verified, cosigned)), seconds)
    return replace(witness, first=witness.first or seen, newest=seen)


def _compare(
    newest: Seen | None, checkpoint: Checkpoint, fetch: Callable[[Tile], bytes]
) -> Finding:
    if newest is None:
        return Finding.FIRST
    before = newest.checkpoint
    if checkpoint.size < before.size:
        return Finding.ROLLED_BACK
    if checkpoint.size == before.size:
        return Finding.AS_IT_WAS if checkpoint.root == before.root else Finding.REWRITTEN
    if _root_at(before.size, checkpoint, fetch) != before.root:
        return Finding.FORKED
    return Finding.AS_IT_WAS


def _root_at(size: int, checkpoint: Checkpoint, fetch: Callable[[Tile], bytes]) -> bytes:
    """Return the root that the checkpoint's log had at a smaller size.

    Whoever carries the tiles cannot make it another one: what they say must lead to the root that
    is signed. So a log is accused of nothing that somebody else put there.
    """
    reader = TileReader(checkpoint.size, fetch)
    try:
        at_size = root(size, reader)
        proof = consistency_proof(size, checkpoint.size, reader)
        check_consistency(size, at_size, checkpoint.size, checkpoint.root, proof)
    except (TileError, ProofError):
        raise PartsError from None
    return at_size


def with_evidence(witness: Witness, newest: Seen | None, shown: bytes, seconds: int) -> Witness:
    """Return a witness that remembers this, too, unless it does already."""
    known = witness.contradictions
    if newest is None or len(known) >= MOST_CONTRADICTIONS:
        return witness
    if any((one.seen, one.shown) == (newest.note, shown) for one in known):
        return witness
    return replace(witness, contradictions=(*known, Contradiction(newest.note, shown, seconds)))
