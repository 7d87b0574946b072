"""Founding a line: making its key bundle, certifying it, and granting it.

The bundle exists in the memory of the session that makes it and, sealed, in grants; never in clear
on a disk. The recovery key is shown once, by whoever calls this, and then kept offline. Nothing is
committed before it was typed back.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select

from tipline.clock import Clock, system_clock
from tipline.crypto.encoding import Field
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.tags import check_tag, keyed_tag
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.admissions import grant_row
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_key, recovery_words
from tipline.lines.certificates import FIRST_GENERATION, LineCertificate
from tipline.lines.certifying import certified_row
from tipline.lines.descriptions import LineDescription, LineExistsError
from tipline.lines.directory import CertifiedLine
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant, LineKey, PendingLineKeys
from tipline.lines.registry import insert_line, lock_line
from tipline.members.basics import SignedIn

__all__ = [
    "FoundedLine",
    "LineDescription",
    "LineExistsError",
    "LineHasKeysError",
    "NothingPendingError",
    "WrongRecoveryWordsError",
    "confirm_keys",
    "found_line",
    "grant",
    "granted_keyring",
    "has_pending_keys",
    "start_keys",
]
PENDING_PURPOSE = "pending line keys"


class LineHasKeysError(TiplineError):
    """The line's keys were made before, perhaps by somebody else."""

    code = "line_has_keys"
    message = "This line has its keys already. Somebody else may have made them just now."


class NothingPendingError(TiplineError):
    """No keys wait for this supervisor to type in their recovery key."""

    code = "nothing_pending"
    message = marked("No keys of this line wait for you. Make them first.")


class WrongRecoveryWordsError(TiplineError):
    """What was typed is not the recovery key that was shown."""

    code = "wrong_recovery_words"
    message = marked(
        "This is not the recovery key that was shown. Compare it with what you noted, group by "
        "group. If you cannot find it any more, start over: you are given another one."
    )


@dataclass(frozen=True, slots=True, repr=False)
class FoundedLine:
    """A new line's bundle, and the recovery key to be shown once."""

    bundle: LineBundle
    recovery: str


@dataclass(frozen=True, slots=True, repr=False)
class _NewKeys:
    """A line's first bundle, the public half of its recovery key, and who gets the bundle."""

    bundle: LineBundle
    recovery: SealingKey
    holders: dict[str, SealingKey]


def found_line(
    engine: Engine,
    console: SigningKey,
    description: LineDescription,
    clock: Clock = system_clock,
) -> FoundedLine:
    """Make a line with its first generation of keys, certified by the console's key.

    For the demo and for tests: nobody is asked for the recovery key, and nobody is granted the
    bundle yet.

    Raises:
        InvalidLineError: a field is wrong; LineExistsError: short name or address are taken.
    """
    recovery = OpeningKey.generate()
    with engine.begin() as connection:
        line_id = insert_line(connection, description)
        bundle = LineBundle.generate(line_id, FIRST_GENERATION)
        keys = _NewKeys(bundle, recovery.public, {})
        _commit_keys(connection, console, keys, clock())
    return FoundedLine(bundle, recovery_words(recovery))


def start_keys(engine: Engine, line_id: str, member_id: str, key: SealingKey) -> str:
    """Make a line's first bundle for a supervisor, and return the recovery key to be shown once.

    The bundle waits, sealed to the supervisor's key, for `confirm_keys`. What this supervisor made
    before and did not confirm is replaced.

    Raises:
        LineHasKeysError: the line has keys; UnknownLineError: there is no such line.
    """
    bundle, recovery = LineBundle.generate(line_id, FIRST_GENERATION), OpeningKey.generate()
    sealed = bundle.seal_to(member_id, key)
    row = {
        "line_id": line_id,
        "member_id": member_id,
        "sealed": sealed,
        "recovery_public": recovery.public.raw,
        "tag": keyed_tag(recovery.seed, PENDING_PURPOSE, line_id, member_id, sealed),
    }
    with engine.begin() as connection:
        lock_line(connection, line_id)
        _check_without_keys(connection, line_id)
        connection.execute(delete(PendingLineKeys).where(*_is_of(line_id, member_id)))
        connection.execute(insert(PendingLineKeys), row)
    return recovery_words(recovery)


def confirm_keys(
    engine: Engine, console: SigningKey, line_id: str, holder: SignedIn, words: str, now: datetime
) -> None:
    """Commit and certify the keys that a supervisor made, once the recovery key was typed back.

    The supervisor and the recovery key are granted the bundle.

    Raises:
        WrongRecoveryWordsError: these are other words; nothing is committed.
        NothingPendingError: there is nothing to confirm.
        LineHasKeysError: somebody else's keys were confirmed first.
        NotAuthenticError: what waited is not what was made with these words.
    """
    with engine.begin() as connection:
        lock_line(connection, line_id)
        _check_without_keys(connection, line_id)
        keys = _pending_keys(connection, line_id, holder, words)
        _commit_keys(connection, console, keys, now)
        connection.execute(delete(PendingLineKeys).where(PendingLineKeys.line_id == line_id))


def has_pending_keys(engine: Engine, line_id: str, member_id: str) -> bool:
    """Tell whether a supervisor made keys whose recovery key was not typed back yet."""
    query = select(PendingLineKeys.line_id).where(*_is_of(line_id, member_id))
    with reading(engine) as connection:
        return connection.execute(query).first() is not None


def grant(engine: Engine, bundle: LineBundle, holder: str, key: SealingKey) -> None:
    """Seal a line's bundle to a member, or to the recovery key."""
    with engine.begin() as connection:
        connection.execute(insert(KeyGrant), grant_row(bundle, holder, key))


def granted_keyring(
    engine: Engine, line: CertifiedLine, member_id: str, key: OpeningKey
) -> LineKeyring | None:
    """Return a line's bundles that were granted to a member, or None without the newest.

    Raises:
        CannotOpenError: a grant is not for this member, or is not of the certified keys.
    """
    query = select(KeyGrant.generation, KeyGrant.sealed).where(
        KeyGrant.line_id == line.id, KeyGrant.holder == member_id
    )
    with reading(engine) as connection:
        grants = {row.generation: row.sealed for row in connection.execute(query)}
    if line.certificate.generation not in grants:
        return None
    bundles = []
    for certificate in line.certificates:
        if certificate.generation in grants:
            sealed = grants[certificate.generation]
            bundles.append(open_granted(certificate, member_id, sealed, key))
    return LineKeyring.of(*bundles)


def open_granted(
    certificate: LineCertificate, holder: str, sealed: bytes, key: OpeningKey
) -> LineBundle:
    """Return a granted bundle, if it is the one that was certified.

    Raises:
        CannotOpenError: it is not, or it was not granted to this holder.
    """
    generation = certificate.generation
    bundle = LineBundle.open(certificate.line_id, generation, holder, sealed, key)
    certificate.check(bundle.opening.public.raw, bundle.signing.public.raw)
    return bundle


def _is_of(line_id: str, member_id: str) -> tuple[ColumnElement[bool], ...]:
    return (PendingLineKeys.line_id == line_id, PendingLineKeys.member_id == member_id)


def _check_without_keys(connection: Connection, line_id: str) -> None:
    query = select(LineKey.line_id).where(LineKey.line_id == line_id).limit(1)
    if connection.execute(query).first() is not None:
        raise LineHasKeysError


def _pending_keys(connection: Connection, line_id: str, holder: SignedIn, words: str) -> _NewKeys:
    query = select(PendingLineKeys.sealed, PendingLineKeys.recovery_public, PendingLineKeys.tag)
    is_theirs = _is_of(line_id, holder.member_id)
    row = connection.execute(query.where(*is_theirs)).one_or_none()
    if row is None:
        raise NothingPendingError
    try:
        recovery = recovery_key(words)
    except CannotOpenError:
        raise WrongRecoveryWordsError from None
    if not hmac.compare_digest(recovery.public.raw, row.recovery_public):
        raise WrongRecoveryWordsError
    fields: tuple[Field, ...] = (line_id, holder.member_id, row.sealed)
    check_tag(recovery.seed, row.tag, PENDING_PURPOSE, *fields)
    try:
        bundle = LineBundle.open(
            line_id, FIRST_GENERATION, holder.member_id, row.sealed, holder.key
        )
    except CannotOpenError:
        raise NotAuthenticError from None
    return _NewKeys(bundle, recovery.public, {holder.member_id: holder.key.public})


def _commit_keys(
    connection: Connection, console: SigningKey, keys: _NewKeys, now: datetime
) -> None:
    """Certify a line's first generation as the line is described now, and grant it."""
    bundle = keys.bundle
    line = lock_line(connection, bundle.line_id)
    certificate = LineCertificate(
        bundle.line_id,
        bundle.generation,
        line.slug,
        line.name,
        line.address,
        line.acknowledgement,
        bundle.opening.public,
        bundle.signing.public,
        keys.recovery,
        now.astimezone(UTC).replace(microsecond=0),
        line.time_zone,
        line.office_hours,
        line.after_hours,
        line.language,
        line.acknowledgement_es,
        line.after_hours_es,
    )
    connection.execute(insert(LineKey), certified_row(certificate, console))
    holders = {RECOVERY_HOLDER: keys.recovery, **keys.holders}
    rows = [grant_row(bundle, holder, key) for holder, key in holders.items()]
    connection.execute(insert(KeyGrant), rows)
