"""Witnesses: who outside is known to watch the log, and how much of it each has seen.

Auditors register them with their verifier key (https://c2sp.org/signed-note#verifier-keys, type
0x04). What a witness has seen is what it has signed: a row that says something else is not
believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from tipline.audit.lines import is_line
from tipline.audit.models import Log, LogCheckpoint, LogWitness
from tipline.audit.notes import parse_note
from tipline.audit.verifiers import NoteError, SignatureType, Verifier, VerifierKeyError
from tipline.audit.witness_rows import MOST_WITNESSES, time_signed, verifier_of
from tipline.clock import stored
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked

MOST_CHARACTERS: Final = 100
MOST_NAME_CHARACTERS: Final = 200


class WitnessRefusedError(TiplineError):
    """What was typed is no verifier key of a witness."""

    code = "witness_refused"
    message = marked(
        "This is no verifier key of a witness. It is one line: a name, eight digits and a key, "
        "with a plus sign between them. Take it as the witness's program prints it."
    )


class NotAWitnessError(WitnessRefusedError):
    """The verifier key is that of a log."""

    message = marked("This is the key of a log, which cannot be its own witness.")


class NamelessWitnessError(WitnessRefusedError):
    """Nobody is named whom one could call."""

    code = "witness_nameless"
    message = marked("Write who this witness is, in at most %(most)d characters.")
    figures: ClassVar[Mapping[str, int]] = {"most": MOST_CHARACTERS}


class KnownWitnessError(WitnessRefusedError):
    """A key of this name, or the key under another name, is registered."""

    code = "witness_known"
    message = marked(
        "A witness with this key, or with a key of this name, is registered already. If somebody "
        "has a new key, remove the old one first."
    )


class TooManyWitnessesError(WitnessRefusedError):
    """There are so many that nobody would look at them."""

    code = "too_many_witnesses"
    message = marked("%(most)d witnesses are registered. Remove one first.")
    figures: ClassVar[Mapping[str, int]] = {"most": MOST_WITNESSES}


class Sight(StrEnum):
    """What is known of what a witness has seen."""

    NOTHING = "nothing"
    SEEN = "seen"
    # The witness signed what this log does not say, or somebody else wrote that it did.
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True, repr=False)
class Witnessing:
    """A registered witness, and what it has seen of the newest log.

    Attributes:
        id: under which it is registered.
        called: who it is, for people.
        verifier: its key.
        added_at: when it was registered (UTC).
        sight: whether it has seen anything, and whether that is what the log says.
        size: how many entries the newest checkpoint that it signed has; 0 if it signed none.
        seen_at: when it signed that (UTC), as it says; None unless `sight` is SEEN.
    """

    id: str
    called: str
    verifier: Verifier
    added_at: datetime
    sight: Sight = Sight.NOTHING
    size: int = 0
    seen_at: datetime | None = None


def witnesses(connection: Connection) -> tuple[Witnessing, ...]:
    """Return all registered witnesses, by what they are called."""
    newest = connection.execute(select(func.max(Log.number))).scalar()
    query = select(*LogWitness.__table__.columns).order_by(LogWitness.called, LogWitness.name)
    found = (_witnessing(connection, row, newest) for row in connection.execute(query).all())
    return tuple(one for one in found if one is not None)


def checked_key(text: str) -> Verifier:
    """Return the key of a witness from what somebody pasted.

    Raises:
        WitnessRefusedError: it is none.
        NotAWitnessError: it is that of a log.
    """
    try:
        verifier = Verifier.from_vkey(text.strip())
    except VerifierKeyError:
        raise WitnessRefusedError from None
    if verifier.kind is not SignatureType.COSIGNATURE_V1:
        raise NotAWitnessError
    if len(verifier.name) > MOST_NAME_CHARACTERS:
        raise WitnessRefusedError
    return verifier


def register(engine: Engine, called: str, verifier: Verifier, now: datetime) -> None:
    """Register a witness.

    Args:
        engine: the main store.
        called: who it is, for people: at most 100 characters.
        verifier: its key, from `checked_key`.
        now: the time.

    Raises:
        NamelessWitnessError, NotAWitnessError, KnownWitnessError, TooManyWitnessesError: see there.
    """
    called = called.strip()
    if not is_line(called) or len(called) > MOST_CHARACTERS:
        raise NamelessWitnessError
    row = {"id": uuid4().hex, "called": called, "added_at": stored(now)}
    key = {"name": verifier.name, "public": verifier.key.raw}
    try:
        with engine.begin() as connection:
            _check_is_new(connection, verifier)
            connection.execute(insert(LogWitness), {**row, **key})
    except IntegrityError:  # two auditors registered it at once
        raise KnownWitnessError from None


def key_of(engine: Engine, witness: str) -> Verifier | None:
    """Return a witness's key, or None if there is no such witness."""
    query = select(LogWitness.name, LogWitness.public).where(LogWitness.id == witness)
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return verifier_of(row.name, row.public) if row else None


def remove(engine: Engine, witness: str) -> None:
    """Remove a witness, and what it has signed. Nothing happens if there is none."""
    with engine.begin() as connection:
        connection.execute(delete(LogWitness).where(LogWitness.id == witness))


def _check_is_new(connection: Connection, verifier: Verifier) -> None:
    vkeys = connection.execute(select(Log.vkey)).scalars().all()
    if any(_is_own(verifier, vkey) for vkey in vkeys):
        raise NotAWitnessError
    # The name is no part of what is signed, so one key under two names would be two witnesses.
    same = or_(LogWitness.name == verifier.name, LogWitness.public == verifier.key.raw)
    if connection.execute(select(LogWitness.id).where(same)).first():
        raise KnownWitnessError
    count = connection.execute(select(func.count()).select_from(LogWitness)).scalar_one()
    if count >= MOST_WITNESSES:
        raise TooManyWitnessesError


def _is_own(verifier: Verifier, vkey: str) -> bool:
    """Tell whether a log's own key, or its name, is brought as that of a witness."""
    try:
        log = Verifier.from_vkey(vkey)
    except VerifierKeyError:
        return False
    return verifier.name == log.name or verifier.key.raw == log.key.raw


def _witnessing(connection: Connection, row: Row[Any], newest: int | None) -> Witnessing | None:
    verifier = verifier_of(row.name, row.public)
    if verifier is None:
        return None
    one = Witnessing(row.id, row.called, verifier, row.added_at.replace(tzinfo=UTC))
    if row.log is None or row.log != newest or row.size is None:
        return one
    at = _time_seen(connection, verifier, row)
    sight = Sight.UNLIKE if at is None else Sight.SEEN
    return replace(one, sight=sight, size=row.size, seen_at=at)


def _time_seen(connection: Connection, verifier: Verifier, row: Row[Any]) -> datetime | None:
    """Return when a witness signed the checkpoint that the log has at this size, if it did."""
    query = select(LogCheckpoint.note).where(
        LogCheckpoint.log == row.log, LogCheckpoint.size == row.size
    )
    note = connection.execute(query).scalar()
    try:
        text, _ = parse_note((note or "").encode())
    except NoteError:
        return None
    return time_signed(verifier, text, row.signature or b"")
