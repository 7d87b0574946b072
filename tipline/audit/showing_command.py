"""`python -m tipline audit check-proof`: what a file shows of a log, to somebody outside.

Like the witness it needs no instance, no settings and no unlock secret, only the log's key.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tipline import logs
from tipline.audit.showing import MOST_BYTES, Shown, shown
from tipline.audit.verifiers import Verifier
from tipline.errors import TiplineError
from tipline.hardening import harden

COMMAND: Final = "audit check-proof"
HELP: Final = (
    "Show the entries that a file proves, one entry's proof or what the console exports as JSON: "
    "exit status 0, or 2 if it proves nothing."
)
WITNESS_HELP: Final = "a witness's verifier key, which must have signed too; once for each"
PROVED, NOTHING = 0, 2


class UnreadableFileError(TiplineError):
    """There is no file of that name, or it is too long for one that shows entries."""

    code = "unreadable_file"
    message = "The file cannot be read, or is too long."


def main(arguments: Sequence[str]) -> int:
    """Run the command. Return its exit status."""
    logs.configure("check-proof")
    harden()
    options = _parser().parse_args(arguments)
    try:
        witnesses = [Verifier.from_vkey(key) for key in options.witness]
        found = shown(_read(options.file), Verifier.from_vkey(options.key), witnesses)
    except TiplineError as error:
        sys.stderr.write(f"NOTHING IS PROVED. {error}\n")
        return NOTHING
    sys.stdout.write(words(found))
    return PROVED if found.entries else NOTHING


def words(found: Shown) -> str:
    """Return what was proved, each entry as it was logged, and then what was not."""
    size, origin = found.checkpoint.size, found.checkpoint.origin
    said = [
        f"Entry {number} of {size} of {origin}:\n{entry.to_bytes().decode()}\n"
        for number, entry in found.entries
    ]
    if found.entries:
        said.append(
            f"Proved to be in the log: {len(found.entries)}. No file proves that there are no "
            "others like these: `audit verify` looks, where the log is kept."
        )
    else:
        said.append("NOTHING IS PROVED. The file shows no entry that could be.")
    if found.uncovered:
        said.append(
            f" Newer than the file's checkpoint, so that nothing is proved of them: "
            f"{found.uncovered}. Take the file again after the next checkpoint."
        )
    if found.destroyed:
        said.append(
            f" Without content, so that nothing is proved of what they said: {found.destroyed}."
        )
    return "".join(said) + "\n"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError:
        raise UnreadableFileError from None
    if len(raw) > MOST_BYTES:
        raise UnreadableFileError
    return raw


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m tipline {COMMAND}", description=HELP)
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the log's verifier key, as you know it")
    parser.add_argument("--witness", action="append", default=[], help=WITNESS_HELP)
    return parser
