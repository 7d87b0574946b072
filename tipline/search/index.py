"""A line's word index in the perishable store: looking words up, and forgetting threads."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from tipline import logs
from tipline.crypto.errors import CannotOpenError
from tipline.db.reading import reading
from tipline.db.upserts import insert_or_skip
from tipline.lines.keyrings import LineKeyring
from tipline.search.models import SearchLine, SearchPage, SearchPlace, SearchSegment, SearchState
from tipline.search.segments import CONTENTS, PAGE_COUNTS, THREAD_ID_BYTES, SearchKey, WordPage

IDS_IN_A_STATEMENT = 500
Places = dict[str, dict[str, list[int]]]  # segment, word, places


@dataclass(slots=True, repr=False)
class Found:
    """The threads whose indexed words fit. `is_whole`: no part of the index was out of reach."""

    threads: set[str] = field(default_factory=set)
    is_whole: bool = True


def find_threads(
    perishable: Engine, line_id: str, keyring: LineKeyring, groups: Sequence[frozenset[str]]
) -> Found:
    """Return the threads of a line in which, of each group, at least one word is indexed."""
    lookup = _Lookup(line_id, keyring, groups)
    with reading(perishable) as connection:
        return lookup.run(connection)


class _Lookup:
    """One look-up in a line's index, in one consistent state of the store."""

    def __init__(
        self, line_id: str, keyring: LineKeyring, groups: Sequence[frozenset[str]]
    ) -> None:
        self._line_id = line_id
        self._keys = {
            generation: SearchKey.of(bundle) for generation, bundle in keyring.by_generation.items()
        }
        self._groups = groups
        self._generation_of: dict[str, int] = {}
        self._found = Found()

    def run(self, connection: Connection) -> Found:
        generations = select(SearchSegment.generation).where(SearchSegment.line_id == self._line_id)
        places: Places = {}
        for generation in connection.execute(generations.distinct()).scalars():
            if generation in self._keys:
                places |= self._places(connection, self._keys[generation])
            else:
                self._found.is_whole = False  # not granted to this member, and not yet renewed
        contents = self._contents(connection, [id_ for id_, words in places.items() if words])
        sets = [self._threads_of(group, places, contents) for group in self._groups]
        self._found.threads = set.intersection(*sets) if sets else set()
        return self._found

    def _places(self, connection: Connection, key: SearchKey) -> Places:
        """Return where the wanted words occur in the segments of one generation."""
        wanted: dict[int, list[str]] = {}
        for word in frozenset().union(*self._groups):
            for count in PAGE_COUNTS:
                wanted.setdefault(key.page_of(word, count), []).append(word)
        found: Places = {}
        for row in connection.execute(self._pages(key.generation, wanted)):
            self._generation_of[row.segment_id] = key.generation
            content = self._open(row)
            if content is not None:
                page = WordPage(content)
                hits = {word: places for word in wanted[row.page] if (places := page.places(word))}
                found.setdefault(row.segment_id, {}).update(hits)
        return found

    def _pages(self, generation: int, numbers: Collection[int]) -> Any:
        return (
            select(SearchPage.segment_id, SearchPage.page, SearchPage.sealed)
            .join(SearchSegment, SearchSegment.id == SearchPage.segment_id)
            .where(
                SearchSegment.line_id == self._line_id,
                SearchSegment.generation == generation,
                SearchPage.page.in_(list(numbers)),
            )
        )

    def _contents(self, connection: Connection, segments: list[str]) -> dict[str, str]:
        """Return the threads' ids of some segments, one after the other in hexadecimal."""
        found = {}
        for ids in chunks(segments):
            query = select(SearchPage.segment_id, SearchPage.page, SearchPage.sealed).where(
                SearchPage.segment_id.in_(ids), SearchPage.page == CONTENTS
            )
            for row in connection.execute(query):
                content = self._open(row)
                if content is not None:
                    found[row.segment_id] = content.hex()
        return found

    def _open(self, row: Any) -> bytes | None:
        key = self._keys[self._generation_of[row.segment_id]]
        try:
            return key.open(row.segment_id, row.page, row.sealed)
        except CannotOpenError:
            logs.event("search_page_refused", logging.ERROR)
            self._found.is_whole = False
            return None

    def _threads_of(
        self, group: frozenset[str], places: Places, contents: dict[str, str]
    ) -> set[str]:
        width = 2 * THREAD_ID_BYTES
        threads: set[str] = set()
        for segment_id, words in places.items():
            ids = contents.get(segment_id, "")
            here = {place for word in group for place in words.get(word, ())}
            threads.update([ids[place * width : place * width + width] for place in here])
        threads.discard("")
        return threads


def lock_line(connection: Connection, line_id: str) -> int:
    """Let nobody else change a line's index until the transaction ends.

    Returns up to which message id the line was looked through.
    """
    connection.execute(
        insert_or_skip(connection.dialect.name, SearchLine), {"line_id": line_id, "seen": 0}
    )
    query = select(SearchLine.seen).where(SearchLine.line_id == line_id).with_for_update()
    return int(connection.execute(query).scalar_one())


def forget(connection: Connection, line_id: str, threads: Collection[str]) -> None:
    """Remove every trace of some threads of a line from its index, in the caller's transaction.

    To be called where a thread is destroyed or restricted, on the perishable store. Whole segments
    go, because only members could rewrite them; other threads that stood in one are marked, so that
    the next member's session indexes them again, and until then searching opens them.
    """
    lock_line(connection, line_id)
    places = SearchPlace.__table__.c
    gone: set[str] = set()
    for ids in chunks(threads):
        query = select(places.segment_id).where(places.thread_id.in_(ids))
        gone |= set(connection.execute(query).scalars())
    discard_segments(connection, gone)
    for ids in chunks(threads):
        connection.execute(delete(SearchState).where(SearchState.thread_id.in_(ids)))


def discard_segments(connection: Connection, segments: Collection[str]) -> None:
    """Delete segments, and mark the threads that stood in them to be indexed again."""
    places = SearchPlace.__table__.c
    for ids in chunks(segments):
        others = select(places.thread_id).where(places.segment_id.in_(ids))
        connection.execute(
            update(SearchState).where(SearchState.thread_id.in_(others)).values(indexed=0)
        )
        drop_segments(connection, ids)


def drop_segments(connection: Connection, segments: Collection[str]) -> None:
    """Delete segments with their pages."""
    for ids in chunks(segments):
        connection.execute(delete(SearchPage).where(SearchPage.segment_id.in_(ids)))
        connection.execute(delete(SearchPlace).where(SearchPlace.segment_id.in_(ids)))
        connection.execute(delete(SearchSegment).where(SearchSegment.id.in_(ids)))


def indexed_of(connection: Connection, threads: Collection[str]) -> dict[str, int]:
    """Return up to which message threads are indexed; those that were never are left out."""
    found: dict[str, int] = {}
    for ids in chunks(threads):
        query = select(SearchState.thread_id, SearchState.indexed).where(
            SearchState.thread_id.in_(ids)
        )
        found.update((row.thread_id, row.indexed) for row in connection.execute(query))
    return found


def chunks(ids: Collection[str]) -> list[list[str]]:
    """Return ids in lists that are short enough for one statement."""
    rest = iter(ids)
    return list(iter(lambda: list(islice(rest, IDS_IN_A_STATEMENT)), []))
