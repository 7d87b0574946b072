"""Details that are known by their form: e-mail addresses, links, IP addresses, coordinates."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.cues import OTHER, SENDER
from tipline.redaction.document import HARD, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import owner
from tipline.redaction.vocabulary import words

_TLDS: Final = words(
    "com net org edu gov us mx info io co me biz es mil ca uk tv app dev xyz online site"
    " email cm con coom"
)
_PROVIDERS: Final = words(
    "gmail yahoo hotmail outlook icloud aol proton protonmail live msn comcast att"
    " sbcglobal ymail gmial gmai example"
)
_EMAIL: Final = re.compile(
    r"[\w.%+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}"
    r"(?: ?[.,] ?(?:com|net|org|edu|gov|us|mx)\b| (?:com|net|org)\b)?"
)
# The halves of an address at the seam of two messages.
_OPEN_MAIL: Final = re.compile(r"(?<!\S)([\w.+\-]{2,64}@)\s*\Z")
_REST_OF_MAIL: Final = re.compile(r"\A\s*(@[\w\-]{2,60}\.(?:com|net|org|edu|us|mx))\b")
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
_SOCIAL: Final = re.compile(
    r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|t|discord|reddit|youtube|linkedin"
    r"|venmo|cash|paypal|wa|onlyfans|telegram|threads)\.(?:com|me|gg|app|net)/"
)
_AT: Final = words("at arroba aroba arrova")
_DOTS: Final = words("dot punto d0t doot pto")
_JOINERS: Final = _DOTS | words("underscore guion bajo dash hyphen guionbajo")
_TIGHT: Final = re.compile(r"[._\-+]|\s?[._]\s?|\s?[(\[]\s?|\s?[)\]]\s?")
_LABEL_ENDS: Final = words("is es address direccion electronico me at to al a iz")
_NO_LOCAL_PART: Final = Role.ME | Role.EMAIL | Role.CONTACT | Role.HE | Role.CONTACT_ME


def find_written(findings: Findings) -> None:
    """Find e-mail addresses, links, IP addresses and coordinates."""
    text = findings.document.plain.folded
    if "@" in text:
        for match in _EMAIL.finditer(text):
            _mail(findings, match.start(), match.end())
        for pattern in (_OPEN_MAIL, _REST_OF_MAIL):
            if (half := pattern.search(text)) and findings.free(*half.span(1)):
                _default_sender(findings, *half.span(1))
    _spelled_mails(findings)
    if "/" in text or "www" in text:
        for match in _LINK.finditer(text):
            _link(findings, match.start(), match.end())
    if "." in text or ":" in text:
        _find_form(findings, _IP, "IP", Role.IP)
        _find_form(findings, _GEO, "GEO", Role.GEO)
        _find_squares(findings)


def _find_squares(findings: Findings) -> None:
    for match in _SQUARE.finditer(findings.document.plain.folded):
        if findings.free(*match.span(1)):
            _owned(findings, *match.span(1), "GEO", Role.GEO)


def _find_form(findings: Findings, pattern: re.Pattern[str], kind: str, role: int) -> None:
    for match in pattern.finditer(findings.document.plain.folded):
        if findings.free(*match.span()):
            _owned(findings, match.start(), match.end(), kind, role)


def _mail(findings: Findings, start: int, end: int) -> None:
    text = findings.document.plain.folded
    while text[start] in ".-%+" and start < end - 1:
        start += 1
    end -= len(text[start:end]) - len(text[start:end].rstrip(".-_"))
    domain = text[start:end].partition("@")[2]
    ends = domain.endswith(("com", "net", "org")) and re.search("[, ]", domain)
    if "." not in domain and domain not in _PROVIDERS and not ends:
        return
    if findings.free(start, end):
        _default_sender(findings, start, end)


def _default_sender(findings: Findings, start: int, end: int) -> None:
    document = findings.document
    first, behind = document.first_at(start), document.first_at(end - 1) + 1
    if owner(document, first, behind, Role.EMAIL) is OTHER:
        findings.leave(start, end, "EMAIL")
    else:
        findings.take(start, end, "EMAIL")


def _owned(findings: Findings, start: int, end: int, kind: str, role: int) -> None:
    document = findings.document
    first, behind = document.first_at(start), document.first_at(end - 1) + 1
    if owner(document, first, behind, role) is SENDER:
        findings.take(start, end, kind)
    else:
        findings.leave(start, end, kind)


def _link(findings: Findings, start: int, end: int) -> None:
    text = findings.document.plain.folded
    end -= len(text[start:end]) - len(text[start:end].rstrip(".,;:!?)'\""))
    if not findings.free(start, end):
        return
    if _MAPS.search(text, start, end):
        _owned(findings, start, end, "GEO", Role.GEO)
    elif _SOCIAL.search(text, start, end):
        _owned(findings, start, end, "HANDLE", Role.HANDLE)
    else:
        _owned(findings, start, end, "HANDLE", Role.HANDLE)


def _spelled_mails(findings: Findings) -> None:
    """Find rosa punto mendez arroba example punto com, rosa (at) example (dot) com."""
    document = findings.document
    for index in range(1, document.size):
        word = document.words[index]
        if word in _AT:
            _around(findings, index - 1, index + 1)
        elif "@" in document.gap(index):
            _around(findings, index - 1, index)


def _around(findings: Findings, left: int, right: int) -> None:
    document = findings.document
    behind = _domain(document, right)
    if not behind or document.breaks[left + 1] == HARD or document.taken[left]:
        return
    if document.role(left) & _NO_LOCAL_PART and document.word(left - 1) not in _JOINERS:
        return
    first = _local_part(document, left)
    start, end = document.starts[first], document.ends[behind - 1]
    if findings.free(start, end):
        _default_sender(findings, start, end)


def _domain(document: Document, index: int) -> int:
    """Return the index behind a spelled domain, or 0."""
    if index >= document.size:
        return 0
    behind = index + 1
    dots = 0
    while behind < document.size and dots < 4:
        gap = document.gap(behind).strip()
        if document.words[behind] in _DOTS and behind + 1 < document.size:
            step = 2
        elif gap == "." and document.words[behind] in _TLDS:
            step = 1
        elif document.words[behind] in ("guion", "dash") and behind + 1 < document.size:
            step = 2
        else:
            break
        behind += step
        dots += 1
    if document.words[behind - 1] in _TLDS and dots:
        return behind
    if document.words[index] in _PROVIDERS and document.words[index] != "example":
        return behind + (document.word(behind) in ("com", "net"))
    return 0


def _local_part(document: Document, last: int) -> int:
    """Return the first word of what stands before the at: joined words, or letters one by one."""
    first = last
    while first > 0 and last - first < 40:
        before = document.words[first - 1]
        if (
            (before in _JOINERS and document.breaks[first] != HARD)
            or (document.words[first] in _JOINERS and document.breaks[first] != HARD)
            or (" " not in document.gap(first) and _TIGHT.fullmatch(document.gap(first)))
            or (len(before) == 1 and (len(document.words[first]) == 1 or before not in "yaeou"))
            or (before.isdigit() and document.words[first].isdigit())
        ):
            first -= 1
        else:
            break
    while document.words[first] in _JOINERS and first < last:
        first += 1
    return _since_label(document, first)


def _since_label(document: Document, first: int) -> int:
    """Take all words since "my email is": big red barn at example dot com."""
    for index in range(first - 1, max(-1, first - 8), -1):
        if document.breaks[index + 1] == HARD:
            break
        if document.roles[index] & Role.EMAIL:
            start = index + 1
            while start < first and document.words[start] in _LABEL_ENDS:
                start += 1
            return start
        if document.roles[index] & (Role.CONTACT | Role.ME):
            break
    return first
