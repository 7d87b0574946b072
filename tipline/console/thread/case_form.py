"""The case file's form: what was typed, and what of it cannot be saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from tipline.language.marking import marked
from tipline.threads.casefile import CaseFile, Figures, Outcome

MOST_TAGS, MOST_TAG_CHARACTERS = 20, 40
MOST_RELATED = 20
MOST_CASE_NUMBER_CHARACTERS = 40
ALIAS = re.compile(r"[a-z0-9-]{1,40}")
WHOLE = re.compile(r"\d{1,9}")
SEPARATORS = re.compile(r"[,;\n]")
COUNTS = ("arrests", "cases_cleared", "weapons")
DOLLARS = ("property_dollars", "narcotics_dollars")
FIELDS = ("tags", "related", "case_number", "outcome", *COUNTS, *DOLLARS)
OUTCOMES = {
    Outcome.UNDECIDED: marked("Not decided yet"),
    Outcome.INVESTIGATED: marked("Passed on to an investigation"),
    Outcome.ARREST: marked("Led to an arrest"),
    Outcome.CLEARED: marked("Cleared a case without an arrest"),
    Outcome.REFERRED: marked("Referred to another agency"),
    Outcome.UNFOUNDED: marked("Unfounded"),
    Outcome.TOO_LITTLE: marked("Too little to go on"),
    Outcome.DUPLICATE: marked("Told in another thread already"),
}
FIGURES = {
    "arrests": marked("Arrests"),
    "cases_cleared": marked("Cases cleared"),
    "property_dollars": marked("Property recovered, in dollars"),
    "narcotics_dollars": marked("Narcotics seized, in dollars"),
    "weapons": marked("Weapons recovered"),
}


@dataclass(frozen=True, slots=True, repr=False)
class TypedCase:
    """A form as it was typed: texts by field, and a sentence for each that is wrong."""

    texts: dict[str, str]
    problems: dict[str, str]
    version: int

    @classmethod
    def of(cls, case_file: CaseFile) -> TypedCase:
        """Return the form that shows a case file."""
        figures = {name: _figure(getattr(case_file.figures, name)) for name in FIGURES}
        texts = {
            "tags": ", ".join(case_file.tags),
            "related": ", ".join(case_file.related),
            "case_number": case_file.case_number,
            "outcome": case_file.outcome.value,
        }
        return cls(texts | figures, {}, case_file.version)


def read_form(form: Mapping[str, str], version: int) -> tuple[TypedCase, CaseFile]:
    """Return what was typed and the case file that it makes; fields with problems stay empty."""
    texts = {name: form.get(name, "").strip() for name in FIELDS}
    problems: dict[str, str] = {}
    case_file = CaseFile(
        _tags(texts["tags"], problems),
        _related(texts["related"], problems),
        _case_number(texts["case_number"], problems),
        _outcome(texts["outcome"], problems),
        Figures(**{name: _number(name, texts[name], problems) for name in FIGURES}),
        version,
    )
    return TypedCase(texts, problems, version), case_file


def _tags(text: str, problems: dict[str, str]) -> tuple[str, ...]:
    tags = _parts(text)
    if len(tags) > MOST_TAGS or any(len(tag) > MOST_TAG_CHARACTERS for tag in tags):
        problems["tags"] = gettext(
            "At most %(most)d tags of %(length)d characters each, with commas between them.",
            most=MOST_TAGS,
            length=MOST_TAG_CHARACTERS,
        )
    elif not text.replace("\r", "").replace("\n", "").isprintable():
        problems["tags"] = gettext("A tag holds letters, digits and punctuation only.")
    return tags


def _related(text: str, problems: dict[str, str]) -> tuple[str, ...]:
    aliases = _parts(text)
    if len(aliases) > MOST_RELATED or not all(ALIAS.fullmatch(alias) for alias in aliases):
        problems["related"] = gettext(
            "At most %(most)d aliases such as quiet-heron-48, with commas between them.",
            most=MOST_RELATED,
        )
    return aliases


def _parts(text: str) -> tuple[str, ...]:
    """Return the parts between separators in small letters, each once, in their order."""
    parts = (" ".join(part.split()).casefold() for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _case_number(text: str, problems: dict[str, str]) -> str:
    if len(text) > MOST_CASE_NUMBER_CHARACTERS or not text.isprintable():
        problems["case_number"] = gettext(
            "A case number has at most %(most)d letters, digits and signs.",
            most=MOST_CASE_NUMBER_CHARACTERS,
        )
    return text


def _outcome(text: str, problems: dict[str, str]) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        problems["outcome"] = gettext("Choose one from the list.")
        return Outcome.UNDECIDED


def _number(name: str, text: str, problems: dict[str, str]) -> int:
    is_dollars = name in DOLLARS
    plain = text.replace(",", "").removeprefix("$") if is_dollars else text
    if not plain:
        return 0
    if not WHOLE.fullmatch(plain) or not plain.isascii():
        problems[name] = (
            gettext("Write whole dollars, such as 1,500.")
            if is_dollars
            else gettext("Write a whole number.")
        )
        return 0
    return int(plain)


def _figure(number: int) -> str:
    return str(number) if number else ""
