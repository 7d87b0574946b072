"""A line's office hours, and what is answered outside them.

Written like `Mon-Fri 08:00-17:00; Sat 10:00-14:00`: times on the wall clock of the line's zone, so
a change to summer time moves nothing. A range may run past midnight (`Fri 22:00-06:00`): it belongs
to the day on which it begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from tipline.errors import TiplineError
from tipline.language.languages import DEFAULT_LANGUAGE
from tipline.language.marking import marked
from tipline.lines.certificates import LineCertificate
from tipline.lines.directory import CertifiedLine

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
LONGEST_TEXT = 400
PART = re.compile(r"([a-z]{3}(?:\s*[-,]\s*[a-z]{3})*)\s+(\S.*)")
RANGE = re.compile(r"([0-2]?[0-9]):([0-5][0-9])\s*-\s*([0-2]?[0-9]):([0-5][0-9])")


class OfficeHoursError(TiplineError):
    """Office hours that cannot be understood. Each subclass says what is wrong."""

    code = "office_hours"
    message = marked("Write office hours like: Mon-Fri 08:00-17:00; Sat 10:00-14:00")


class LongOfficeHoursError(OfficeHoursError):
    """The text is too long."""

    code = "office_hours_long"
    message = marked("These office hours are too long: 400 characters at most.")


class UnknownDayError(OfficeHoursError):
    """A day is none of the seven."""

    code = "office_hours_day"
    message = marked("Write days as Mon, Tue, Wed, Thu, Fri, Sat or Sun, like Mon-Fri or Mon,Wed.")


class BadTimeError(OfficeHoursError):
    """A time is not on the clock."""

    code = "office_hours_time"
    message = marked("Write times from 00:00 to 24:00, like 08:00-17:00.")


class EmptyRangeError(OfficeHoursError):
    """A range begins where it ends."""

    code = "office_hours_empty"
    message = marked("A range begins and ends at the same time. For a whole day write 00:00-24:00.")


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Minutes of a day on the wall clock, from `start` to before `end`; past 1440 is the next."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The ranges of each day, Monday first. Without any, the office is always open."""

    days: tuple[tuple[Range, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the hours that a text gives. An empty text: always open.

        Raises:
            OfficeHoursError: see its subclasses; each says what is wrong.
        """
        if len(text) > LONGEST_TEXT:
            raise LongOfficeHoursError
        days: list[set[Range]] = [set() for _ in DAYS]
        # A dash may come from a word processor.
        plain = text.replace("–", "-").replace("—", "-").lower()
        for part in re.split(r"[;\n]", plain):
            if part.strip():
                numbers, ranges = _part(part.strip())
                for number in numbers:
                    days[number] |= ranges
        return cls(tuple(tuple(sorted(ranges)) for ranges in days))

    @property
    def is_always_open(self) -> bool:
        """Tell whether no hours were given."""
        return not any(self.days)

    def is_open(self, moment: datetime, zone: str) -> bool:
        """Tell whether the office is open at a moment, in a zone of the IANA database.

        Raises:
            ZoneInfoNotFoundError: there is no such zone.
        """
        if self.is_always_open:
            return True
        local = moment.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        today = local.weekday()
        is_from_yesterday = _within(self.days[today - 1], minute + MINUTES_A_DAY)
        return is_from_yesterday or _within(self.days[today], minute)


def first_answer(line: CertifiedLine, now: datetime, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what a line answers to a first message: another text outside its office hours.

    In the language asked for; in English where the line has no such text in it. What cannot be
    understood, or an unknown zone, never keeps a resident from an answer.
    """
    certificate = line.certificate
    is_spanish = language == "es"
    if certificate.after_hours and not _is_open(certificate, now):
        return (certificate.after_hours_es if is_spanish else "") or certificate.after_hours
    return (certificate.acknowledgement_es if is_spanish else "") or line.acknowledgement


def _is_open(certificate: LineCertificate, now: datetime) -> bool:
    try:
        return OfficeHours.parse(certificate.office_hours).is_open(now, certificate.time_zone)
    except (OfficeHoursError, ValueError, LookupError, OSError):  # zoneinfo's own errors
        return True


def _part(part: str) -> tuple[set[int], set[Range]]:
    """Return the days and ranges of one part, like `mon-fri 08:00-12:00, 13:00-17:00`."""
    found = PART.fullmatch(part)
    if found is None:
        raise OfficeHoursError
    days, ranges = found.groups()
    numbers: set[int] = set()
    for piece in days.split(","):
        numbers |= _days(piece.strip())
    return numbers, {_range(piece.strip()) for piece in ranges.split(",")}


def _days(piece: str) -> set[int]:
    """Return the numbers of one day, or of a range of days that may run over the week's end."""
    names = [name.strip() for name in piece.split("-")]
    if len(names) > 2 or not set(names) <= set(DAYS):
        raise UnknownDayError
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return {(first + step) % 7 for step in range((last - first) % 7 + 1)}


def _range(piece: str) -> Range:
    found = RANGE.fullmatch(piece)
    if found is None:
        raise BadTimeError
    hours = [int(number) for number in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise BadTimeError
    if start == end:
        raise EmptyRangeError
    return Range(start, end if end > start else end + MINUTES_A_DAY)


def _within(ranges: tuple[Range, ...], minute: int) -> bool:
    return any(each.start <= minute < each.end for each in ranges)
