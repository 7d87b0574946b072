"""Names on platforms: @someone, snap someone, someone is my insta, tay underscore nine."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.cues import OTHER, SENDER, UNKNOWN, Owner
from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.owners import owner
from tipline.redaction.vocabulary import words

# What is a handle by its form: @someone, u/someone, $someone, someone#1234.
_AT: Final = re.compile(
    r"(?<![\w.@])(?:@ ?|\bu/|\$(?=[a-z_]))([a-z0-9_](?:[a-z0-9_.\-:]{0,38}[a-z0-9_])?)"
    r"|(?<![\w.@])([a-z0-9_.\-]{2,38}#\d{2,6})(?!\w)"
)
_VALUE: Final = re.compile(r"[@$]?[a-z0-9_](?:[a-z0-9_.\-]{0,38}[a-z0-9_])?(?:#\d{2,6})?")
_TELLING: Final = re.compile(r"[_.#$@]|[a-z]\d|\d[a-z]|-")
_LABELS: Final = Role.PLATFORM | Role.HANDLE
_JOINERS: Final = words("underscore dot punto guion guionbajo dash hyphen period underline")
_AT_SIGN: Final = words("at arroba aroba arrova sign")
_ASKS: Final = words(
    "add follow dm message msg text hit hmu find snap tweet venmo cashapp zelle ping search pm"
    " agreguen agregenme agregame siguenme sigueme siganme busca buscame busquen mandame"
)
_PASSED: Final = words(
    "is es me my up on at to it's its the a en el al mi la lo como as under by name user here there"
    " bird app blue su his their the also with us de usuario feis sale"
)


_ASKING: Final = _LABELS | Role.EMAIL | Role.MINE | Role.CONTACT_ME


def find_handles(findings: Findings) -> None:
    """Find the sender's own names on platforms."""
    document = findings.document
    for match in _AT.finditer(document.plain.folded):
        _decide(findings, *match.span(match.lastindex or 1))
    for index, word in enumerate(document.words):
        if word in _JOINERS:
            _spelled(findings, index)
        if not document.roles[index] & _ASKING and word != "me":
            continue
        if document.roles[index] & (_LABELS | Role.EMAIL):
            _behind_label(findings, index)
            _before_label(findings, index)
        elif document.roles[index] & Role.MINE and _platform_before(document, index):
            _behind_label(findings, index)
        elif word == "me" or document.roles[index] & Role.CONTACT_ME:
            _behind_me(findings, index)


def _decide(findings: Findings, start: int, end: int) -> None:
    document = findings.document
    if not findings.free(start, end) or document.plain.folded[start:end].isdigit():
        return
    last = start + len(document.plain.folded[start:end].rstrip("_-.:"))
    first, behind = document.first_at(start), document.first_at(last - 1) + 1
    whose = owner(document, first, behind, _LABELS)
    if whose is not OTHER and _only_looked_up(document, first):
        whose = UNKNOWN
    if whose is UNKNOWN and (_opens(document, first) or _asked_for(document, first)):
        whose = SENDER
    if whose is UNKNOWN and _offers(document, behind):
        whose = SENDER
    if whose is SENDER:
        findings.take(start, end, "HANDLE")
    else:
        findings.leave(start, end, "HANDLE")


def _only_looked_up(document: Document, first: int) -> bool:
    """Tell whether the reader is only told where to look: follow @x to see, check @x."""
    word = document.word(first - 1)
    return word in ("follow", "find", "search", "busquen", "chequen", "sigan", "catch")


def _offers(document: Document, behind: int) -> bool:
    """Tell whether "on ig if u need me" follows."""
    for index in range(behind, min(behind + 4, document.size - 1)):
        if document.breaks[index] == HARD:
            return False
        if document.words[index] in ("if", "si"):
            return document.words[index + 1] in ("u", "you", "ya", "y'all", "yall", "quieren")
    return False


def _platform_before(document: Document, index: int) -> bool:
    """Tell whether a platform was named before "mine": her snap is x, mine's y."""
    return any(document.roles[before] & _LABELS for before in range(max(0, index - 8), index))


def _opens(document: Document, first: int) -> bool:
    """Tell whether the message opens with a label and the value: snap: tay.tay, IG tay99."""
    if not 0 < first < 4:
        return False
    return document.breaks[first] != HARD and all(
        document.roles[i] & _LABELS or document.words[i] in _AT_SIGN | {"me", "name"}
        for i in range(first)
    )


def _asked_for(document: Document, first: int) -> bool:
    """Tell whether "add me", "venmo me at", "mensaje al ig" stands shortly before."""
    for index in range(first - 1, max(-1, first - 6), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.roles[index]
        if document.words[index] == "me" and document.word(index - 1) in _ASKS:
            return True
        if role & Role.CONTACT_ME:
            return True
        if not _passes(document, index) and document.words[index] not in ("mensaje", "dm", "un"):
            return False
    return False


def _spelled(findings: Findings, joiner: int) -> None:
    """Decide about "flor punto de punto sal", "nightjar underscore nine"."""
    document = findings.document
    if not 0 < joiner < document.size - 1 or document.words[joiner - 2] in _JOINERS:
        return
    first, behind = joiner - 1, joiner
    while behind + 1 < document.size and document.words[behind] in _JOINERS:
        if HARD in document.breaks[behind : behind + 2]:
            return
        behind += 3 if document.words[behind : behind + 2] == ["guion", "bajo"] else 2
    while (
        behind < document.size and document.words[behind] in _DIGITS and not document.hard(behind)
    ):
        behind += 1
    behind = min(behind, document.size)
    if not findings.words_free(first, behind):
        return
    label = first
    while label > 0 and document.words[label - 1] in _AT_SIGN | {"is", "es"}:
        label -= 1
    if _whose_spelled(document, label, first, behind) is SENDER:
        findings.take_words(first, behind, "HANDLE")


_DIGITS: Final = words(
    "zero oh one two three four five six seven eight nine uno dos tres cuatro cinco seis siete"
    " ocho nueve cero"
)


def _whose_spelled(document: Document, label: int, first: int, behind: int) -> Owner:
    named = document.role(label - 1) & _LABELS or document.role(label - 1) & Role.CONTACT
    sign = label < first
    if not named and not sign:
        return UNKNOWN
    whose = owner(document, label, behind, _LABELS)
    return SENDER if whose is UNKNOWN and _opens(document, label) else whose


def _behind_label(findings: Findings, label: int) -> None:
    """Decide about what follows a platform's name: my snap is tay.tay0142."""
    document = findings.document
    index = label + 1
    bound = ":" in document.gap(index)
    while index < min(label + 5, document.size) and document.breaks[index] != HARD:
        if not _passes(document, index) or _joined(document, index):
            break
        bound |= document.words[index] in ("is", "es", "soy", "como", "as")
        index += 1
    if index >= min(label + 6, document.size) or document.breaks[index] == HARD:
        return
    value = _VALUE.match(document.plain.folded, document.starts[index])
    told = bound or _asked_for(document, index)
    two = told and document.capital(index) and document.capital_at(index + 1)
    if two and document.breaks[index + 1] == NONE:
        _profile(findings, index)
    elif value and _is_handle(document, index, value.group(), bound):
        _decide(findings, document.starts[index], value.end())


def _passes(document: Document, index: int) -> bool:
    passing = Role.LINK | _LABELS | Role.NAME | Role.ME
    return bool(document.roles[index] & passing) or document.words[index] in _PASSED | {"soy"}


def _profile(findings: Findings, first: int) -> None:
    """Decide about a name with blanks: en face soy Rosita Moreno, on fb as Jay Drop."""
    document = findings.document
    behind = first
    while behind < min(first + 4, document.size) and document.capital(behind):
        if behind > first and document.breaks[behind] != NONE:
            break
        behind += 1
    whose = owner(document, first, behind, _LABELS)
    if whose is UNKNOWN and _asked_for(document, first):
        whose = SENDER
    if whose is SENDER and findings.words_free(first, behind):
        findings.take_words(first, behind, "HANDLE")


def _behind_me(findings: Findings, cue: int) -> None:
    """Decide about "add me tay_0142", "venmo me at tay-01", "agréguenme en el disc tay#01"."""
    document = findings.document
    asked = document.roles[cue] & Role.CONTACT_ME or document.word(cue - 1) in _ASKS | {"up"}
    if not asked:
        return
    for index in range(cue + 1, min(cue + 6, document.size)):
        if document.breaks[index] == HARD:
            return
        value = _VALUE.match(document.plain.folded, document.starts[index])
        if value and _joined_value(value.group()):
            _decide(findings, document.starts[index], value.end())
            return
        if not _passes(document, index) and len(document.words[index]) > 5:
            return


def _joined_value(value: str) -> bool:
    """Tell whether a word is a handle and nothing else: tay_01, tay.tay99, tay#01."""
    if not any(map(str.isalpha, value)) or value[0].isdigit():
        return False
    return "_" in value or "#" in value or bool(re.fullmatch(r"[a-z.\-]+\d+[\w.]*", value))


def _joined(document: Document, index: int) -> bool:
    """Tell whether a word goes on without a space: is_it_me."""
    end = document.ends[index]
    return document.plain.folded[end : end + 1] in ("_", ".") and (
        document.plain.folded[end + 1 : end + 2].isalnum()
    )


def _is_handle(document: Document, index: int, value: str, bound: bool) -> bool:
    if _TELLING.search(value):
        return not value.replace("-", "").replace(".", "").isdigit()
    role = document.roles[index]
    if document.taken[index] or value.isdigit() or len(value) < 3:
        return False
    if not role:
        return True
    return bound and (bool(role & Role.FIRST) or ":" in document.gap(index))


def _before_label(findings: Findings, label: int) -> None:
    """Decide about what stands before: tay_0142 is my snap, im tay_0142 on snap."""
    document = findings.document
    index = label - 1
    while index > label - 4 and index >= 0 and document.roles[index] & (Role.LINK | Role.MY):
        if document.breaks[index + 1] == HARD:
            return
        index -= 1
    if index < 0 or index == label - 1 or document.breaks[index + 1] == HARD:
        return
    end = document.ends[index]
    start = end
    while start > 0 and end - start < 40 and _letter(document.plain.folded[start - 1]):
        start -= 1
    value = document.plain.folded[start:end]
    if _stands_before(document, index, value):
        _decide(findings, start, end)


def _stands_before(document: Document, index: int, value: str) -> bool:
    if value.replace("-", "").isdigit() or not value or value[0] in ".-":
        return False
    own = document.role(index - 1) & Role.I and document.breaks[index] == NONE
    strange = own and not document.roles[index] and not document.capital(index)
    return bool(_TELLING.search(value)) or bool(strange)


def _letter(character: str) -> bool:
    return character.isalnum() or character in "_.-"
