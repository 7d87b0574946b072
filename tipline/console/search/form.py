"""The search form: what was typed, what is wrong with it, and the query that it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext

from tipline.language.marking import marked
from tipline.search.finding import Query
from tipline.search.terms import MOST_TERMS, terms_of

LONGEST_WORDS = 200
LONGEST_OTHER = 40
ALIAS = re.compile(r"[a-z0-9-]{1,40}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
STATES = {"": None, "open": False, "closed": True}

NOTHING = marked("Type a word or an alias, or choose days or a state.")
LONG_WORDS = marked("Type at most %(longest)d characters.")
MANY_WORDS = marked("Type at most %(most)d words or phrases.")
NO_WORDS = marked("Type letters or digits: signs alone cannot be searched for.")
BAD_ALIAS = marked("An alias has letters, digits and hyphens, as in quiet-heron-48.")
BAD_DAY = marked("Write the day as year-month-day, as in 2026-11-20.")
BAD_ORDER = marked("The last day is before the first.")
BAD_LINE = marked("Choose one of your lines.")
BAD_STATE = marked("Choose one of these.")
FIGURES = {"longest": LONGEST_WORDS, "most": MOST_TERMS}


@dataclass(frozen=True, slots=True, repr=False)
class SearchForm:
    """What was typed, as it was typed."""

    words: str = ""
    alias: str = ""
    line: str = ""
    first_day: str = ""
    last_day: str = ""
    state: str = ""
    unopened: str = ""
    urgent: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> SearchForm:
        """Return the form with these fields; what is not one of its fields is left out."""
        names = [name for name in cls.__slots__ if name != "problems"]
        typed: dict[str, Any] = {name: given.get(name, "").strip() for name in names}
        return cls(**typed)

    def fields(self) -> dict[str, str]:
        """Return what was typed, to be kept."""
        return {name: value for name, value in asdict(self).items() if name != "problems"}

    def check(self, lines: Collection[str]) -> bool:
        """Note beside each field, for the reader, what is wrong. Return whether nothing is."""
        typed = [value for name, value in self.fields().items() if name != "line"]
        problems = {
            "words": self._words_problem() if any(typed) else NOTHING,
            "alias": self._alias_problem(),
            "line": "" if not self.line or self.line in lines else BAD_LINE,
            "state": "" if self.state in STATES else BAD_STATE,
            "first_day": _day_problem(self.first_day),
            "last_day": _day_problem(self.last_day),
        }
        if not problems["first_day"] and not problems["last_day"] and self._is_reversed():
            problems["last_day"] = BAD_ORDER
        self.problems.update(
            {name: gettext(said, **FIGURES) for name, said in problems.items() if said}
        )
        return not self.problems

    def query(self) -> Query:
        """Return the query of a form in which nothing is wrong."""
        return Query(
            words=self.words,
            alias=self._alias(),
            first_day=_day(self.first_day),
            last_day=_day(self.last_day),
            is_closed=STATES[self.state],
            is_unopened=bool(self.unopened),
            is_urgent=bool(self.urgent),
        )

    def _alias(self) -> str:
        return re.sub(r"\s+", "-", self.alias.lower())

    def _words_problem(self) -> str:
        if len(self.words) > LONGEST_WORDS:
            return LONG_WORDS
        count = len(terms_of(self.words))
        if count > MOST_TERMS:
            return MANY_WORDS
        return NO_WORDS if self.words and not count else ""

    def _alias_problem(self) -> str:
        return "" if not self.alias or ALIAS.fullmatch(self._alias()) else BAD_ALIAS

    def _is_reversed(self) -> bool:
        first, last = _day(self.first_day), _day(self.last_day)
        return first is not None and last is not None and last < first


def _day_problem(text: str) -> str:
    return BAD_DAY if text and _day(text) is None else ""


def _day(text: str) -> date | None:
    """Return a day, or None. The very last day of the calendar has no end to compare with."""
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and day < date.max else None
