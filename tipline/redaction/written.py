"""Details that are known by their form: addresses of mail, links, coordinates, handles, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final

from tipline.redaction.document import Document
from tipline.redaction.lettered import tied_letters
from tipline.redaction.lexicon import Role
from tipline.redaction.numbers import is_number
from tipline.redaction.spelled import spelled_handles, spelled_mails
from tipline.redaction.vocabulary import words

_EMAIL: Final = re.compile(
    r"[\w.%+\-]{0,63}[\w.%+]@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}"
    r"(?: ?[.,] ?(?:com|net|org|edu|gov|us|mx)\b| (?:com|net|org)\b)?"
)
# Letter by letter: r o s a @ e x a m p l e . c o m
_LETTERED_MAIL: Final = re.compile(
    r"(?<![^\W_])(?:[a-z0-9._+\-] ){1,48}@ (?:[a-z0-9._\-] ){1,48}(?:c o m|n e t|o r g|e d u|g o v)"
    r"(?![^\W_])"
)
# The first half of an address at the seam of two messages.
_OPEN_MAIL: Final = re.compile(r"(?<!\S)([\w.+\-]{2,64}@)\s*\Z")
_LINK: Final = re.compile(
    r"https?://[^\s<>\"]{1,400}|www\.[^\s<>\"]{1,400}"
    r"|(?<![\w@.])(?:[\w\-]{1,60}\.){1,3}(?:com|net|org|me|us|gg|io|tv|app|ly)/[^\s<>\"]{1,300}"
)
_IP: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}(?![\w:])"
    r"|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5}::(?:[0-9a-f]{1,4}:?){1,5}(?![\w:])"
)
_GEO: Final = re.compile(
    r"(?<![\w.])-?\d{1,3}\.\d{3,12}(?:\s?°)?\s?[ns]?\s?[,;/ ]"
    r"\s?-?\d{1,3}\.\d{3,12}(?:\s?°)?(?:\s?[ew]\b)?"
)
# Three words name a square of three metres: ///filled.count.soap.
_SQUARE: Final = re.compile(
    r"(?:///|(?:what3words|w3w)(?: is| es| are|:)? ?)((?:[a-z]{3,20}\.){2}[a-z]{3,20})(?![\w.])"
)
_MAPS: Final = re.compile(r"maps?\.|/maps|goo\.gl/map|geo:|waze|what3words|w3w")
_SPACED_HANDLE: Final = re.compile(r"(?<![\w.@])@ ([a-z0-9_]{1,30}(?: [._] [a-z0-9_]{1,30}){1,4})")
_HANDLE: Final = re.compile(
    r"(?<![\w.@])(?:@ ?|\bu/|\$(?=[a-z_]))([a-z0-9_](?:[a-z0-9_.\-:]{0,38}[a-z0-9_])?)"
    r"|(?<![\w.@])([a-z0-9_.\-]{2,38}#\d{2,6})(?!\w)"
)
_JOINED: Final = re.compile(
    r"(?<![\w.@])_?[a-z0-9]{1,30}(?:[_.]{1,3}[a-z0-9]{1,30}){1,5}_?(?![\w@])"
)
_MONTH: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|dic|january|february|march"
    r"|april|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)"
)
# Not the first digits of a number that stands behind the day.
_YEAR: Final = r"(?:,? ?(?:of |de |del )?'?(?:\d{4}|\d{2})(?![-.]?\d))?"
_DATE: Final = re.compile(
    rf"(?<!\w){_MONTH}\b\.?,? ?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?!\d){_YEAR}"
    rf"|(?<!\w)\d{{1,2}}(?:st|nd|rd|th)?,? ?(?:of |de )?{_MONTH}\b\.?{_YEAR}"
)
_TITLES: Final = words("mr mrs ms dr st sr sra ave av no apt")
# The forms that need no second look: what must stand in the text at all, which is quickly seen,
# and what they look like.
_FORMS: Final = (
    (re.compile(r"\.\d+\.\d|:[0-9a-f]{0,4}:"), _IP, "IP"),
    (re.compile(r"\d\.\d\d\d"), _GEO, "GEO"),
    (re.compile(r"\.[a-z]{3,20}\."), _SQUARE, "GEO"),
    (re.compile(r"@ \w+ [._]"), _SPACED_HANDLE, "HANDLE"),
    (re.compile(r"[@$#]|u/"), _HANDLE, "HANDLE"),
)
_JOINED_MARK: Final = re.compile(r"[_.][_.a-z0-9]")
# Without any of these there is none of them, and no link; most texts have none.
_ANY_MARK: Final = re.compile(r"[@$#_/]|[.:]\S")


def written_forms(document: Document) -> Iterator[tuple[int, int, str]]:
    """Yield offsets in the plain text and the kind of what has a form; the surer first."""
    text = document.plain.folded
    if "@" in text:
        yield from _mails(text)
    for first, behind in spelled_mails(document):
        yield document.starts[first], document.ends[behind - 1], "MAIL"
    for start, end in tied_letters(document):
        yield start, end, "SPELT"
    for first, behind in spelled_handles(document):
        yield document.starts[first], document.ends[behind - 1], "HANDLE"
    if _ANY_MARK.search(text):
        yield from _marked(document)
    if reduce(or_, document.roles, 0) & Role.MONTH:
        for match in _DATE.finditer(text):
            yield match.start(), match.end(), "DATE"


def _marked(document: Document) -> Iterator[tuple[int, int, str]]:
    text = document.plain.folded
    if "/" in text or "www" in text:
        yield from _links(text)
    yield from _of_form(text)
    if _JOINED_MARK.search(text):
        yield from _joined(document)


def _of_form(text: str) -> Iterator[tuple[int, int, str]]:
    for mark, pattern, kind in _FORMS:
        if mark.search(text):
            for match in pattern.finditer(text):
                start, end = match.span(match.lastindex or 0)
                if kind != "HANDLE" or not text[start:end].isdigit():
                    yield start, end, kind


def _mails(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _EMAIL.finditer(text):
        value = match[0].rstrip(".-_")
        start = match.end() - len(match[0].lstrip(".-%+"))
        yield start, match.start() + len(value), "MAIL" if value.partition("@")[2] else "HANDLE"
    for match in _LETTERED_MAIL.finditer(text):
        yield match.start(), match.end(), "MAIL"
    if half := _OPEN_MAIL.search(text):
        yield half.start(1), half.end(1), "MAIL"


def _links(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _LINK.finditer(text):
        end = match.start() + len(match[0].rstrip(".,;:!?)'\""))
        yield match.start(), end, "GEO" if _MAPS.search(text, match.start(), end) else "LINK"


def _joined(document: Document) -> Iterator[tuple[int, int, str]]:
    for match in _JOINED.finditer(document.plain.folded):
        start, end = match.span()
        if all(map(is_number, match[0].split("."))):
            continue
        if "_" in match[0] or _dotted_name(document, start, end):
            yield start, end, "HANDLE"


def _dotted_name(document: Document, start: int, end: int) -> bool:
    """Tell a name with dots from "p.m.", from "St.John" and from a stop without a blank."""
    parts = document.plain.folded[start:end].split(".")
    if min(map(len, parts)) < 2 and not any(len(part) > 3 for part in parts):
        return False
    if parts[0] in _TITLES or parts[0].isdigit():
        return False
    if len(parts) > 2:
        return True
    first, behind = document.first_at(start), document.first_at(end - 1) + 1
    plain = [role & Role.COMMON for role in document.roles[first:behind]]
    capital = document.plain.text[document.starts[behind - 1]].isupper()
    return not all(plain) and not (capital and document.plain.text[start].islower())
