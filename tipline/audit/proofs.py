"""Proofs that can be carried about (https://c2sp.org/tlog-proof): an entry is in a log.

Such a file holds the entry's place, the hashes that lead from it to the root, and the checkpoint
that has the root, with all its signatures. It is checked without asking the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from tipline.audit.checking import check_inclusion
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.lines import MOST, decimal, decoded, encoded
from tipline.audit.merkle import HASH_LENGTH
from tipline.audit.verifiers import Verifier
from tipline.errors import TiplineError

MOST_HASHES: Final = 63
HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
_Value = TypeVar("_Value")


class ProofFileError(TiplineError):
    """What stands where a proof's file belongs is none."""

    code = "proof_file"
    message = "The file of a proof is not written as the format says."


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """What such a file says.

    Attributes:
        index: the entry's place in the log, from 0.
        hashes: the inclusion proof: from the leaf's sibling to the root's child, 32 bytes each.
        checkpoint: the signed checkpoint, as it was published.
        extra: what else goes with it, which nobody has signed.

    Raises:
        ProofFileError: one of them cannot be written.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MOST or len(self.hashes) > MOST_HASHES:
            raise ProofFileError
        if any(len(item) != HASH_LENGTH for item in self.hashes):
            raise ProofFileError

    def format(self) -> bytes:
        """Return the file's content; such files are called `.tlog-proof`."""
        lines = [HEADER]
        if self.extra:
            lines.append(_EXTRA + encoded(self.extra))
        lines.append(f"{_INDEX}{self.index}")
        lines.extend(map(encoded, self.hashes))
        return "".join(f"{line}\n" for line in (*lines, "")).encode() + self.checkpoint


def parse(raw: bytes) -> Proof:
    """Return what a file says. Nothing of it is verified, see `verify_proof`.

    Raises:
        ProofFileError: it is not written as the format says.
    """
    head, blank, checkpoint = raw.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ProofFileError from None
    if header != HEADER or not blank:
        raise ProofFileError
    extra = _required(decoded(lines.pop(0).removeprefix(_EXTRA))) if _has_extra(lines) else b""
    if not lines or not lines[0].startswith(_INDEX):
        raise ProofFileError
    index = _required(decimal(lines.pop(0).removeprefix(_INDEX)))
    return Proof(index, tuple(_required(decoded(line)) for line in lines), checkpoint, extra)


def verify_proof(raw: bytes, leaf: bytes, verifiers: Iterable[Verifier]) -> tuple[int, Checkpoint]:
    """Check that a leaf is in a log, and return its place, from 0, and the checkpoint of that.

    Which witnesses must have signed besides is for the caller to say, with `open_checkpoint`.

    Args:
        raw: the content of the proof's file.
        leaf: the hash of the entry, made by whoever checks (`merkle.leaf_hash`).
        verifiers: the keys that are believed: the log's own and witnesses'.

    Raises:
        ProofFileError: the file is not written as the format says.
        NoteError: the checkpoint is no note, or a signature on it is wrong, or none is known.
        CheckpointError: it is no checkpoint, or its log has not signed it.
        ProofError: the hashes do not lead from the leaf to the checkpoint's root.
    """
    proof = parse(raw)
    checkpoint, _ = open_checkpoint(proof.checkpoint, verifiers)
    check_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return proof.index, checkpoint


def _has_extra(lines: list[str]) -> bool:
    # An empty value would be another spelling of none.
    return bool(lines) and lines[0].startswith(_EXTRA) and lines[0] != _EXTRA


def _required(value: _Value | None) -> _Value:
    if value is None:
        raise ProofFileError
    return value
