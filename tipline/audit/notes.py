"""Signed notes (https://c2sp.org/signed-note): a text, and who has signed it.

As strict as golang.org/x/mod/sumdb/note, and in two things stricter: base64 has one spelling, and
every signature of a known key is verified, also a second one of the same key. What signs is in
`signing_notes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tipline.audit.lines import decoded, is_line
from tipline.audit.verifiers import (
    KEY_ID_LENGTH,
    SIGNED_BY,
    NoteError,
    Signature,
    Verifier,
    VerifierKeyError,
)

MOST_SIGNATURES: Final = 100


class UnknownSignersError(NoteError):
    """Nobody has signed whose key is known."""

    code = "note_unknown_signers"
    message = "A note is not signed by any key that is known."


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """A note that at least one known key has signed.

    Attributes:
        text: what is signed, its last line ended.
        verified: the signatures of known keys, one of each.
        unknown: those of keys that are not known, of which nothing can be said.
    """

    text: str
    verified: tuple[Signature, ...]
    unknown: tuple[Signature, ...]

    def signature_of(self, verifier: Verifier) -> Signature | None:
        """Return the signature of one of the keys that the note was opened with, if it signed."""
        whose = (verifier.name, verifier.key_id)
        return next((one for one in self.verified if (one.name, one.key_id) == whose), None)


def format_note(text: str, signatures: Sequence[Signature]) -> bytes:
    """Return a note of a text and signatures, in their order.

    Raises:
        NoteError: the text cannot be signed, or there is no signature, or there are too many.
    """
    if not _is_text(text) or not 0 < len(signatures) <= MOST_SIGNATURES:
        raise NoteError
    return "".join((text, "\n", *(signature.line() for signature in signatures))).encode()


def parse_note(raw: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Return text and signatures of a note. Nothing of it is verified: see `open_note`.

    Raises:
        NoteError: it is no note.
    """
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise NoteError from None
    text, blank, signatures = whole.rpartition("\n\n")
    text += "\n"
    if not blank or not _is_text(text):
        raise NoteError
    return text, parse_signatures(signatures)


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Return the signatures of a note's last lines, or of what a witness answers.

    Raises:
        NoteError: there is none, there are too many, or one is not written as it should be.
    """
    *signed, end = lines.split("\n")
    if end or not 0 < len(signed) <= MOST_SIGNATURES:
        raise NoteError
    return tuple(_signature(line) for line in signed)


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Return a note that at least one of these keys has signed.

    Signatures of other keys are kept apart, and say nothing.

    Raises:
        NoteError: it is no note.
        WrongSignatureError: a signature in the name of one of the keys is wrong.
        UnknownSignersError: none of the keys has signed.
        VerifierKeyError: two of the keys cannot be told from one another.
    """
    known = _by_name(verifiers)
    text, signatures = parse_note(raw)
    verified: dict[tuple[str, bytes], Signature] = {}
    unknown: dict[Signature, None] = {}
    for signature in signatures:
        whose = (signature.name, signature.key_id)
        if whose in known:
            known[whose].check(text, signature)
            verified.setdefault(whose, signature)
        else:
            unknown[signature] = None
    if not verified:
        raise UnknownSignersError
    return Note(text, tuple(verified.values()), tuple(unknown))


def _by_name(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        first = known.setdefault((verifier.name, verifier.key_id), verifier)
        if (first.kind, first.key.raw) != (verifier.kind, verifier.key.raw):
            raise VerifierKeyError
    return known


def _is_text(text: str) -> bool:
    """Return whether a text ends its last line, and holds no control character but line ends."""
    return text.endswith("\n") and all(is_line(line) for line in text.split("\n") if line)


def _signature(line: str) -> Signature:
    name, _, signed = line.removeprefix(SIGNED_BY).partition(" ")
    raw = decoded(signed)
    if not line.startswith(SIGNED_BY) or raw is None:
        raise NoteError
    return Signature(name, raw[:KEY_ID_LENGTH], raw[KEY_ID_LENGTH:])
