"""Searching: candidates from the index, then opened, checked and shown, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.search.index import chunks, find_threads
from tipline.search.reading import LineTexts, SearchableText
from tipline.search.snippets import Snippet, snippets
from tipline.search.terms import Term, terms_of
from tipline.search.tokens import Token, tokens
from tipline.search.waiting import newest_waiting
from tipline.threads.models import Thread
from tipline.threads.reading import NoSuchThreadError, ThreadSummary, summaries, visible_to

PAGE_SIZE = 10
# What one answer may cost. Where it stopped stands on the page, and one can go on from there.
MOST_OPENED = 60
MOST_RESTRICTED = 500
# So many candidates are looked up by id; with more, the newest threads are gone through instead.
FEW_CANDIDATES = 1000
ROWS_AT_ONCE = 2000
# Holds no grant of a restricted thread.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class ResultPosition:
    """A place among results, from which the next page goes on: the newest come first."""

    activity: int
    thread_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Query:
    """What to search for. Days are in UTC; a thread fits if any of its time lies in them."""

    words: str = ""
    alias: str = ""
    first_day: date | None = None
    last_day: date | None = None
    is_closed: bool | None = None
    is_unopened: bool = False
    is_urgent: bool = False

    def terms(self) -> list[Term]:
        """Return the words and phrases that were typed."""
        return terms_of(self.words)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a thread's row must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.alias:
            found.append(Thread.alias.startswith(self.alias, autoescape=True))
        if self.first_day:
            found.append(Thread.last_hour >= datetime.combine(self.first_day, time()))
        if self.last_day:
            end = datetime.combine(self.last_day, time()) + timedelta(days=1)
            found.append(Thread.created_hour < end)
        if self.is_closed is not None:
            found.append(Thread.is_closed.is_(self.is_closed))
        if self.is_unopened:
            found.append(Thread.is_opened.is_(False))
        if self.is_urgent:
            found.append(Thread.urgency > 0)
        return found


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """A thread that fits, with the texts in which the words stand."""

    thread: ThreadSummary
    snippets: list[Snippet]


@dataclass(slots=True, repr=False)
class ResultPage:
    """Some results. `next`: where to go on, if there may be more.

    `stopped_at`: the hour of the thread at which searching stopped before the page was full.
    `is_whole`: everything that could hold a result was within reach.
    """

    results: list[Result] = field(default_factory=list)
    next: ResultPosition | None = None
    stopped_at: datetime | None = None
    is_whole: bool = True


class Search:
    """One search over the lines whose keys a member holds."""

    def __init__(self, stores: Stores, lines: Sequence[LineTexts], query: Query) -> None:
        """Take what the member may read."""
        self._stores = stores
        self._lines = {line.line_id: line for line in lines}
        self._terms = query.terms()
        # A search without words opens nothing: what is restricted to others is left out here.
        self._conditions = [*query.conditions(), *(visible_to(name) for name in _readers(lines))]
        self._of_lines = Thread.line_id.in_(list(self._lines))
        self._page = ResultPage()

    def page(self, after: ResultPosition | None = None, size: int = PAGE_SIZE) -> ResultPage:
        """Return a page of results, from a place on."""
        wanted = self._candidates() if self._terms else None
        opened = 0
        last: ThreadSummary | None = None
        for thread in self._threads(wanted, after, size):
            if len(self._page.results) == size or opened == MOST_OPENED:
                self._stop(last, size)
                break
            last = thread
            if self._terms:
                opened += 1
                self._try(thread)
            else:
                self._page.results.append(Result(thread, []))
        return self._page

    def _stop(self, last: ThreadSummary | None, size: int) -> None:
        if last is not None:
            self._page.next = ResultPosition(last.activity, last.id)
            if len(self._page.results) < size:
                self._page.stopped_at = last.last_hour

    def _candidates(self) -> set[str]:
        """Return the threads that may hold all the words."""
        groups = [group for term in self._terms for group in term.groups()]
        wanted: set[str] = set()
        for line in self._lines.values():
            # In this order: what is indexed between the two is met twice, and never missed.
            waiting = newest_waiting(self._stores, line.line_id)
            found = find_threads(self._stores.perishable, line.line_id, line.keyring, groups)
            wanted |= found.threads | {thread.id for thread in waiting.threads}
            if not (found.is_whole and waiting.is_all):
                self._page.is_whole = False
        return wanted | self._restricted()

    def _restricted(self) -> set[str]:
        """Return restricted threads: they are in no index, so whoever can open one searches it."""
        query = (
            select(Thread.id)
            .where(self._of_lines, Thread.is_restricted, *self._conditions)
            .order_by(Thread.activity.desc())
            .limit(MOST_RESTRICTED)
        )
        with reading(self._stores.main) as connection:
            found = set(connection.execute(query).scalars())
        if len(found) == MOST_RESTRICTED:
            self._page.is_whole = False
        return found

    def _try(self, thread: ThreadSummary) -> None:
        """Open a candidate and keep it if the words do stand in it."""
        line = self._lines[thread.line_id]
        missing = set(range(len(self._terms)))
        read: list[tuple[SearchableText, list[Token]]] = []
        try:
            # Message by message, and no further than to where every word was met.
            for text in line.texts(line.open(thread)):
                words = list(tokens(text.text))
                read.append((text, words))
                missing -= {at for at in missing if self._terms[at].spans(words)}
                if not missing:
                    self._page.results.append(Result(thread, snippets(read, self._terms)))
                    return
        except (NoSuchThreadError, CannotOpenError, NotAuthenticError):
            return  # destroyed, restricted to others, or not authentic: nothing of it is shown

    def _threads(
        self, wanted: set[str] | None, after: ResultPosition | None, size: int
    ) -> Iterator[ThreadSummary]:
        """Yield the threads that fulfil the conditions, the newest first."""
        conditions = [*self._conditions, *_older_than(after)]
        if wanted is None:
            with reading(self._stores.main) as connection:
                yield from summaries(connection, self._of_lines, *conditions, most=size + 1)
        elif len(wanted) <= FEW_CANDIDATES:
            yield from self._by_id(sorted(wanted), conditions)
        else:
            yield from self._among_newest(wanted, after)

    def _by_id(
        self, ids: list[str], conditions: Sequence[ColumnElement[bool]] = ()
    ) -> list[ThreadSummary]:
        """Return threads by their ids, which are all of the lines that are searched.

        The lines are no condition here: SQLite would go through all threads of one instead.
        """
        with reading(self._stores.main) as connection:
            found = [
                thread
                for part in chunks(ids)
                for thread in summaries(connection, Thread.id.in_(part), *conditions)
            ]
        return sorted(found, key=lambda thread: (-thread.activity, thread.id))

    def _among_newest(
        self, wanted: set[str], after: ResultPosition | None
    ) -> Iterator[ThreadSummary]:
        """Go through the newest threads and yield those that are wanted.

        Only ids and places are read, which an index holds: the rows themselves are large.
        """
        place = after
        while True:
            query = (
                select(Thread.id, Thread.activity)
                .where(self._of_lines, *self._conditions, *_older_than(place))
                .order_by(Thread.activity.desc(), Thread.id)
                .limit(ROWS_AT_ONCE)
            )
            with reading(self._stores.main) as connection:
                rows = connection.execute(query).all()
            fitting = [row.id for row in rows if row.id in wanted]
            for start in range(0, len(fitting), MOST_OPENED):
                yield from self._by_id(fitting[start : start + MOST_OPENED])
            if len(rows) < ROWS_AT_ONCE:
                return
            place = ResultPosition(rows[-1].activity, rows[-1].id)


def _readers(lines: Sequence[LineTexts]) -> set[str]:
    """Return who searches: one member, or nobody in particular."""
    return {line.member[0] if line.member else NOBODY for line in lines}


def _older_than(place: ResultPosition | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    same = and_(Thread.activity == place.activity, Thread.id > place.thread_id)
    return [or_(Thread.activity < place.activity, same)]
