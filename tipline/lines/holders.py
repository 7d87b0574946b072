"""Who holds a line's keys, with the public keys to which more may be sealed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.sealing import SealingKey, sealed_key_id
from tipline.db.reading import reading
from tipline.lines.models import KeyGrant
from tipline.members.models import Member


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A member who holds a line's newest keys. The e-mail address is for other staff to see."""

    id: str
    email: str
    public: SealingKey


def key_holders(engine: Engine, line_id: str, generation: int) -> list[KeyHolder]:
    """Return the members to whom a generation of a line's keys was granted, by e-mail address.

    Left out: disabled accounts, and those whose public key is not the one to which the line's keys
    were sealed.
    """
    query = (
        select(Member.id, Member.email, Member.public, KeyGrant.sealed)
        .join(KeyGrant, KeyGrant.holder == Member.id)
        .where(
            KeyGrant.line_id == line_id,
            KeyGrant.generation == generation,
            Member.is_disabled.is_(False),
        )
        .order_by(Member.email)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    holders = []
    for row in rows:
        try:
            public = SealingKey(row.public)
            if sealed_key_id(row.sealed) == public.key_id:
                holders.append(KeyHolder(row.id, row.email, public))
        except CannotOpenError:
            continue
    return holders
