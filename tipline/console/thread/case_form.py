"""The case file's form: what was typed, and what of it cannot be saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
    Outcome.UNDECIDED: "Not decided yet",
    Outcome.INVESTIGATED: "Passed on to an investigation",
    Outcome.ARREST: "Led to an arrest",
    Outcome.CLEARED: "Cleared a case without an arrest",
    Outcome.REFERRED: "Referred to another agency",
    Outcome.UNFOUNDED: "Unfounded",
    Outcome.TOO_LITTLE: "Too little to go on",
    Outcome.DUPLICATE: "Told in another thread already",
}
FIGURES = {
    "arrests": "Arrests",
    "cases_cleared": "Cases cleared",
    "property_dollars": "Property recovered, in dollars",
    "narcotics_dollars": "Narcotics seized, in dollars",
    "weapons": "Weapons recovered",
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
        problems["tags"] = (
            f"At most {MOST_TAGS} tags of {MOST_TAG_CHARACTERS} characters each, "
            "with commas between them."
        )
    elif not text.replace("\r", "").replace("\n", "").isprintable():
        problems["tags"] = "A tag holds letters, digits and punctuation only."
    return tags


def _related(text: str, problems: dict[str, str]) -> tuple[str, ...]:
    aliases = _parts(text)
    if len(aliases) > MOST_RELATED or not all(ALIAS.fullmatch(alias) for alias in aliases):
        problems["related"] = (
            f"At most {MOST_RELATED} aliases such as quiet-heron-48, with commas between them."
        )
    return aliases


def _parts(text: str) -> tuple[str, ...]:
    """Return the parts between separators in small letters, each once, in their order."""
    parts = (" ".join(part.split()).casefold() for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _case_number(text: str, problems: dict[str, str]) -> str:
    if len(text) > MOST_CASE_NUMBER_CHARACTERS or not text.isprintable():
        problems["case_number"] = (
            f"A case number has at most {MOST_CASE_NUMBER_CHARACTERS} letters, digits and signs."
        )
    return text


def _outcome(text: str, problems: dict[str, str]) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        problems["outcome"] = "Choose one from the list."
        return Outcome.UNDECIDED


def _number(name: str, text: str, problems: dict[str, str]) -> int:
    is_dollars = name in DOLLARS
    plain = text.replace(",", "").removeprefix("$") if is_dollars else text
    if not plain:
        return 0
    if not WHOLE.fullmatch(plain) or not plain.isascii():
        problems[name] = (
            "Write whole dollars, such as 1,500." if is_dollars else "Write a whole number."
        )
        return 0
    return int(plain)


def _figure(number: int) -> str:
    return str(number) if number else ""
