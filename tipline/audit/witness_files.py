"""The one file in which a witness keeps all that it has: its key, what it saw, and evidence.

It is replaced as a whole, and only once it is safe on the disk: a witness that is killed at any
moment has the file of before or the new one. Only its owner may read it, for the key's sake.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, Final

from tipline.audit.lines import decoded, encoded
from tipline.audit.notes import open_note
from tipline.audit.proofs import HEADER
from tipline.audit.proofs import parse as parse_proof
from tipline.audit.verifiers import Verifier
from tipline.audit.witnessing import Before, Contradiction, Seen, Witness
from tipline.crypto.signing import SigningKey
from tipline.errors import TiplineError

FORMAT: Final = "tipline-witness-v1"
_PRIVATE: Final = 0o600


class WitnessFileError(TiplineError):
    """The file cannot be read, or holds no witness."""

    code = "witness_file"
    message = (
        "The state file cannot be read or written, is damaged, or is none of a witness. Nothing "
        "was changed in it."
    )


class WitnessBusyError(TiplineError):
    """Another witness works with the file."""

    code = "witness_busy"
    message = "Another run works with this state file. Try again when it has ended."


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file holds: the witness, and the URL at which its log is published."""

    witness: Witness
    url: str


def read(file: Path) -> Kept | None:
    """Return what a file holds, or None if there is none.

    Raises:
        WitnessFileError: it cannot be read, or what it holds was not signed by whom it names.
    """
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise WitnessFileError from None
    try:
        return _kept(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, TiplineError):
        raise WitnessFileError from None


def write(file: Path, kept: Kept) -> None:
    """Replace a file, or make it. Call it within `alone`.

    Raises:
        WitnessFileError: it could not be written.
    """
    content = json.dumps(_fields(kept), indent=2, ensure_ascii=False).encode() + b"\n"
    aside = _beside(file, ".new")
    try:
        with suppress(FileNotFoundError):
            aside.unlink()  # of a run that was killed
        _write_through(aside, content)
        aside.replace(file)
        _keep_rename(file.parent)
    except OSError:
        raise WitnessFileError from None


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep other runs from a file: of two that wrote, the later could forget what the other saw.

    Raises:
        WitnessBusyError: another has it.
        WitnessFileError: nothing can be written there.
    """
    try:
        lock = os.open(_beside(file, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    except OSError:
        raise WitnessFileError from None
    try:
        flock(lock, LOCK_EX | LOCK_NB)
        yield
    except BlockingIOError:
        raise WitnessBusyError from None
    finally:
        os.close(lock)


def _write_through(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_rename(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _fields(kept: Kept) -> dict[str, Any]:
    witness = kept.witness
    return {
        "format": FORMAT,
        "name": witness.name,
        "key": encoded(witness.key.seed),
        "log": witness.log.vkey(),
        "url": kept.url,
        "first": _text(witness.first),
        "newest": _text(witness.newest),
        "before": _before_fields(witness.before),
        "contradictions": [
            {"at": one.at, "seen": one.seen.decode(), "shown": one.shown.decode()}
            for one in witness.contradictions
        ],
    }


def _before_fields(before: Before | None) -> dict[str, str] | None:
    if before is None:
        return None
    return {"log": before.log.vkey(), "newest": before.seen.note.decode()}


def _text(seen: Seen | None) -> str | None:
    return seen.note.decode() if seen else None


def _kept(fields: Mapping[str, Any]) -> Kept:
    if fields["format"] != FORMAT:
        raise WitnessFileError
    seed = decoded(fields["key"])
    if seed is None:
        raise WitnessFileError
    log = Verifier.from_vkey(fields["log"])
    blank = Witness(fields["name"], SigningKey(seed), log)
    first, newest = (_seen(blank, fields[name]) for name in ("first", "newest"))
    # Files from before logs went on after others have no such field.
    blank = replace(blank, before=_before(blank, fields.get("before")))
    contradictions = tuple(_contradiction(blank, one) for one in fields["contradictions"])
    witness = replace(blank, first=first, newest=newest, contradictions=contradictions)
    return Kept(witness, str(fields["url"]))


def _seen(witness: Witness, note: str | None) -> Seen | None:
    return None if note is None else witness.reopen(note.encode())


def _before(witness: Witness, fields: Mapping[str, Any] | None) -> Before | None:
    if fields is None:
        return None
    log = Verifier.from_vkey(fields["log"])
    return Before(log, witness.reopen(fields["newest"].encode(), log))


def _contradiction(witness: Witness, fields: Mapping[str, Any]) -> Contradiction:
    seen, shown = fields["seen"].encode(), fields["shown"].encode()
    is_of_first = shown.startswith(HEADER.encode())
    is_of_before = witness.before is not None and seen == witness.before.seen.note
    if not is_of_before:
        witness.reopen(seen)
    open_note(parse_proof(shown).checkpoint if is_of_first else shown, (witness.log,))
    return Contradiction(seen, shown, int(fields["at"]))
