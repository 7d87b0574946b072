"""What an admin says of a line, checked field by field before anything of it is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from tipline.errors import TiplineError
from tipline.identity.addresses import normalise_address
from tipline.language.languages import DEFAULT_LANGUAGE, LANGUAGES
from tipline.language.marking import marked
from tipline.lines.office_hours import OfficeHours, OfficeHoursError

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# A phone number (E.164), a short code, or an address of a channel such as `messenger:1234`.
ADDRESS = re.compile(r"(?:[a-z]{2,16}:)?\+[1-9]\d{6,14}|\d{3,8}|[a-z]{2,16}:[a-z0-9_]{1,40}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
MAX_NAME_CHARACTERS = 80
MAX_ACKNOWLEDGEMENT_CHARACTERS = 1600  # the most that the provider takes in one message
DEFAULT_TIME_ZONE = "UTC"

BAD_SLUG = marked(
    "Use 1 to 40 small letters, digits and hyphens, with a letter or a digit at both ends, "
    "for example police-tips."
)
BAD_NAME = marked("Give the line a name of up to 80 characters, in one row.")
BAD_ADDRESS = marked(
    "Give the number with its country code, for example +1 209 555 0100, or a short code."
)
BAD_ACKNOWLEDGEMENT = marked("Write the first answer, up to 1,600 characters.")
BAD_AFTER_HOURS = marked(
    "Write the answer for outside the office hours, up to 1,600 characters; without office hours, "
    "leave it empty."
)
BAD_SPANISH_ANSWER = marked("Write at most 1,600 characters, or leave it empty.")
BAD_SPANISH_AFTER_HOURS = marked(
    "Write at most 1,600 characters, or leave it empty; without office hours, leave it empty."
)
BAD_LANGUAGE = marked("Choose one from the list.")
BAD_TIME_ZONE = marked(
    "This is no time zone of the IANA database. Write it as in America/Los_Angeles."
)
SLUG_TAKEN = marked("Another line has this short name.")
ADDRESS_TAKEN = marked("Another line has this number.")


class InvalidLineError(TiplineError):
    """A line cannot be described like this. `problems`: a marked sentence for each wrong field."""

    code = "invalid_line"
    message = "Some of what was said of the line cannot be taken."

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take the sentences by the names of the fields of a description."""
        super().__init__()
        self.problems = dict(problems)


class LineExistsError(InvalidLineError):
    """A line with this short name or address is already there."""

    code = "line_exists"
    message = "There is already a line with this short name or address."


@dataclass(frozen=True, slots=True)
class LineDescription:
    """What the public knows of a line. `acknowledgement` is the answer to a first message.

    `acknowledgement_es`, `after_hours_es`: the same in Spanish; empty: the English one is sent.
    `language`: of residents whose messages do not tell theirs.

    `time_zone` is a name of the IANA database: in it staff read times, and in it are the
    `office_hours` (see `tipline.lines.office_hours`), outside of which the answer is `after_hours`.
    """

    slug: str
    name: str
    address: str
    acknowledgement: str
    time_zone: str = DEFAULT_TIME_ZONE
    office_hours: str = ""
    after_hours: str = ""
    language: str = DEFAULT_LANGUAGE
    acknowledgement_es: str = ""
    after_hours_es: str = ""

    def checked(self) -> LineDescription:
        """Return the description with its address in the one spelling that is stored.

        Raises:
            InvalidLineError: says which fields are wrong, and how.
        """
        tidy = LineDescription(
            self.slug.strip(),
            self.name.strip(),
            normalise_address(self.address),
            self.acknowledgement.replace("\r\n", "\n").strip(),
            self.time_zone.strip(),
            " ".join(self.office_hours.split()),
            self.after_hours.replace("\r\n", "\n").strip(),
            self.language,
            self.acknowledgement_es.replace("\r\n", "\n").strip(),
            self.after_hours_es.replace("\r\n", "\n").strip(),
        )
        if problems := tidy._problems():
            raise InvalidLineError(problems)
        return tidy

    def _problems(self) -> dict[str, str]:
        name, first_answer = self.name, self.acknowledgement
        is_good = {
            "slug": (SLUG.fullmatch(self.slug), BAD_SLUG),
            "name": (0 < len(name) <= MAX_NAME_CHARACTERS and _is_clean(name, CONTROL), BAD_NAME),
            "address": (ADDRESS.fullmatch(self.address), BAD_ADDRESS),
            "acknowledgement": (
                bool(first_answer) and _is_sendable(first_answer),
                BAD_ACKNOWLEDGEMENT,
            ),
            "acknowledgement_es": (_is_sendable(self.acknowledgement_es), BAD_SPANISH_ANSWER),
            "language": (self.language in LANGUAGES, BAD_LANGUAGE),
            "time_zone": (self.time_zone in time_zones(), BAD_TIME_ZONE),
            "after_hours": (self._has_fitting_after_hours(), BAD_AFTER_HOURS),
            "after_hours_es": (self._has_fitting_spanish(), BAD_SPANISH_AFTER_HOURS),
        }
        problems = {field: sentence for field, (is_it, sentence) in is_good.items() if not is_it}
        try:
            OfficeHours.parse(self.office_hours)
        except OfficeHoursError as error:
            problems["office_hours"] = error.sentence
        return problems

    def _has_fitting_after_hours(self) -> bool:
        """Tell whether there is an answer for outside the hours, if there are any, and no other."""
        text = self.after_hours
        return bool(text) == bool(self.office_hours) and _is_sendable(text)

    def _has_fitting_spanish(self) -> bool:
        text = self.after_hours_es
        return bool(self.office_hours or not text) and _is_sendable(text)


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of all time zones, in order."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def _is_sendable(text: str) -> bool:
    return len(text) <= MAX_ACKNOWLEDGEMENT_CHARACTERS and _is_clean(text, CONTROL_BUT_LINES)


def _is_clean(text: str, unwanted: re.Pattern[str]) -> bool:
    """Tell whether a text can be stored and signed: no control characters, no lone surrogates."""
    return unwanted.search(text) is None and text == text.encode("utf-8", "replace").decode()
