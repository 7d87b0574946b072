"""Removing a member from a line: roles and grants go at once, and the line is given new keys.

What the member could open before, a copy of it included, stays open to them: earlier reading is not
undone. What comes in from now on is sealed to keys that they never had.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind, report
from tipline.language.marking import marked
from tipline.lines.admissions import (
    READING,
    Holder,
    NotOnLineError,
    admitted_as,
    grant_row,
    holders,
    newest_held,
)
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle
from tipline.lines.certificates import LineCertificate
from tipline.lines.certifying import certified_row
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant, LineKey, Membership


class LastKeyHolderError(TiplineError):
    """Without this supervisor nobody could admit anybody to the line's keys."""

    code = "last_key_holder"
    message = marked(
        "You are the last supervisor who holds this line's keys, so you cannot remove yourself. "
        "Admit another supervisor first."
    )


class NoSupervisorLeftError(LastKeyHolderError):
    """The new keys would be granted to no supervisor, not even to the remover."""

    code = "no_supervisor_left"
    message = marked(
        "No supervisor would hold the line's new keys, so nobody was removed: the key of each is "
        "another one than the one that was admitted. Have one admitted again first, or enter the "
        "line's recovery key."
    )


def _nothing(_connection: Connection) -> None:
    """Do no more."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal left: the new generation, and who was not granted it for a wrong signature.

    `recovery_refused`: the recovery key was not granted it either.
    """

    generation: int
    refused: tuple[str, ...]
    recovery_refused: bool


def remove_member(
    engine: Engine,
    console: SigningKey,
    keyring: LineKeyring,
    remover: str,
    member_id: str,
    now: datetime,
    also: Callable[[Connection], None] = _nothing,
) -> Removal:
    """Take a member's reading roles and grants, and give the line a new generation of keys.

    It is granted to everybody whose admission the line's key has signed, and to the recovery key.
    `also` is called in the same transaction, at its end. The caller ends the member's sessions.

    Raises:
        NotOnLineError: the member has no reading role on the line, and no grant of its keys.
        LastKeyHolderError: no supervisor who stays holds the keys.
        KeysChangedError: the line has a newer generation than the keyring.
        NotAuthenticError: the line's certificates are not authentic.
    """
    with engine.begin() as connection:
        newest = newest_held(connection, console.public, keyring)
        found = holders(connection, newest)
        rest = [holder for holder in found if holder.member.id != member_id]
        if len(rest) == len(found) and not _has_grants(connection, newest.line_id, member_id):
            raise NotOnLineError
        if not _has_supervisor(rest):
            raise LastKeyHolderError if remover == member_id else NoSupervisorLeftError
        _take_everything(connection, newest.line_id, member_id)
        removal = _new_generation(connection, console, keyring, newest, rest, now)
        also(connection)
        return removal


def renew_line_keys(
    engine: Engine, console: SigningKey, keyring: LineKeyring, now: datetime
) -> Removal:
    """Give the line a new generation of keys without removing anybody.

    Raises:
        NoSupervisorLeftError: it would be granted to no supervisor.
        KeysChangedError: the line has a newer generation than the keyring.
        NotAuthenticError: the line's certificates are not authentic.
    """
    with engine.begin() as connection:
        newest = newest_held(connection, console.public, keyring)
        found = holders(connection, newest)
        if not _has_supervisor(found):
            raise NoSupervisorLeftError
        return _new_generation(connection, console, keyring, newest, found, now)


def _has_grants(connection: Connection, line_id: str, member_id: str) -> bool:
    """Tell whether a member who is disabled, or lost the role, still has grants."""
    query = select(KeyGrant.holder).where(
        KeyGrant.line_id == line_id,
        KeyGrant.holder == member_id,
        KeyGrant.holder != RECOVERY_HOLDER,
    )
    return connection.execute(query.limit(1)).first() is not None


def _has_supervisor(rest: Collection[Holder]) -> bool:
    return any(holder.member.holds_keys and holder.member.is_supervisor for holder in rest)


def _take_everything(connection: Connection, line_id: str, member_id: str) -> None:
    connection.execute(
        delete(Membership).where(
            Membership.line_id == line_id,
            Membership.member_id == member_id,
            Membership.role.in_(READING),
        )
    )
    connection.execute(
        delete(KeyGrant).where(KeyGrant.line_id == line_id, KeyGrant.holder == member_id)
    )


def _new_generation(
    connection: Connection,
    console: SigningKey,
    keyring: LineKeyring,
    newest: LineCertificate,
    rest: Sequence[Holder],
    now: datetime,
) -> Removal:
    bundle = LineBundle.generate(newest.line_id, newest.generation + 1)
    made_at = now.astimezone(UTC).replace(microsecond=0)
    certificate = replace(
        newest,
        generation=bundle.generation,
        sealing=bundle.opening.public,
        verifying=bundle.signing.public,
        made_at=made_at,
    )
    row = certified_row(certificate, console, keyring.newest.signing)
    connection.execute(insert(LineKey), row)
    refused = [holder.member.id for holder in rest if holder.member.is_refused]
    rows = [
        grant_row(bundle, holder.member.id, SealingKey(holder.public), holder.vouched)
        for holder in rest
        if holder.member.holds_keys
    ]
    recovery = _admitted_recovery(connection, newest)
    if recovery is not None:
        rows.append(grant_row(bundle, RECOVERY_HOLDER, recovery))
    connection.execute(insert(KeyGrant), rows)
    wrong = len(refused) + (recovery is None)
    if wrong:
        report(connection, IncidentKind.SWAPPED_KEY, now, wrong)
    return Removal(bundle.generation, tuple(refused), recovery is None)


def _admitted_recovery(connection: Connection, newest: LineCertificate) -> SealingKey | None:
    """Return the recovery key, if both console and line vouch for it."""
    query = select(KeyGrant.admission).where(
        KeyGrant.line_id == newest.line_id,
        KeyGrant.generation == newest.generation,
        KeyGrant.holder == RECOVERY_HOLDER,
    )
    admission = connection.execute(query).scalar_one_or_none()
    public = newest.recovery.raw
    return newest.recovery if admitted_as(newest, RECOVERY_HOLDER, public, admission) else None
