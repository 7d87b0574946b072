"""Going on after a restore: another log, which begins with what outsiders last saw of the other.

A backup that is put back has a log that is shorter than what witnesses saw of it. To append to it
would be to sign another past under the same name, which is what a forger does, and nobody outside
could tell the two apart. So that log ends, and stays as it is. The new one's first entry holds the
last checkpoint that was witnessed, and what is here of that log: whoever kept the checkpoint sees
from where on the log goes on, and what is lost is known to be lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint, parse
from tipline.audit.entries import Entry
from tipline.audit.keys import RecordsKeys
from tipline.audit.merkle import root
from tipline.audit.names import continuing, number_of, turn_of
from tipline.audit.notes import parse_note
from tipline.audit.openings import Opening
from tipline.audit.publishing import Publisher
from tipline.audit.recording import COMMAND, OPERATOR
from tipline.audit.sequencing import LogInUse, NoLogError
from tipline.clock import Clock
from tipline.errors import TiplineError


class SupersededError(TiplineError):
    """The checkpoint is of a log after which another one goes on already."""

    code = "log_superseded"
    message = (
        "Another log goes on already after the one of this checkpoint. Nothing was changed. After "
        "another restore give the last checkpoint of the newest log. If that one went on after a "
        "checkpoint that was not the last, give the last, and --anyway."
    )


class NothingMissingError(TiplineError):
    """The log in the database begins with what the checkpoint says, and has more."""

    code = "log_nothing_missing"
    message = (
        "The log here has all that this checkpoint says, and more. If no later one was given out, "
        "it goes on under its own name, and nothing is to be done. If a later one was, give that "
        "one, or add --anyway. Nothing was changed."
    )


class DifferentPastError(TiplineError):
    """The log in the database is not how the checkpoint's log begins."""

    code = "log_different_past"
    message = (
        "The log here has other entries than the checkpoint says: it has gone on after the restore "
        "under its old name, or was changed. Nothing was changed now. Find out which; --anyway "
        "begins the new log all the same, whose first entry then says both."
    )


@dataclass(frozen=True, slots=True)
class Continued:
    """A log that has begun.

    Attributes:
        number: its number, from 1.
        origin: its name.
        vkey: the key with which its checkpoints are checked.
        checkpoint: the note of its first checkpoint.
        opening: what its first entry says.
        is_cosigned: whether anybody but the log has signed the checkpoint that it goes on after.
    """

    number: int
    origin: str
    vkey: str
    checkpoint: str
    opening: Opening
    is_cosigned: bool


def continue_log(
    engine: Engine, keys: RecordsKeys, witnessed: bytes, clock: Clock, *, anyway: bool = False
) -> Continued:
    """Begin a log that goes on after a checkpoint, and sign its first checkpoint.

    What waits is numbered in the new log. A kill in between leaves a log without a checkpoint,
    which the records worker signs at its next sweep.

    Args:
        engine: the main store.
        keys: those of the records worker: the new log has the same key, under its own name.
        witnessed: the note of the last checkpoint that anybody outside has seen.
        clock: the time.
        anyway: whether to do it also where one of this module's errors would be raised.

    Raises:
        NoteError, CheckpointError: it is no checkpoint, or this key has not signed it.
        OtherLogError: it is of a log that was begun with another key.
        SupersededError, NothingMissingError, DifferentPastError: see their sentences.
    """
    origin = parse(parse_note(witnessed)[0]).origin
    checkpoint, note = open_checkpoint(witnessed, [keys.signer(origin).verifier])
    with engine.begin() as connection:
        number, here = _held(connection, checkpoint, anyway=anyway)
        signer = keys.signer(continuing(origin, number))
        entry = Entry(
            at=clock(),
            act=Act.CONTINUE_LOG,
            outcome=Outcome.DONE,
            place=COMMAND,
            actor=OPERATOR,
            continues=checkpoint.text(),
            here=here.text() if here is not None else "",
        )
        LogInUse.begin(connection, number, signer.verifier, entry)
    return Continued(
        number=number,
        origin=signer.verifier.name,
        vkey=signer.verifier.vkey(),
        checkpoint=Publisher(engine, signer, clock).publish(),
        opening=Opening(entry, checkpoint, here),
        is_cosigned=bool(note.unknown),
    )


def address_of(public_url: str, origin: str) -> str:
    """Return where a log is published: witnesses ask there (see `gateway.log_pages`)."""
    turn = turn_of(origin)
    return f"{public_url.rstrip('/')}/log/{turn}" if turn else public_url.rstrip("/")


def _held(
    connection: Connection, checkpoint: Checkpoint, *, anyway: bool
) -> tuple[int, Checkpoint | None]:
    """Lock the newest log. Return the next one's number, and what is here of the newest."""
    after = number_of(checkpoint.origin)
    try:
        newest = LogInUse(connection)
    except NoLogError:
        return after + 1, None
    if not anyway:
        _compare(newest, checkpoint)
    tree = root(newest.size, newest.tiles.reader(newest.size))
    return max(after, newest.number) + 1, Checkpoint(newest.origin, newest.size, tree)


def _compare(log: LogInUse, checkpoint: Checkpoint) -> None:
    """Compare what is here with a checkpoint, as far as that goes.

    Of a log that is shorter nothing can be said: what would prove it has been lost. A log that is
    not the checkpoint's is of an older backup, or has gone on after the checkpoint's already.
    """
    if log.origin != checkpoint.origin:
        if log.number >= number_of(checkpoint.origin):
            raise SupersededError
        return
    if log.size < checkpoint.size:
        return
    if root(checkpoint.size, log.tiles.reader(log.size)) != checkpoint.root:
        raise DifferentPastError
    if log.size > checkpoint.size:
        raise NothingMissingError
