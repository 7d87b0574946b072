"""Making and editing lines. A line that has no keys yet is known to nobody who takes tips."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, exists, insert, select, update

from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.lines.certificates import PURPOSE, LineCertificate, certificates_of
from tipline.lines.descriptions import (
    ADDRESS_TAKEN,
    SLUG_TAKEN,
    LineDescription,
    LineExistsError,
)
from tipline.lines.models import Line, LineKey


class UnknownLineError(TiplineError):
    """There is no line with this id."""

    code = "unknown_line"
    message = "There is no such line."


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line as an admin sees it. Without keys it takes no tips."""

    id: str
    description: LineDescription
    has_keys: bool


def all_lines(engine: Engine) -> list[LineRecord]:
    """Return all lines by name, as they stand in the store."""
    has_keys = exists().where(LineKey.line_id == Line.id).label("has_keys")
    query = select(*_DESCRIBED, has_keys).order_by(Line.name, Line.slug)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [LineRecord(row.id, _description(row), bool(row.has_keys)) for row in rows]


def has_keys(engine: Engine, line_id: str) -> bool:
    """Tell whether a line's keys were made."""
    query = select(LineKey.line_id).where(LineKey.line_id == line_id).limit(1)
    with reading(engine) as connection:
        return connection.execute(query).first() is not None


def make_line(engine: Engine, description: LineDescription) -> str:
    """Make a line without keys and return its id.

    Raises:
        InvalidLineError: a field is wrong; LineExistsError: short name or address are taken.
    """
    with engine.begin() as connection:
        return insert_line(connection, description)


def insert_line(
    connection: Connection, description: LineDescription, line_id: str | None = None
) -> str:
    """Do what `make_line` does in the caller's transaction; `line_id`: 32 hexadecimal digits."""
    wanted = description.checked()
    line_id = line_id or secrets.token_hex(16)
    _check_free(connection, line_id, wanted)
    connection.execute(insert(Line), {"id": line_id, **_columns(wanted)})
    return line_id


def check_line(engine: Engine, description: LineDescription) -> LineDescription:
    """Return the description of a line that could be made now, as it would be stored.

    Raises:
        InvalidLineError, LineExistsError: as `make_line`.
    """
    wanted = description.checked()
    with reading(engine) as connection:
        _check_free(connection, "", wanted)
    return wanted


def edit_line(
    engine: Engine, console: SigningKey, line_id: str, description: LineDescription
) -> None:
    """Change what is said of a line, and certify all its generations again.

    Every certificate is checked first: an edit must not certify what somebody else has put there.

    Raises:
        InvalidLineError, LineExistsError: as `make_line`.
        UnknownLineError: there is no such line.
        NotAuthenticError: a key or a certificate of the line is not authentic; nothing is changed.
    """
    wanted = description.checked()
    with engine.begin() as connection:
        lock_line(connection, line_id)
        certificates = certificates_of(connection, line_id, console.public)
        _check_free(connection, line_id, wanted)
        connection.execute(update(Line).where(Line.id == line_id).values(**_columns(wanted)))
        _certify_again(connection, console, certificates, wanted)


def lock_line(connection: Connection, line_id: str) -> LineDescription:
    """Return a line's description, and let nobody else change line or keys until the commit.

    On SQLite the transaction itself keeps others away.

    Raises:
        UnknownLineError: there is no such line.
    """
    query = select(*_DESCRIBED).where(Line.id == line_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownLineError
    return _description(row)


_DESCRIBED = (
    Line.id,
    Line.slug,
    Line.name,
    Line.address,
    Line.acknowledgement,
    Line.time_zone,
    Line.office_hours,
    Line.after_hours,
    Line.language,
    Line.acknowledgement_es,
    Line.after_hours_es,
)


def _certify_again(
    connection: Connection,
    console: SigningKey,
    certificates: Iterable[LineCertificate],
    wanted: LineDescription,
) -> None:
    for old in certificates:
        new = replace(
            old,
            slug=wanted.slug,
            name=wanted.name,
            address=wanted.address,
            acknowledgement=wanted.acknowledgement,
            time_zone=wanted.time_zone,
            office_hours=wanted.office_hours,
            after_hours=wanted.after_hours,
            language=wanted.language,
            acknowledgement_es=wanted.acknowledgement_es,
            after_hours_es=wanted.after_hours_es,
        )
        row = update(LineKey).where(
            LineKey.line_id == old.line_id, LineKey.generation == old.generation
        )
        connection.execute(row.values(certificate=console.sign(PURPOSE, *new.fields())))


def _check_free(connection: Connection, line_id: str, wanted: LineDescription) -> None:
    """Check that no other line has the short name or the address.

    Two admins at the same moment meet the unique constraints instead.

    Raises:
        LineExistsError: one has.
    """
    problems = {}
    for field, column, sentence in (
        ("slug", Line.slug, SLUG_TAKEN),
        ("address", Line.address, ADDRESS_TAKEN),
    ):
        taken = select(Line.id).where(column == getattr(wanted, field), Line.id != line_id)
        if connection.execute(taken).first() is not None:
            problems[field] = sentence
    if problems:
        raise LineExistsError(problems)


def _description(row: Any) -> LineDescription:
    return LineDescription(
        row.slug,
        row.name,
        row.address,
        row.acknowledgement,
        row.time_zone,
        row.office_hours,
        row.after_hours,
        row.language,
        row.acknowledgement_es,
        row.after_hours_es,
    )


def _columns(description: LineDescription) -> dict[str, str]:
    return {
        "slug": description.slug,
        "name": description.name,
        "address": description.address,
        "acknowledgement": description.acknowledgement,
        "time_zone": description.time_zone,
        "office_hours": description.office_hours,
        "after_hours": description.after_hours,
        "language": description.language,
        "acknowledgement_es": description.acknowledgement_es,
        "after_hours_es": description.after_hours_es,
    }
