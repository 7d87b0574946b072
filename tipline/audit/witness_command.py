"""`python -m tipline audit witness`: somebody outside looks whether the log is as it was.

It needs no instance, no settings and no unlock secret, only a file of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from tipline import logs
from tipline.audit import witness_files
from tipline.audit.bringing import NotBroughtError, bring
from tipline.audit.checkpoints import CheckpointError
from tipline.audit.fetching import LogSite
from tipline.audit.succession import look_first
from tipline.audit.verifiers import NoteError, SignatureType, Verifier, is_key_name
from tipline.audit.witness_files import Kept
from tipline.audit.witness_words import day, sentence
from tipline.audit.witnessing import Before, Finding, Look, Witness, look
from tipline.clock import system_clock
from tipline.crypto.signing import SigningKey
from tipline.errors import TiplineError
from tipline.hardening import harden

COMMAND: Final = "audit witness"
HELP: Final = (
    "Look from outside, without an instance, whether a published log has only grown: exit status "
    "0, 1 (could not be checked) or 2 (it has not)."
)
AS_IT_WAS, NOT_CHECKED, ALARM = 0, 1, 2
KEY, NEWEST, EVIDENCE = "key", "newest", "evidence"


class WitnessOptionsError(TiplineError):
    """What was typed does not go with the state file."""

    code = "witness_options"
    message = "For the first look at a log, give its --url and its verifier key with --vkey."


class OtherLogError(WitnessOptionsError):
    """The file belongs to another log."""

    message = (
        "This state file belongs to another log, or to a witness of another name. Give each log a "
        "file of its own. If somebody says that the log has a new key, ask why."
    )


class NotALogsKeyError(WitnessOptionsError):
    """The verifier key is not one with which checkpoints are signed."""

    message = "The verifier key is that of a witness, and not of a log."


class WitnessNameError(WitnessOptionsError):
    """No key can be called so."""

    message = "The name of a witness has no space and no plus sign."


class NothingCosignedError(WitnessOptionsError):
    """The witness has not signed anything of this log."""

    message = "Nothing of this log was cosigned: see --show evidence."


class NothingBeforeError(WitnessOptionsError):
    """There is nothing that a log could go on after."""

    message = "The file that --after names holds no checkpoint that you cosigned."


class AnotherKeyError(WitnessOptionsError):
    """The log that should go on after another has another key."""

    message = (
        "A log that goes on after another is signed with the same key, and this one is not: "
        "anybody could have begun it. Nothing was looked at. Ask why."
    )


class NotThisLogError(TiplineError):
    """Something else than the log answers."""

    code = "not_this_log"
    message = (
        "What is shown at this address was not signed with this log's key. Nothing was changed. "
        "Check the address. If somebody says that the log has a new key, ask why. If it goes on "
        "under another name after a restore, it has another address: see --after."
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command. Return its exit status."""
    logs.configure("witness")
    harden()
    options = _parser().parse_args(arguments)
    try:
        with witness_files.alone(options.state):
            return _show(options) if options.show else _look(options)
    except TiplineError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_CHECKED


def _look(options: argparse.Namespace) -> int:
    before = witness_files.read(options.state)
    kept = _chosen(before, options)
    found = _look_at(LogSite.from_url(kept.url), kept.witness)
    witness_files.write(options.state, Kept(found.witness, kept.url))
    if before is None:
        _show_key(found.witness)
    said = sentence(kept.witness, found)
    if found.finding.is_alarm:
        sys.stderr.write(f"ALARM. {said}\n")
        return ALARM
    # What it showed once stays true: nobody must miss it because one mail was lost.
    is_stained = bool(found.witness.contradictions)
    (sys.stderr if is_stained else sys.stdout).write(f"{said}\n")
    # Before the first look nobody could register this witness's key.
    if before is not None and not options.unsent:
        _bring(kept.url, found.witness)
    if is_stained:
        return ALARM
    return NOT_CHECKED if found.finding is Finding.CONTINUES_LATER else AS_IT_WAS


def _bring(url: str, witness: Witness) -> None:
    """Bring the cosignature back, or say why it was not taken."""
    if witness.newest is None:
        return
    try:
        bring(LogSite.from_url(url), witness.newest.note)
    except NotBroughtError as error:
        # No failure of the look: what was seen is seen, and kept.
        sys.stderr.write(f"{error}\n")


def _look_at(site: LogSite, witness: Witness) -> Look:
    seconds = int(system_clock().timestamp())
    try:
        if witness.newest is None and witness.before is not None:
            return look_first(witness, witness.before, site.checkpoint(), site, seconds)
        return look(witness, site.checkpoint(), site.tile, seconds)
    except (NoteError, CheckpointError):
        raise NotThisLogError from None


def _chosen(before: Kept | None, options: argparse.Namespace) -> Kept:
    """Return the witness that the file holds, or a new one, with the URL that is to be asked."""
    log = Verifier.from_vkey(options.vkey) if options.vkey else None
    if before is None:
        if log is None or not options.url:
            raise WitnessOptionsError
        if log.kind is not SignatureType.ED25519:
            raise NotALogsKeyError
        if options.after is not None:
            return Kept(_successor(options, log), options.url)
        # Names tell witnesses apart, and no two people would think of the same.
        name = options.name or f"witness-{os.urandom(4).hex()}"
        if not is_key_name(name):
            raise WitnessNameError
        return Kept(Witness(name, SigningKey.generate(), log), options.url)
    known = before.witness
    if (log and log.vkey() != known.log.vkey()) or options.name not in (None, known.name):
        raise OtherLogError
    return Kept(known, options.url or before.url)


def _successor(options: argparse.Namespace, log: Verifier) -> Witness:
    """Return the same witness, of a log that goes on after the one that a file is of."""
    kept = witness_files.read(options.after)
    old = kept.witness if kept is not None else None
    if old is None or old.newest is None:
        raise NothingBeforeError
    if log.key.raw != old.log.key.raw:
        raise AnotherKeyError
    if log.name == old.log.name or options.name not in (None, old.name):
        raise OtherLogError
    return Witness(old.name, old.key, log, before=Before(old.log, old.newest))


def _show(options: argparse.Namespace) -> int:
    """Print what can be handed on: the file itself holds the witness's private key."""
    kept = witness_files.read(options.state)
    if kept is None or (kept.witness.newest is None and not kept.witness.contradictions):
        raise WitnessOptionsError
    if options.show == KEY:
        _show_key(kept.witness)
        return AS_IT_WAS
    if options.show == NEWEST:
        if kept.witness.newest is None:
            raise NothingCosignedError
        sys.stdout.write(kept.witness.newest.note.decode())
        return AS_IT_WAS
    for one in kept.witness.contradictions:
        sys.stdout.write(
            f"=== seen and cosigned before {day(one.at)}\n{one.seen.decode()}"
            f"=== shown on {day(one.at)}\n{one.shown.decode()}"
        )
    return AS_IT_WAS


def _show_key(witness: Witness) -> None:
    verifier = witness.verifier
    sys.stdout.write(
        f"This witness's verifier key:\n{verifier.vkey()}\n"
        f"Its fingerprint, to be compared by telephone: {verifier.fingerprint}\n"
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with the status of a look that was none: that of argparse means an alarm here."""
        self.print_usage(sys.stderr)
        self.exit(NOT_CHECKED, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=f"python -m tipline {COMMAND}", description=HELP)
    parser.add_argument("state", type=Path, help="the witness's file, which the first look makes")
    parser.add_argument("--url", help="where the log is published: the tip line's public address")
    parser.add_argument("--vkey", help="the log's verifier key, from whoever runs the tip line")
    parser.add_argument(
        "--after",
        type=Path,
        metavar="FILE",
        help="of a log that goes on after another: the file in which you have that one",
    )
    parser.add_argument("--name", help="the witness's name, if it should have a certain one")
    parser.add_argument(
        "--show",
        choices=(KEY, NEWEST, EVIDENCE),
        help="print the witness's key, its newest cosigned checkpoint, or evidence, and look at "
        "nothing",
    )
    parser.add_argument(
        "--unsent",
        action="store_true",
        help="do not bring the cosignature back to the tip line",
    )
    return parser
