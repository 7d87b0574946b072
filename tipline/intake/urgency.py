"""Which messages make their thread urgent: by the line's words, or because the resident says so.

Intake marks and never unmarks: that a later message has no such word says nothing. Members do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from tipline.clock import Clock
from tipline.crypto.errors import NotAuthenticError
from tipline.db.reading import reading
from tipline.incidents.services import IncidentKind, report_alone
from tipline.lines.directory import LineDirectory
from tipline.lines.urgent_words import WordMatcher, default_matcher
from tipline.lines.word_lists import UrgentWordLists, stored_lists


@dataclass(frozen=True, slots=True, repr=False)
class _Known:
    row: tuple[Any, ...]
    matcher: WordMatcher


class Urgency:
    """The matchers of some lines, as they were when a batch began."""

    def __init__(self, matchers: dict[str, WordMatcher]) -> None:
        """Take the matchers by line; a line without one has the default words."""
        self._matchers = matchers

    def is_urgent(self, line_id: str, text: str, *, in_danger: bool = False) -> bool:
        """Tell whether a message makes its thread urgent.

        `in_danger`: the resident answered that somebody is in danger now.
        """
        matcher = self._matchers.get(line_id) or default_matcher()
        return in_danger or matcher.matches(text)


class UrgencyReader:
    """Reads the lines' lists, and checks each once for as long as it stays as it is."""

    def __init__(self, engine: Engine, lines: LineDirectory, clock: Clock) -> None:
        """Take the main store and the directory of lines."""
        self._engine = engine
        self._lists = UrgentWordLists(engine, lines)
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def read(self, line_ids: set[str]) -> Urgency:
        """Return what makes a message of these lines urgent.

        A list that was not signed with its line's key is not used: the default words are, and it is
        reported, once for as long as it stays as it is.
        """
        with reading(self._engine) as connection:
            stored = stored_lists(connection, line_ids)
        return Urgency(
            {line_id: self._matcher(line_id, stored.get(line_id)) for line_id in line_ids}
        )

    def _matcher(self, line_id: str, row: Any) -> WordMatcher:
        values = tuple(row) if row is not None else ()
        known = self._known.get(line_id)
        if known is None or known.row != values:
            known = _Known(values, self._checked(line_id, row))
            self._known[line_id] = known
        return known.matcher

    def _checked(self, line_id: str, row: Any) -> WordMatcher:
        if row is None:
            return default_matcher()
        try:
            return WordMatcher(self._lists.checked(line_id, row).entries)
        except NotAuthenticError:
            # In a transaction of its own: the batch may be planned again, and its effects would
            # count it twice or not at all.
            report_alone(self._engine, IncidentKind.FORGED_WORD_LIST, self._clock())
            return default_matcher()
