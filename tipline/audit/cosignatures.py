"""Cosignatures that witnesses bring back to the log (https://c2sp.org/tlog-cosignature).

A witness says with one that, when it signed, it had seen nothing of this log that goes further. Of
each witness that is registered the newest is kept: the one of the largest checkpoint, and of
several of the same the last. The gateway does this, so nothing here reaches a private key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select, update

from tipline.audit.checkpoints import Checkpoint, CheckpointError, parse
from tipline.audit.models import Log, LogCheckpoint, LogWitness
from tipline.audit.notes import UnknownSignersError, open_note, parse_note
from tipline.audit.verifiers import NoteError, Signature, WrongSignatureError, cosigned_at
from tipline.audit.witness_rows import Cosigned, Witnessed, registered
from tipline.clock import stored
from tipline.db.reading import reading
from tipline.errors import TiplineError

# Of a note that is brought: a checkpoint with the signatures of twenty witnesses has room in it.
MOST_BYTES: Final = 4096
# What is signed later than now is no look that was made. Clocks of laptops may be wrong by this.
AHEAD: Final = timedelta(hours=1)


class CosignatureRefusedError(TiplineError):
    """What a witness brought is not taken."""

    code = "cosignature_refused"
    message = "This is no signed checkpoint, as c2sp.org/tlog-checkpoint says how to write one."


class ForeignCheckpointError(CosignatureRefusedError):
    """It is a checkpoint of another log."""

    code = "cosigned_foreign_checkpoint"
    message = "This is a checkpoint of another log than the one that is published here."


class UnknownCheckpointError(CosignatureRefusedError):
    """The log never had a checkpoint of this size."""

    code = "cosigned_unknown_checkpoint"
    message = "This log has published no checkpoint of this size."


class OtherCheckpointError(CosignatureRefusedError):
    """The log has another checkpoint of this size."""

    code = "cosigned_other_checkpoint"
    message = (
        "This log has published another checkpoint of this size. If its key has signed this one as "
        "well, keep both: they cannot both be true."
    )


class NoSuchWitnessError(CosignatureRefusedError):
    """Nobody has signed who is registered."""

    code = "cosigned_by_nobody"
    message = "No witness has signed this that is registered here."


class WrongCosignatureError(CosignatureRefusedError):
    """A registered witness has not signed what stands in its name."""

    code = "cosigned_wrongly"
    message = "A signature in the name of a witness that is registered here is wrong."


class NotYetError(CosignatureRefusedError):
    """It was signed at a time that has not come yet."""

    code = "cosigned_not_yet"
    message = "The cosignature is of a time that has not come yet. Set the witness's clock."


def take(engine: Engine, raw: bytes, now: datetime) -> bool:
    """Keep what registered witnesses have signed of a checkpoint that this log has published.

    What is known already, or older than that, changes nothing.

    Args:
        engine: the main store.
        raw: the note, with the cosignatures.
        now: the time.

    Returns:
        Whether anything of it was new.

    Raises:
        CosignatureRefusedError: nothing was kept; see the sentences of its subclasses.
    """
    text, checkpoint = _parsed(raw)
    with reading(engine) as connection:
        log = _log_that_published(connection, text, checkpoint)
        known = registered(connection)
    brought = [
        (one, Cosigned(one.id, log, checkpoint.size, _time_of(signature, now), signature.raw))
        for one, signature in _cosignatures(raw, known)
    ]
    new = [each for one, each in brought if one.is_older(each)]
    return bool(new) and _keep(engine, new)


def _parsed(raw: bytes) -> tuple[str, Checkpoint]:
    try:
        text, _ = parse_note(raw)
        return text, parse(text)
    except (NoteError, CheckpointError):
        raise CosignatureRefusedError from None


def _log_that_published(connection: Connection, text: str, checkpoint: Checkpoint) -> int:
    newest = select(Log.number, Log.origin).order_by(Log.number.desc()).limit(1)
    log = connection.execute(newest).one_or_none()
    if log is None or log.origin != checkpoint.origin:
        raise ForeignCheckpointError
    query = select(LogCheckpoint.note).where(
        LogCheckpoint.log == log.number, LogCheckpoint.size == checkpoint.size
    )
    note = connection.execute(query).scalar()
    if note is None:
        raise UnknownCheckpointError
    if parse_note(note.encode())[0] != text:
        raise OtherCheckpointError
    return int(log.number)


def _cosignatures(raw: bytes, known: Sequence[Witnessed]) -> list[tuple[Witnessed, Signature]]:
    try:
        note = open_note(raw, [one.verifier for one in known])
    except UnknownSignersError:
        raise NoSuchWitnessError from None
    except WrongSignatureError:
        raise WrongCosignatureError from None
    signed = ((one, note.signature_of(one.verifier)) for one in known)
    return [(one, signature) for one, signature in signed if signature is not None]


def _time_of(signature: Signature, now: datetime) -> datetime:
    """Return when it was signed, as the stores keep it."""
    latest = int((now + AHEAD).timestamp())
    seconds = cosigned_at(signature)
    if seconds > latest:
        raise NotYetError
    return stored(datetime.fromtimestamp(seconds, UTC))


def _keep(engine: Engine, new: Sequence[Cosigned]) -> bool:
    """Keep what is new, also if another request kept something since. Return whether any was."""
    kept = 0
    with engine.begin() as connection:
        for one in new:
            statement = update(LogWitness).where(LogWitness.id == one.witness, _is_older(one))
            values = {"log": one.log, "size": one.size, "seen_at": one.at}
            changed = connection.execute(statement.values(**values, signature=one.signature))
            kept += changed.rowcount
    return kept > 0


def _is_older(new: Cosigned) -> ColumnElement[bool]:
    """The same as `Witnessed.is_older`, in the transaction that writes."""
    return or_(
        LogWitness.log.is_(None),
        LogWitness.log < new.log,
        and_(LogWitness.log == new.log, LogWitness.size < new.size),
        and_(
            LogWitness.log == new.log,
            LogWitness.size == new.size,
            LogWitness.seen_at < new.at,
        ),
    )
