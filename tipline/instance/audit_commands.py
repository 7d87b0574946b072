"""`tipline audit`: looking after the log of what staff do, and checking it.

None that checks needs the unlock secret: who does that must not have to be trusted with keys.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import config
from tipline.audit import showing_command, witness_command
from tipline.audit.checkpoints import Checkpoint, check_cosigned, open_checkpoint
from tipline.audit.exporting import Export, ExportError, export
from tipline.audit.keys import RecordsKeys
from tipline.audit.openings import Opening
from tipline.audit.proving import proof_of
from tipline.audit.publishing import Publisher
from tipline.audit.reading import stored_log
from tipline.audit.verifiers import Verifier
from tipline.audit.verifying import Kept, Verdict, verify
from tipline.clock import system_clock
from tipline.db.engines import open_store
from tipline.errors import TiplineError
from tipline.instance import audit_restart, provisioning
from tipline.instance.unlock_secrets import unlock_secret

OUTSIDE: Final = (witness_command, showing_command)
WRONG: Final = 2  # exit status of a log that is not what it should be
MOST_BYTES: Final = 100_000  # of a file that is brought
MOST_NAMED: Final = 20  # places without content that are named one by one
AGAINST_ITSELF: Final = (
    "No checkpoint was given, so the log was compared with its own newest one. Whoever could "
    "rewrite the log could rewrite that too: give one that you or a witness kept (--checkpoint).\n"
)
AGAINST_NEXT: Final = (
    "No checkpoint was given, so the log was compared with what the one that continues it says was "
    "here of it: verify that one as well.\n"
)


class NoCheckpointError(TiplineError):
    """There is nothing to compare a log with."""

    code = "no_checkpoint"
    message = "The log has no checkpoint yet, and none was given."


class _Source(Kept, Protocol):
    """A log that may be verified, live or exported."""

    @property
    def vkey(self) -> str:
        """Return the key that it names as its own."""

    def opening(self) -> Opening | None:
        """Return what it says of the log that it continues."""

    def told_by_next(self) -> Checkpoint | None:
        """Return what the log that continues it says of it."""

    def newest_checkpoint(self) -> str | None:
        """Return the note of its newest checkpoint."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `audit` and what comes behind it to the operator's commands."""
    auditing = commands.add_parser("audit", help="check or export the log of what staff do")
    actions = auditing.add_subparsers(required=True, metavar="action")
    # They need no instance, so they begin in __main__; they are named here to be found.
    for outside in OUTSIDE:
        actions.add_parser(outside.COMMAND.split()[1], help=outside.HELP, add_help=False)
    telling = actions.add_parser("key", help=tell_key.__doc__)
    _add_number(telling)
    telling.set_defaults(command=tell_key)
    publishing = actions.add_parser("checkpoint", help=publish_checkpoint.__doc__)
    publishing.set_defaults(command=publish_checkpoint)
    verifying = actions.add_parser("verify", help=verify_log.__doc__)
    verifying.add_argument("folder", nargs="?", type=Path, help="an export; else the live log")
    verifying.add_argument("--checkpoint", type=Path, help="a checkpoint that you kept, as a file")
    verifying.add_argument("--key", help="the log's verifier key, as you know it")
    verifying.add_argument(
        "--witness", action="append", default=[], help=showing_command.WITNESS_HELP
    )
    _add_number(verifying)
    verifying.set_defaults(command=verify_log)
    exporting = actions.add_parser("export", help=export_log.__doc__)
    exporting.add_argument("folder", type=Path, help="a folder that does not exist yet")
    _add_number(exporting)
    exporting.set_defaults(command=export_log)
    proving = actions.add_parser("proof", help=prove_entry.__doc__)
    proving.add_argument("number", type=int, help="the entry's number in the log")
    proving.add_argument("file", type=Path, help="a file that does not exist yet")
    _add_number(proving)
    proving.set_defaults(command=prove_entry)
    audit_restart.add_to(actions)


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log", type=int, help="number of the log, 1 for the first; else newest")


def verify_log(settings: config.InstanceSettings, options: argparse.Namespace) -> int:
    """Compare all entries with a checkpoint: exit status 0 (right), 1 (could not) or 2 (wrong)."""
    with _source(settings, options) as log:
        verifier = Verifier.from_vkey(options.key or log.vkey)
        # Nobody witnesses what the next log says of this one.
        is_told = options.checkpoint is None and not options.witness
        told = log.told_by_next() if is_told else None
        checkpoint = told or _signed(_note(options.checkpoint, log), verifier, options.witness)
        verdict = verify(log, checkpoint, [verifier])
        opening = log.opening()
    sys.stdout.write(f"{words(verdict)}\n")
    if opening is not None:
        sys.stdout.write(f"{audit_restart.words_of(opening)}\n")
    if is_told:
        sys.stdout.write(AGAINST_ITSELF if told is None else AGAINST_NEXT)
    return 0 if verdict.is_whole else WRONG


def export_log(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Write the log, up to its newest checkpoint, into a new folder."""
    engine = open_store(settings.database_url)
    try:
        with stored_log(engine, options.log) as log:
            note = log.newest_checkpoint()
            if note is None:
                raise NoCheckpointError
            checkpoint = _own(note, log.vkey)
            export(log, checkpoint, note, options.folder)
    finally:
        engine.dispose()
    sys.stdout.write(
        f"{checkpoint.size} entries are in this folder. They say who did what: keep it closed.\n"
    )


def tell_key(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Print the log's verifier key, which witnesses and auditors check it with."""
    engine = open_store(settings.database_url)
    try:
        with stored_log(engine, options.log) as log:
            sys.stdout.write(f"{log.vkey}\n")
    finally:
        engine.dispose()


def publish_checkpoint(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Publish a checkpoint of all that was done until now, and print it."""
    folders = provisioning.open_checked(settings, unlock_secret(os.environ))
    keys = RecordsKeys.load(folders.records)
    engine = open_store(settings.database_url)
    try:
        with stored_log(engine) as log:
            signer = keys.signer(log.origin)
        sys.stdout.write(Publisher(engine, signer, system_clock).publish())
    finally:
        engine.dispose()


def prove_entry(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Write a file that proves one entry to whoever has the log's key."""
    engine = open_store(settings.database_url)
    try:
        with stored_log(engine, options.log) as log:
            proof = proof_of(log, options.number)
    finally:
        engine.dispose()
    try:
        with options.file.open("xb") as file:
            file.write(proof)
    except OSError:
        raise ExportError("The file cannot be written, or is there already.") from None
    sys.stdout.write(f"Entry {options.number} is proved by {options.file.name}.\n")


def words(verdict: Verdict) -> str:
    """Return what came of a verification, for whoever reads it in a terminal."""
    if verdict.is_whole:
        return f"All {verdict.size} entries are what the checkpoint says."
    found = []
    if verdict.is_right:
        found.append("What is left of it is what the checkpoint says.")
    if verdict.destroyed:
        found.append(_gone(verdict.destroyed))
    if verdict.first_wrong is not None:
        found.append(
            f"Entry {verdict.first_wrong} is not what was logged: it was changed, moved or taken "
            "away. What comes before it is what the log's tiles say; what comes after it was not "
            "looked at."
        )
    if verdict.first_hidden is not None:
        found.append(
            f"Entry {verdict.first_hidden} is filed under something else than it says, so that "
            "whoever looks for it does not find it."
        )
    if verdict.first_torn is not None:
        found.append(f"The log's tiles contradict each other from entry {verdict.first_torn} on.")
    if verdict.wrong_until:
        found.append(
            f"Something from entry {verdict.wrong_from} to entry {verdict.wrong_until - 1} is not "
            "what was signed: entries and tiles have been rewritten."
        )
    return "THE LOG IS NOT WHAT IT SHOULD BE. " + " ".join(found)


def _gone(destroyed: Sequence[range]) -> str:
    """Return which entries have no content. Nothing of ours destroys any, so somebody else did."""
    numbers = [
        str(one.start) if len(one) == 1 else f"{one.start} to {one.stop - 1}"
        for one in destroyed[:MOST_NAMED]
    ]
    more = ", and more" if len(destroyed) > MOST_NAMED else ""
    return (
        f"Of {sum(map(len, destroyed))} entries the content is gone, so that nobody can tell who "
        f"did what there: {', '.join(numbers)}{more}. Whoever took it could write to the database."
    )


@contextmanager
def _source(settings: config.InstanceSettings, options: argparse.Namespace) -> Iterator[_Source]:
    if options.folder is not None:
        yield Export(options.folder)
        return
    engine = open_store(settings.database_url)
    try:
        with stored_log(engine, options.log) as log:
            yield log
    finally:
        engine.dispose()


def _note(path: Path | None, log: _Source) -> bytes:
    if path is None:
        newest = log.newest_checkpoint()
        if not newest:
            raise NoCheckpointError
        return newest.encode()
    return _read(path, "The checkpoint's file cannot be read.")


def _signed(note: bytes, log: Verifier, witnesses: Sequence[str]) -> Checkpoint:
    """Return the checkpoint of a note that a log, and all of these witnesses, have signed."""
    check_cosigned(note, log, map(Verifier.from_vkey, witnesses))
    return open_checkpoint(note, [log])[0]


def _read(path: Path, problem: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError:
        raise ExportError(problem) from None


def _own(note: str, vkey: str) -> Checkpoint:
    return open_checkpoint(note.encode(), [Verifier.from_vkey(vkey)])[0]
