"""Admitting members to a line's keys, by one who holds them.

Each grant is signed with the line's signing key over the holder's public key. So whoever writes to
the database, and swaps a member's public key there, is not granted the next generation.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from tipline import logs
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle
from tipline.lines.certificates import LineCertificate, certificates_of
from tipline.lines.keyrings import LineKeyring
from tipline.lines.leaving import HAD_KEYS
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.registry import lock_line
from tipline.lines.roles import READING_ROLES, Role
from tipline.lines.vouching import Vouched, admission_fields, how_vouched
from tipline.members.models import Member

# Base32 (RFC 4648) has no 0, 1 and 8, so whoever typed one misheard; the rest stands in between.
MISHEARD = str.maketrans("018", "OIB", "-\u2010\u2011\u2013")
READING = tuple(role.value for role in READING_ROLES)


class WrongFingerprintError(TiplineError):
    """What was typed is not the fingerprint of the key that stands in the database."""

    code = "wrong_fingerprint"
    message = marked(
        "This is not the fingerprint of this member's key, so nothing was granted. Have it read "
        "out once more from their own inbox page. If it is still wrong, their key may have been "
        "swapped: tell an admin."
    )


class NotOnLineError(TiplineError):
    """This member has no role on the line with which it could be read."""

    code = "not_on_line"
    message = "This member has no role on the line that reads its tips."


class KeysChangedError(TiplineError):
    """Somebody else gave the line new keys since the page was loaded."""

    code = "keys_changed"
    message = marked("The line was given new keys just now, so nothing was changed. Try again.")


@dataclass(frozen=True, slots=True)
class LineMember:
    """A member with a reading role on a line.

    `holds_keys`: was granted the newest generation, and the line vouches for the key that the
    member has now. `is_uncompared`: it does so because the member made it in the place of one whose
    fingerprint had been compared. `is_refused`: was granted it, but for another key than that one.
    `held_keys`: was granted some generation.
    """

    id: str
    roles: frozenset[Role]
    holds_keys: bool
    is_refused: bool = False
    held_keys: bool = False
    is_uncompared: bool = False

    @property
    def is_supervisor(self) -> bool:
        """Tell whether the member admits and removes others."""
        return Role.SUPERVISOR in self.roles


@dataclass(frozen=True, slots=True, repr=False)
class Holder:
    """A member as the transaction sees it that grants something.

    `vouched`: how the newest generation vouches for the public key, if it does.
    """

    member: LineMember
    public: bytes
    vouched: Vouched | None


def grant_row(
    bundle: LineBundle, holder: str, key: SealingKey, vouched: Vouched | None = Vouched.COMPARED
) -> dict[str, Any]:
    """Return a grant of a bundle to a holder's key, signed with the bundle if it vouches for it."""
    fields = admission_fields(bundle.line_id, bundle.generation, holder, key.raw)
    return {
        "line_id": bundle.line_id,
        "generation": bundle.generation,
        "holder": holder,
        "sealed": bundle.seal_to(holder, key),
        "admission": bundle.signing.sign(vouched.value, *fields) if vouched else None,
    }


def admitted_as(
    certificate: LineCertificate, holder: str, public: bytes, admission: bytes | None
) -> Vouched | None:
    """Return how the line's key of this generation vouches for a holder's key, if it does."""
    fields = admission_fields(certificate.line_id, certificate.generation, holder, public)
    return how_vouched(certificate.verifying, fields, admission)


def matches_fingerprint(public: bytes, typed: str) -> bool:
    """Tell, in constant time, whether what was typed is a public key's fingerprint."""
    plain, expected = _bare(typed), _bare(fingerprint(public))
    return hmac.compare_digest(plain.encode("utf-8", "replace"), expected.encode())


def line_members(engine: Engine, certificate: LineCertificate) -> list[LineMember]:
    """Return who reads a line, or is to be admitted to it, in no particular order."""
    with reading(engine) as connection:
        return [holder.member for holder in holders(connection, certificate)]


def recovery_is_granted(engine: Engine, certificate: LineCertificate) -> bool:
    """Tell whether the recovery key was granted this generation."""
    query = select(KeyGrant.holder).where(
        KeyGrant.line_id == certificate.line_id,
        KeyGrant.generation == certificate.generation,
        KeyGrant.holder == RECOVERY_HOLDER,
    )
    with reading(engine) as connection:
        return connection.execute(query).first() is not None


def holders(connection: Connection, certificate: LineCertificate) -> list[Holder]:
    """Return the members with a reading role, and which of them hold this generation.

    A disabled account is none of them.
    """
    grants = select(KeyGrant.holder, KeyGrant.generation, KeyGrant.admission).where(
        KeyGrant.line_id == certificate.line_id
    )
    granted = connection.execute(grants).all()
    ever = {row.holder for row in granted if row.generation != HAD_KEYS}
    newest = certificate.generation
    admissions = {row.holder: row.admission for row in granted if row.generation == newest}
    members = (
        select(Member.id, Member.public, Membership.role)
        .join(Membership, Membership.member_id == Member.id)
        .where(
            Membership.line_id == certificate.line_id,
            Membership.role.in_(READING),
            Member.is_disabled.is_(False),
        )
        .order_by(Member.id)
    )
    publics: dict[str, bytes] = {}
    roles: dict[str, set[Role]] = {}
    for row in connection.execute(members):
        publics[row.id] = row.public
        roles.setdefault(row.id, set()).add(Role(row.role))
    found = []
    for member_id, public in publics.items():
        admission = admissions.get(member_id)
        vouched = admitted_as(certificate, member_id, public, admission)
        member = LineMember(
            member_id,
            frozenset(roles[member_id]),
            holds_keys=vouched is not None,
            is_refused=member_id in admissions and vouched is None,
            held_keys=member_id in ever,
            is_uncompared=vouched is Vouched.SUCCEEDED,
        )
        found.append(Holder(member, public, vouched))
    return found


def admit(
    engine: Engine, pin: VerifyingKey, keyring: LineKeyring, member_id: str, typed: str
) -> None:
    """Grant a member all generations that a key holder has, if the typed fingerprint is right.

    Raises:
        WrongFingerprintError: it is not; nothing is granted.
        NotOnLineError: the member has no reading role on the line, or is disabled.
        KeysChangedError: the line has a newer generation than the keyring.
        NotAuthenticError: the line's certificates are not authentic.
    """
    line_id = keyring.newest.line_id
    with engine.begin() as connection:
        certificate = newest_held(connection, pin, keyring)
        public = _public_of(holders(connection, certificate), member_id)
        if not matches_fingerprint(public, typed):
            logs.event("fingerprint_refused", logging.WARNING)
            raise WrongFingerprintError
        try:
            key = SealingKey(public)
        except CannotOpenError:
            raise WrongFingerprintError from None
        replace_grants(connection, line_id, member_id, key, keyring.by_generation.values())


def newest_held(connection: Connection, pin: VerifyingKey, keyring: LineKeyring) -> LineCertificate:
    """Lock a line and return its newest certificate, of which the keyring must have the keys.

    Raises:
        KeysChangedError: it has not.
        NotAuthenticError: the line's certificates are not authentic.
    """
    bundle = keyring.newest
    lock_line(connection, bundle.line_id)
    chain = certificates_of(connection, bundle.line_id, pin)
    if not chain or chain[-1].generation != bundle.generation:
        raise KeysChangedError
    try:
        chain[-1].check(bundle.opening.public.raw, bundle.signing.public.raw)
    except CannotOpenError:
        raise NotAuthenticError from None
    return chain[-1]


def replace_grants(
    connection: Connection,
    line_id: str,
    holder: str,
    key: SealingKey,
    bundles: Iterable[LineBundle],
) -> None:
    """Grant bundles to a holder in place of whatever of these generations was granted before."""
    rows = [grant_row(bundle, holder, key) for bundle in bundles]
    connection.execute(
        delete(KeyGrant).where(
            KeyGrant.line_id == line_id,
            KeyGrant.holder == holder,
            KeyGrant.generation.in_([HAD_KEYS, *(row["generation"] for row in rows)]),
        )
    )
    connection.execute(insert(KeyGrant), rows)


def _public_of(found: Iterable[Holder], member_id: str) -> bytes:
    for holder in found:
        if holder.member.id == member_id:
            return holder.public
    raise NotOnLineError


def _bare(text: str) -> str:
    return "".join(text.split()).upper().translate(MISHEARD)
