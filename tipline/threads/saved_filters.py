"""A member's saved filters: names and choices that nobody else, and no server at rest, can read.

They are sealed to the member's own public key. As anybody could seal something to that, a tag under
a key that is derived from the member's private key says that the member did.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import ClassVar

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import BUCKETS
from tipline.crypto.tags import check_tag, keyed_tag
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.threads.models import SavedFilters

PURPOSE = "saved filters"
MOST_FILTERS = 20
MAX_NAME_CHARACTERS = 40
# Large enough for all that may be saved, so that the size tells nothing.
SMALLEST_SIZE = BUCKETS[3]


class FilterRefusedError(TiplineError):
    """A filter cannot be saved; the sentence says why."""

    code = "filter_refused"
    message = marked("This filter cannot be saved.")


class NamelessFilterError(FilterRefusedError):
    """It has no name, or one that is too long."""

    message = marked("Give it a name of at most %(most)d characters.")
    figures: ClassVar = {"most": MAX_NAME_CHARACTERS}


class TooManyFiltersError(FilterRefusedError):
    """There are as many as can be kept."""

    message = marked("You have %(most)d saved filters, which is the most. Delete one first.")
    figures: ClassVar = {"most": MOST_FILTERS}


@dataclass(frozen=True, slots=True, repr=False)
class SavedFilter:
    """A name, and the choices that it stands for as they are in the inbox's address."""

    name: str
    choices: dict[str, str] = field(default_factory=dict)


class FilterShelf:
    """One member's saved filters."""

    def __init__(self, stores: Stores, member_id: str, key: OpeningKey) -> None:
        """Take the stores, and the member with the private key of the session."""
        self._stores = stores
        self._member_id = member_id
        self._key = key

    def all(self) -> list[SavedFilter]:
        """Return them by name.

        None are returned when they do not open: they were sealed to an earlier key of the member,
        or somebody else wrote them.
        """
        with reading(self._stores.main) as connection:
            return self._read(connection)

    def save(self, name: str, choices: dict[str, str]) -> None:
        """Keep a filter; one of the same name is replaced.

        Raises:
            NamelessFilterError, TooManyFiltersError: it was not kept.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
            raise NamelessFilterError
        with self._stores.main.begin() as connection:
            others = [one for one in self._read(connection) if one.name != name]
            if len(others) >= MOST_FILTERS:
                raise TooManyFiltersError
            self._write(connection, [*others, SavedFilter(name, choices)])

    def delete(self, name: str) -> None:
        """Forget a filter. One that is gone is no error."""
        with self._stores.main.begin() as connection:
            self._write(connection, [one for one in self._read(connection) if one.name != name])

    def hand_over(self, connection: Connection, new: OpeningKey) -> None:
        """Seal them to the member's next key, in the transaction that gives it to the member."""
        filters = self._read(connection)
        theirs = SavedFilters.member_id == self._member_id
        connection.execute(delete(SavedFilters).where(theirs))
        if filters:
            FilterShelf(self._stores, self._member_id, new)._write(connection, filters)

    def _read(self, connection: Connection) -> list[SavedFilter]:
        query = select(SavedFilters.sealed, SavedFilters.proof).where(
            SavedFilters.member_id == self._member_id
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            return []
        try:
            check_tag(self._tag_key(), row.proof, PURPOSE, self._member_id, row.sealed)
            return _parsed(self._key.open(row.sealed, self._context()))
        except (NotAuthenticError, CannotOpenError):
            return []

    def _write(self, connection: Connection, filters: Sequence[SavedFilter]) -> None:
        ordered = [asdict(one) for one in sorted(filters, key=_by_name)]
        content = json.dumps(ordered, ensure_ascii=False).encode()
        sealed = self._key.public.seal(content, self._context(), SMALLEST_SIZE)
        proof = keyed_tag(self._tag_key(), PURPOSE, self._member_id, sealed)
        values = {"sealed": sealed, "proof": proof}
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(SavedFilters).values(member_id=self._member_id, **values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    def _tag_key(self) -> bytes:
        return hkdf(self._key.seed, PURPOSE)

    def _context(self) -> Context:
        return Context(PURPOSE, thread=self._member_id)


def _parsed(raw: bytes) -> list[SavedFilter]:
    try:
        return [SavedFilter(one["name"], one["choices"]) for one in json.loads(raw)]
    except (ValueError, KeyError, TypeError):
        raise CannotOpenError from None


def _by_name(one: SavedFilter) -> str:
    return one.name.casefold()
