"""A line's own list of urgent words: written by its members, signed with the line's key.

Intake reads it and holds no key that a member does, so the list is in clear. The signature keeps
whoever writes to the database from choosing what is urgent. What they can do is to put an older
list back, or to delete it: then the words count that every line starts with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from tipline.crypto.verifying import HEADER_LENGTH
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.models import WordList
from tipline.lines.urgent_words import DEFAULT_WORDS

PURPOSE = "word list"
URGENT = "urgent"


# Built once: intake asks with every batch, and building it costs more than running it.
STORED_LISTS = select(
    WordList.line_id, WordList.version, WordList.content, WordList.signature
).where(WordList.line_id.in_(bindparam("lines", expanding=True)), WordList.name == URGENT)


class ListChangedError(TiplineError):
    """Another member changed the list since it was shown."""

    code = "word_list_changed"
    message = marked(
        "Somebody else changed the list meanwhile, so yours was not kept. "
        "Compare it with the list as it is now."
    )


@dataclass(frozen=True, slots=True)
class UrgentWords:
    """A line's words. Version 0 are those that every line starts with."""

    version: int
    entries: tuple[str, ...]


DEFAULTS = UrgentWords(0, DEFAULT_WORDS)


class UrgentWordLists:
    """The lines' lists of urgent words."""

    def __init__(self, engine: Engine, lines: LineDirectory) -> None:
        """Take the main store, and the directory that knows the lines' verifying keys."""
        self._engine = engine
        self._lines = lines

    def of(self, line_id: str) -> UrgentWords:
        """Return a line's list.

        Raises:
            NotAuthenticError: what is stored was not signed with the line's key.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_stored(line_id)).one_or_none()
        return self.checked(line_id, row) if row else DEFAULTS

    def checked(self, line_id: str, row: Any) -> UrgentWords:
        """Return a stored list. Raises as `of` does."""
        key = self._lines.verifying_key(line_id, row.signature[1:HEADER_LENGTH])
        content = str(row.content)
        key.verify(row.signature, PURPOSE, line_id, URGENT, row.version, content)
        return UrgentWords(int(row.version), tuple(content.split("\n")))

    def keep(self, bundle: LineBundle, entries: tuple[str, ...], *, seen: int) -> None:
        """Sign and keep a list that was made from version `seen`.

        Raises:
            ListChangedError: there is another version by now.
        """
        version, content = seen + 1, "\n".join(entries)
        values = {
            "version": version,
            "content": content,
            "signature": bundle.signing.sign(PURPOSE, bundle.line_id, URGENT, version, content),
        }
        try:
            with self._engine.begin() as connection:
                self._put(connection, bundle.line_id, seen, values)
        except IntegrityError:  # two members made the first list at once
            raise ListChangedError from None

    def replace_forged(self, bundle: LineBundle, entries: tuple[str, ...]) -> None:
        """Sign and keep a list in the place of one that nobody of the line wrote."""
        query = select(WordList.version).where(_is_of(bundle.line_id))
        with reading(self._engine) as connection:
            version = connection.execute(query).scalar_one_or_none()
        self.keep(bundle, entries, seen=version or 0)

    def _put(self, connection: Connection, line_id: str, seen: int, values: dict[str, Any]) -> None:
        statement = update(WordList).where(_is_of(line_id), WordList.version == seen)
        if connection.execute(statement.values(**values)).rowcount:
            return
        if seen != DEFAULTS.version:
            raise ListChangedError
        connection.execute(insert(WordList), {"line_id": line_id, "name": URGENT, **values})


def stored_lists(connection: Connection, line_ids: set[str]) -> dict[str, Any]:
    """Return what is stored of some lines, unchecked: for whoever checks what has changed."""
    found = connection.execute(STORED_LISTS, {"lines": sorted(line_ids)})
    return {row.line_id: row for row in found}


def _stored(line_id: str) -> Any:
    return select(WordList.version, WordList.content, WordList.signature).where(_is_of(line_id))


def _is_of(line_id: str) -> Any:
    return (WordList.line_id == line_id) & (WordList.name == URGENT)
