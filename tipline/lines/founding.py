"""Founding a line: making its key bundle, certifying it, and granting it.

The bundle exists in the memory of the session that makes it and, sealed, in grants; never in clear
on a disk. The recovery key is shown once, by whoever calls this, and then kept offline.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.identity.addresses import normalise_address
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_words
from tipline.lines.certificates import PURPOSE, LineCertificate
from tipline.lines.directory import CertifiedLine
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant, Line, LineKey
from tipline.lines.office_hours import OfficeHours

FIRST_GENERATION = 1


class LineExistsError(TiplineError):
    """A line with this short name or address is already there."""

    code = "line_exists"
    message = "There is already a line with this short name or address."


@dataclass(frozen=True, slots=True)
class LineDescription:
    """What the public knows of a line. `acknowledgement` is the answer to a first message.

    Outside `office_hours` (see `tipline.lines.office_hours`) the answer is `after_hours`.
    """

    slug: str
    name: str
    address: str
    acknowledgement: str
    office_hours: str = ""
    after_hours: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class FoundedLine:
    """A new line's bundle, and the recovery key to be shown once."""

    bundle: LineBundle
    recovery: str


def found_line(engine: Engine, console: SigningKey, description: LineDescription) -> FoundedLine:
    """Make a line with its first generation of keys, certified by the console's key.

    Raises:
        LineExistsError: short name or address are taken.
        OfficeHoursError: the office hours cannot be understood.
    """
    OfficeHours.parse(description.office_hours)
    line_id = secrets.token_hex(16)
    bundle = LineBundle.generate(line_id, FIRST_GENERATION)
    recovery = OpeningKey.generate()
    certificate = LineCertificate(
        line_id,
        FIRST_GENERATION,
        description.slug,
        description.name,
        normalise_address(description.address),
        description.acknowledgement,
        bundle.opening.public,
        bundle.signing.public,
        description.office_hours,
        description.after_hours,
    )
    taken = select(Line.id).where(
        (Line.slug == description.slug) | (Line.address == certificate.address)
    )
    with engine.begin() as connection:
        if connection.execute(taken).first():
            raise LineExistsError
        connection.execute(
            insert(Line),
            {
                "id": line_id,
                "slug": description.slug,
                "name": description.name,
                "address": certificate.address,
                "acknowledgement": description.acknowledgement,
                "office_hours": description.office_hours,
                "after_hours": description.after_hours,
            },
        )
        connection.execute(
            insert(LineKey),
            {
                "line_id": line_id,
                "generation": FIRST_GENERATION,
                "sealing_public": certificate.sealing.raw,
                "verifying_public": certificate.verifying.raw,
                "certificate": console.sign(PURPOSE, *certificate.fields()),
            },
        )
    grant(engine, bundle, RECOVERY_HOLDER, recovery.public)
    return FoundedLine(bundle, recovery_words(recovery))


def grant(engine: Engine, bundle: LineBundle, holder: str, key: SealingKey) -> None:
    """Seal a line's bundle to a member, or to the recovery key."""
    row = {
        "line_id": bundle.line_id,
        "generation": bundle.generation,
        "holder": holder,
        "sealed": bundle.seal_to(holder, key),
    }
    with engine.begin() as connection:
        connection.execute(insert(KeyGrant), row)


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
            bundle = LineBundle.open(line.id, certificate.generation, member_id, sealed, key)
            certificate.check(bundle.opening.public.raw, bundle.signing.public.raw)
            bundles.append(bundle)
    return LineKeyring.of(*bundles)
