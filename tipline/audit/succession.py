"""What a witness can tell of a log that goes on after the one that it has seen.

Its first entry says which checkpoint it goes on after. What the witness cosigned last should be
that checkpoint: if the log goes on after an earlier one, what came in between is left out, and
nobody has said that it is lost.
"""

from __future__ import annotations

from typing import Protocol

from tipline.audit.bundles import Bundle
from tipline.audit.checking import ProofError, check_inclusion
from tipline.audit.checkpoints import Checkpoint
from tipline.audit.entries import OPEN
from tipline.audit.merkle import inclusion_proof, leaf_hash
from tipline.audit.names import number_of
from tipline.audit.notes import format_note
from tipline.audit.openings import Opening, opening_of
from tipline.audit.proofs import Proof
from tipline.audit.showing import packed
from tipline.audit.tile_reading import TileReader
from tipline.audit.tiles import TILE_WIDTH, Tile, TileError
from tipline.audit.witnessing import (
    Before,
    Finding,
    Look,
    PartsError,
    Witness,
    having_cosigned,
    opened_for,
    with_evidence,
)
from tipline.errors import TiplineError


class ContinuesOtherError(TiplineError):
    """The log goes on after one that this witness has not seen."""

    code = "continues_other"
    message = (
        "This log goes on after another one than you name with --after, so nothing can be said of "
        "what you saw. Nothing was cosigned. If you have a file of the log that it goes on after, "
        "name that one. If not, ask for that log's last checkpoint, and for who witnessed it."
    )


class Parts(Protocol):
    """What a log shows besides its checkpoint."""

    def tile(self, tile: Tile) -> bytes:
        """Return the content of a tile, as `TileReader` wants it."""

    def bundle(self, bundle: Bundle) -> bytes:
        """Return a bundle of entries."""


def look_first(witness: Witness, before: Before, raw: bytes, parts: Parts, seconds: int) -> Look:
    """Look at a log for the first time, and sign its checkpoint if it goes on where it should.

    Where it goes on after a later checkpoint than the one that was seen, only whoever saw the later
    one can tell whether it should. The witness signs, and says so.

    Args:
        witness: what it remembers: nothing yet of this log.
        before: what it saw of the log before.
        raw: the note that the log shows now.
        parts: what the log shows besides.
        seconds: the time, in seconds since 1970 (UTC).

    Raises:
        NoteError, CheckpointError: what is shown was not signed by the log. Anybody can make that.
        PartsError: tiles, entries and checkpoint do not fit each other.
        ContinuesOtherError: see its sentence.
    """
    checkpoint, note = opened_for(witness, raw)
    shown = format_note(note.text, note.verified)
    try:
        opening, shown = _first_entry(checkpoint, shown, parts)
    except (TileError, ProofError):
        raise PartsError from None
    told = _told_of(before.log.name, opening) if opening is not None else None
    finding = _compare(told, before.seen.checkpoint)
    if finding.is_alarm:
        after = with_evidence(witness, before.seen, shown, seconds)
    else:
        after = having_cosigned(witness, checkpoint, note, seconds)
    return Look(after, finding, checkpoint, told)


def _first_entry(checkpoint: Checkpoint, note: bytes, parts: Parts) -> tuple[Opening | None, bytes]:
    """Return what a log's first entry says of the one before, and the proof (C2SP tlog-proof).

    Whoever carries the entries cannot make it another one: it must lead to the root that is signed.
    """
    if not checkpoint.size:
        return None, note
    bundle = Bundle(0, min(checkpoint.size, TILE_WIDTH))
    entry = bundle.entries(parts.bundle(bundle))[0]
    reader = TileReader(checkpoint.size, parts.tile)
    hashes = inclusion_proof(0, checkpoint.size, reader)
    check_inclusion(leaf_hash(entry), 0, checkpoint.size, hashes, checkpoint.root)
    proof = Proof(0, tuple(hashes), note, packed(OPEN, entry)).format()
    return opening_of(entry), proof


def _told_of(origin: str, opening: Opening) -> Checkpoint:
    """Return what a log says of the one of this name.

    It may go on after two: where the one that was in use went on after a wrong checkpoint, it goes
    on after the right one as well. Of an older log it only says what the backup had.
    """
    told, here = opening.continues, opening.here
    if told.origin == origin:
        return told
    if here is None or here.origin != origin or number_of(origin) < number_of(told.origin):
        raise ContinuesOtherError
    return here


def _compare(told: Checkpoint | None, seen: Checkpoint) -> Finding:
    if told is None:
        return Finding.CONTINUES_NOTHING
    if told.size < seen.size:
        return Finding.CONTINUES_EARLIER
    if told.size > seen.size:
        return Finding.CONTINUES_LATER
    return Finding.CONTINUES if told.root == seen.root else Finding.CONTINUES_OTHERWISE
