"""`tipline audit restart`: after a restore, let the log go on under another name."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

import config
from tipline.audit.continuing import Continued, address_of, continue_log
from tipline.audit.exporting import ExportError
from tipline.audit.keys import RecordsKeys
from tipline.audit.openings import Opening
from tipline.clock import system_clock
from tipline.db.engines import open_store
from tipline.environment import with_files
from tipline.instance import provisioning
from tipline.instance.unlock_secrets import unlock_secret

PUBLIC_URL: Final = "TIPLINE_PUBLIC_URL"
MOST_BYTES: Final = 100_000  # of the checkpoint's file
NOBODY_COSIGNED: Final = (
    "Nobody but the log itself has signed this checkpoint. A witness who saw a later one will say "
    "so, in public. Ask them all; if one did, give this command again with theirs and --anyway.\n"
)


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those behind `audit`."""
    restarting = actions.add_parser("restart", help=restart_log.__doc__)
    restarting.add_argument(
        "--checkpoint",
        required=True,
        type=Path,
        help="the last checkpoint that a witness has, as a file",
    )
    restarting.add_argument(
        "--anyway",
        action="store_true",
        help="also if the log here has more than the checkpoint says, or something else",
    )
    restarting.set_defaults(command=restart_log)


def restart_log(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """After a restore: begin a log that goes on after the last checkpoint that was witnessed."""
    try:
        with options.checkpoint.open("rb") as file:
            witnessed = file.read(MOST_BYTES)
    except OSError:
        raise ExportError("The checkpoint's file cannot be read.") from None
    folders = provisioning.open_checked(settings, unlock_secret(os.environ))
    keys = RecordsKeys.load(folders.records)
    engine = open_store(settings.database_url)
    try:
        done = continue_log(engine, keys, witnessed, system_clock, anyway=options.anyway)
    finally:
        engine.dispose()
    sys.stdout.write(_told(done, with_files(os.environ).get(PUBLIC_URL, "")))
    if not done.is_cosigned:
        sys.stderr.write(NOBODY_COSIGNED)


def words_of(opening: Opening) -> str:
    """Return what a log says of the one that it continues, for whoever reads it in a terminal."""
    before, here = opening.continues, opening.here
    said = [f"It continues {before.origin} of {before.size:,} entries."]
    if opening.lost:
        said.append(
            f"Of these {opening.lost:,} at least are lost to this instance: only who kept that log "
            "elsewhere has them."
        )
    if here is not None:
        said.append(f"{here.size:,} entries of {here.origin} were here, and stay.")
    return " ".join(said)


def _told(done: Continued, public_url: str) -> str:
    # Where the gateway is, is no setting of this command: it is given where it is known.
    address = address_of(public_url or "https://(your public host)", done.origin)
    return (
        f"Log {done.number} has begun: {done.origin}\n"
        f"{words_of(done.opening)}\n"
        "Tell all who witness, and say why:\n"
        f"  its verifier key  {done.vkey}\n"
        f"  its address       {address}\n"
    )
