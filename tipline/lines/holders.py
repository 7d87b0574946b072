"""Who holds a line's keys, with the public keys to which more may be sealed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.sealing import SealingKey
from tipline.db.reading import reading
from tipline.lines.admissions import READING
from tipline.lines.bundles import LineBundle
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.vouching import admission_fields, how_vouched
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A member to whom work on a line can be given. The name is for other staff to see."""

    id: str
    name: str
    public: SealingKey


def key_holders(engine: Engine, bundle: LineBundle) -> list[KeyHolder]:
    """Return who has a reading role on a line and was admitted to this generation, by name.

    Left out: disabled accounts, and those whose public key is not the one that was admitted.
    """
    with reading(engine) as connection:
        return key_holders_in(connection, bundle)


def key_holders_in(connection: Connection, bundle: LineBundle) -> list[KeyHolder]:
    """Do what `key_holders` does, as it stands in the caller's transaction."""
    query = (
        select(Member.id, Member.name, Member.email, Member.public, KeyGrant.admission)
        .join(KeyGrant, KeyGrant.holder == Member.id)
        .where(
            KeyGrant.line_id == bundle.line_id,
            KeyGrant.generation == bundle.generation,
            Member.is_disabled.is_(False),
            Member.id.in_(
                select(Membership.member_id).where(
                    Membership.line_id == bundle.line_id, Membership.role.in_(READING)
                )
            ),
        )
    )
    holders = []
    for row in connection.execute(query).all():
        fields = admission_fields(bundle.line_id, bundle.generation, row.id, row.public)
        if how_vouched(bundle.signing.public, fields, row.admission) is None:
            continue
        try:
            holders.append(KeyHolder(row.id, row.name or row.email, SealingKey(row.public)))
        except CannotOpenError:
            continue
    return sorted(holders, key=lambda holder: holder.name.casefold())
