"""The labelled tips: from the mark-up that people write to records with offsets.

`python -m tests.redaction.corpus tips` prints those of a part as JSON, one a line.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

HERE = Path(__file__).parent
PARTS = ("tips", "development", "kept_back")
LANGUAGES = ("en", "es", "mix")
# What the header of a tip may say of how it is written; the other tags are told by the tip itself.
MANNERS = ("obf", "slang", "typo")

OWN_TYPES = frozenset(
    {
        *("PHONE", "EMAIL", "HANDLE", "IP"),
        *("NAME", "DOB", "ADDRESS", "GEO"),
        *("SSN", "DL", "PLATE", "CARD", "ACCOUNT"),
        "ID",  # of a badge, a passport, a patient, a pupil, a prisoner
    }
)
# In evidence these words mean somebody else's.
OTHERS = {
    "NAME": "SUSPECT_NAME",
    "VICTIM": "VICTIM_NAME",
    "OTHER": "OTHER_NAME",
    "PHONE": "SUSPECT_PHONE",
    "EMAIL": "SUSPECT_EMAIL",
    "HANDLE": "SUSPECT_HANDLE",
    "IP": "SUSPECT_IP",
    "ACCOUNT": "SUSPECT_ACCOUNT",
    "ID": "SUSPECT_ID",
    "DOB": "SUSPECT_DOB",
}
EVIDENCE_TYPES = frozenset(
    {
        *OTHERS.values(),
        *("OTHER_PHONE", "PLATE", "SERIAL", "CODE", "CASE", "URL"),
        *("LOCATION", "TIME", "DATE", "BUSINESS"),
        *("VEHICLE", "DESCRIPTION", "TATTOO"),
        *("DRUG", "WEAPON", "PROPERTY", "QUANTITY", "PRICE"),
    }
)

HEADER = re.compile(r"@ (?P<lang>\w+)(?P<manners>(?: \w+)*)")
MARK = re.compile(
    r"\[\[(?P<own>[A-Z_]+):(?P<mine>.*?)\]\]"
    r"|\{\{(?P<other>[A-Z_]+):(?P<theirs>.*?)\}\}"
)
ESCAPE = re.compile(r"\\(?:n|u([0-9a-f]{4}))")
BETWEEN_MESSAGES = " || "
ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")
LONG = 400  # characters


class Span(TypedDict):
    start: int
    end: int
    type: str
    text: str


class Tip(TypedDict):
    id: str
    lang: str
    tags: list[str]
    text: str
    strip: list[Span]
    keep: list[Span]
    thread: NotRequired[str]
    part: NotRequired[int]


@dataclass(frozen=True)
class Written:
    """One paragraph of a file, as it was written."""

    voice: str
    number: int  # among all tips of this voice, those kept back included, from 1
    lang: str
    manners: tuple[str, ...]
    marked: str

    @property
    def name(self) -> str:
        return f"{self.voice}-{self.number:02}"


def written(part: str) -> Iterator[Written]:
    """The tips of a part as they were written."""
    for file in sorted((HERE / part).glob("*.txt")):
        paragraphs = file.read_text(encoding="utf-8").strip().split("\n\n")
        for index, paragraph in enumerate(paragraphs):
            yield parsed(file.stem, index + 1, paragraph)


def parsed(voice: str, number: int, paragraph: str) -> Written:
    header, *lines = paragraph.split("\n")
    match = HEADER.fullmatch(header)
    if match is None:
        raise ValueError(f"{voice}, tip {number}: no header in {header!r}")
    manners = tuple(match["manners"].split())
    return Written(voice, number, match["lang"], manners, " ".join(lines))


def unescaped(text: str) -> str:
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\n", text)


def read_marks(marked: str) -> tuple[str, list[Span], list[Span]]:
    """The bare text, what is the sender's own in it, and what is evidence."""
    text, last = "", 0
    own: list[Span] = []
    evidence: list[Span] = []
    for mark in MARK.finditer(marked):
        text += marked[last : mark.start()]
        last = mark.end()
        value = mark["mine"] or mark["theirs"]
        kind = mark["own"] or OTHERS.get(mark["other"], mark["other"])
        span = Span(start=len(text), end=len(text) + len(value), type=kind, text=value)
        (own if mark["own"] else evidence).append(span)
        text += value
    return text + marked[last:], own, evidence


def tags(tip: Written, texts: list[str], own: list[Span], evidence: list[Span]) -> list[str]:
    """What the tip is like, in the words by which the figures are broken down."""
    whole = "\n".join(texts)
    kinds = sorted({span["type"].lower() for span in own})
    theirs = {span["type"].removeprefix("SUSPECT_").lower() for span in evidence}
    told = {
        "hardneg": not own,
        "multi": len(kinds) > 1,
        "both": not theirs.isdisjoint(kinds),
        "lower": not any(c.isupper() for c in whole),
        "unicode": unicodedata.normalize("NFKC", whole) != whole,
        "zw": ZERO_WIDTH.search(whole) is not None,
        "emoji": any(unicodedata.category(c) == "So" for c in whole),
        "newline": "\n" in texts[0],
        "split": len(texts) > 1,
        "codeswitch": tip.lang == "mix",
        "long": len(whole) > LONG,
    }
    return [tip.voice, *tip.manners, *(tag for tag, so in told.items() if so), *kinds]


def records(tip: Written) -> list[Tip]:
    """One record for each message of the tip."""
    messages = [read_marks(part) for part in unescaped(tip.marked).split(BETWEEN_MESSAGES)]
    own = [span for _, mine, _ in messages for span in mine]
    evidence = [span for _, _, theirs in messages for span in theirs]
    described = tags(tip, [text for text, _, _ in messages], own, evidence)
    if len(messages) == 1:
        text, mine, theirs = messages[0]
        return [Tip(id=tip.name, lang=tip.lang, tags=described, text=text, strip=mine, keep=theirs)]
    return [
        Tip(
            id=f"{tip.name}-{part}",
            lang=tip.lang,
            tags=described,
            text=text,
            strip=mine,
            keep=theirs,
            thread=tip.name,
            part=part,
        )
        for part, (text, mine, theirs) in enumerate(messages, 1)
    ]


@cache
def load(part: str) -> tuple[Tip, ...]:
    """All records of a part.

    Args:
        part: `tips` (to learn from), `development` (to choose by) or `kept_back` (to report on).

    Raises:
        ValueError: there is no such part.
    """
    if part not in PARTS:
        raise ValueError(f"no such part: {part}")
    return tuple(record for tip in written(part) for record in records(tip))


if __name__ == "__main__":
    for record in load(sys.argv[1]):
        print(json.dumps(record, ensure_ascii=False))
