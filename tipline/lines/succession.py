"""A member's new key takes over what of the lines was sealed to the one before.

The line goes on vouching for the member: its keys, which the old key has just opened, sign that the
new one follows. Only where the line vouched for the old one: a key that nobody admitted is not made
a known one by another. Whoever only writes to the database opens no grant, and so signs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.lines.admissions import admitted_as, grant_row
from tipline.lines.bundles import LineBundle
from tipline.lines.certificates import LineCertificate, certificates_of
from tipline.lines.founding import open_granted
from tipline.lines.keyrings import LineKeyring
from tipline.lines.leaving import HAD_KEYS
from tipline.lines.models import KeyGrant, Line, PendingLineKeys
from tipline.lines.vouching import Vouched


@dataclass(frozen=True, slots=True, repr=False)
class Successor:
    """A member who is being given a new key, with the old and the new one."""

    member_id: str
    old: OpeningKey
    new: OpeningKey


@dataclass(frozen=True, slots=True, repr=False)
class TakenOver:
    """The line keys that the member holds, by line, and how many grants were not taken along."""

    keyrings: Mapping[str, LineKeyring]
    lost: int


def take_over_lines(connection: Connection, pin: VerifyingKey, successor: Successor) -> TakenOver:
    """Grant a member's new key what the old one was granted of every line and generation.

    Nobody admits, removes or names anybody until the caller's commit. A grant that the old key does
    not open to the certified keys was worth nothing before, and is deleted; so are keys of a line
    that the member had begun to make, whose recovery key was not typed back.

    Raises:
        NotAuthenticError: a line's certificates are not authentic.
    """
    # All, because somebody may be about to admit the member to a line where they hold nothing yet.
    connection.execute(select(Line.id).order_by(Line.id).with_for_update())
    grants: dict[str, list[Any]] = {}
    for row in connection.execute(_granted_to(successor.member_id)):
        grants.setdefault(row.line_id, []).append(row)
    keyrings: dict[str, LineKeyring] = {}
    fresh: list[dict[str, Any]] = []
    for line_id, rows in grants.items():
        chain = certificates_of(connection, line_id, pin)
        certificates = {certificate.generation: certificate for certificate in chain}
        opened = [found for row in rows if (found := _opened(certificates, row, successor))]
        if opened:
            keyrings[line_id] = LineKeyring.of(*(bundle for bundle, _ in opened))
        fresh += [
            grant_row(bundle, successor.member_id, successor.new.public, vouched)
            for bundle, vouched in opened
        ]
    _replace(connection, successor.member_id, fresh)
    return TakenOver(keyrings, sum(map(len, grants.values())) - len(fresh))


def _granted_to(member_id: str) -> Any:
    columns = (KeyGrant.line_id, KeyGrant.generation, KeyGrant.sealed, KeyGrant.admission)
    query = select(*columns).where(KeyGrant.holder == member_id, KeyGrant.generation != HAD_KEYS)
    return query.order_by(KeyGrant.line_id, KeyGrant.generation)


def _opened(
    certificates: Mapping[int, LineCertificate], row: Any, successor: Successor
) -> tuple[LineBundle, Vouched | None] | None:
    """Return a granted bundle, and how it is to vouch for the new key; None if it does not open."""
    certificate = certificates.get(row.generation)
    if certificate is None:
        return None
    member_id, old = successor.member_id, successor.old
    try:
        bundle = open_granted(certificate, member_id, row.sealed, old)
    except CannotOpenError:
        return None
    is_known = admitted_as(certificate, member_id, old.public.raw, row.admission) is not None
    return bundle, Vouched.SUCCEEDED if is_known else None


def _replace(connection: Connection, member_id: str, fresh: list[dict[str, Any]]) -> None:
    connection.execute(
        delete(KeyGrant).where(KeyGrant.holder == member_id, KeyGrant.generation != HAD_KEYS)
    )
    connection.execute(delete(PendingLineKeys).where(PendingLineKeys.member_id == member_id))
    if fresh:
        connection.execute(insert(KeyGrant), fresh)
