"""What a name looks like: how far it goes, and whether a word may be one at all."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import NONE, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_PARTICLES: Final = words("de la del los las van von der da dos san mc o st y e")
_SUFFIXES: Final = words("jr sr ii iii iv")
_MOST: Final = 5
# Roles of words that end a name in lower case, frequent as they may be as surnames.
_FUNCTION: Final = (
    Role.I
    | Role.ME
    | Role.MY
    | Role.MINE
    | Role.HE
    | Role.HIS
    | Role.LINK
    | Role.CONTACT
    | Role.CONTACT_ME
    | Role.LIVE_I
    | Role.PHONE
    | Role.EMAIL
    | Role.NAME
    | Role.THANKS
)
_INITIAL: Final = re.compile(r"[a-z]")
_SPACE: Final = re.compile(r"\.? ?|'|-|\. | {2,3}| \"|\" ")


def name_at(document: Document, first: int, *, sure: bool) -> int:
    """Return the index of the word behind a name that starts at a word, or 0 if none does.

    Args:
        document: the text.
        first: index of the first word, which may be a title.
        sure: whether the words before leave nothing else than a name ("my name is"); a name in
            lower case then need not be in the list of first names.
    """
    start = _behind_titles(document, first)
    titled = start > first
    if start >= document.size or (titled and not _joined(document, start)):
        return 0
    if sure and (spelled := _letter_by_letter(document, start)):
        return spelled
    if bare := _bare_initials(document, start):
        return bare
    start = _initials(document, start) or start
    if not _starts(document, start, sure or titled, titled):
        return 0
    behind = _end(document, start)
    if sure and behind == start + 1 and _common_surname(document, behind):
        behind += 1
    goes_on = behind < document.size and document.gap(behind) in (".", "_", "-", "@")
    if _possessive(document, behind - 1) or goes_on:
        return 0
    return behind


def _behind_titles(document: Document, first: int) -> int:
    start = first
    while start < document.size and document.roles[start] & Role.TITLE and start - first < 2:
        if start > first and document.breaks[start] != NONE:
            break
        start += 1
    return start


def _end(document: Document, start: int) -> int:
    """Return the index behind a name whose first word is known to be one."""
    capital = document.capital(start)
    behind = start + 1
    while behind < document.size and behind - start < _MOST and _joined(document, behind):
        step = _continues(document, behind, capital, behind - start)
        if not step:
            break
        behind += step
    return behind


def _letter_by_letter(document: Document, start: int) -> int:
    """Return the index behind a name that is spelled: M-a-r-i-s-a; 0 if none is."""
    behind = start
    while (
        behind < document.size
        and len(document.words[behind]) == 1
        and document.words[behind].isalpha()
    ):
        if behind > start and document.gap(behind) not in ("-", " ", ".", ". "):
            break
        behind += 1
    return behind if behind - start >= 3 else 0


def _bare_initials(document: Document, start: int) -> int:
    """Return the index behind initials that are all of a name: G.M., J. J.; 0 if they are not."""
    behind = start
    while behind < document.size and len(document.words[behind]) == 1 and behind - start < 4:
        dotted = document.gap(behind) in (".", ". ") if behind > start else True
        if not dotted or not document.capital(behind):
            break
        behind += 1
    letters = "".join(document.words[start:behind])
    if not letters.isalpha() or len(letters) < 2 or letters in _NO_INITIALS:
        return 0
    goes_on = behind < document.size and document.gap(behind) in (". ", " ")
    return 0 if goes_on and document.capital(behind) and document.breaks[behind] == NONE else behind


_NO_INITIALS: Final = words("us po da la pd am pm id ca usa ps ok")


def _initials(document: Document, start: int) -> int:
    """Return the index behind initials that start a name: H. Arriaga; 0 if there are none."""
    index = start
    while index < start + 2 and index + 1 < document.size and len(document.words[index]) == 1:
        if not document.capital(index) or "." not in document.gap(index + 1):
            break
        index += 1
    return index if index > start and document.capital(index) else 0


def _possessive(document: Document, index: int) -> bool:
    return document.words[index].endswith("'s")


def _joined(document: Document, index: int) -> bool:
    before = index - 1
    short = len(document.words[before]) == 1 or document.words[before] in _SUFFIXES
    if "." in document.gap(index) and not short and not document.roles[before] & Role.TITLE:
        return False
    return bool(_SPACE.fullmatch(document.gap(index))) and len(document.gap(index)) <= 3


def _starts(document: Document, index: int, sure: bool, titled: bool) -> bool:
    role, word = document.roles[index], document.words[index]
    if not word[0].isalpha() or any(map(str.isdigit, word)) or document.taken[index]:
        return False
    if document.capital(index):
        if role & (Role.FIRST | Role.MAYBE) and not role & Role.MONTH:
            return True
        if role & Role.MONTH and not titled:
            return sure
        return (not role & Role.COMMON and len(word) > 1) or (
            (sure or titled)
            and not role & (_FUNCTION | Role.PERSON | Role.STREET)
            and _rare(document, index)
        )
    if role & Role.FIRST:
        return True
    return sure and not role & (Role.COMMON | Role.MONTH) and len(word) > 1


def _rare(document: Document, index: int) -> bool:
    """Tell whether a capital common word is a name all the same: "my name is Rose", Will, Hope."""
    return document.roles[index] in (Role.COMMON, Role.COMMON | Role.MONTH) and (
        document.words[index]
        not in ("not", "the", "this", "none", "no", "anonymous", "here", "private")
    )


def _continues(document: Document, index: int, capital: bool, length: int) -> int:
    """Return how many words go on with the name at a word: 0, 1, or 2 with a particle."""
    word = document.words[index]
    if document.taken[index] or not word[0].isalpha() or any(map(str.isdigit, word)):
        return 0
    if word in _SUFFIXES and capital == document.capital(index):
        return 1
    if len(word) == 1:
        return int(_initial(document, index, capital))
    if capital:
        return _capital_goes_on(document, index)
    if length >= 3 or document.capital(index):
        return 0
    if word in ("de", "la", "del", "van", "von") and _surname(document, index + 1):
        return 2 if _joined(document, index + 1) else 0
    return int(_surname(document, index)) if length < 3 else 0


def _common_surname(document: Document, index: int) -> bool:
    """Tell whether a frequent word in lower case is a surname: my name is edna pool and ..."""
    if index >= document.size or document.capital(index - 1) or not _joined(document, index):
        return False
    plain = document.roles[index] == Role.COMMON and len(document.words[index]) > 2
    ends = document.hard(index + 1) or document.breaks[index + 1] == SOFT
    return plain and (ends or document.words[index + 1] in ("and", "an", "n", "y", "my", "im"))


def _initial(document: Document, index: int, capital: bool) -> bool:
    word = document.words[index]
    if capital:
        return document.capital(index) and (word not in "ia" or "." in document.gap(index + 1))
    if index + 1 == document.size:
        return word not in "aeiouy"
    return word not in "iaeouynrkqxd" and document.hard(index + 1)


def _capital_goes_on(document: Document, index: int) -> int:
    word = document.words[index]
    if document.capital(index):
        role = document.roles[index]
        return int(not role & (_FUNCTION & ~Role.CONTACT) or word in ("will",))
    for step in (1, 2):
        after = index + step
        if document.words[after - 1] not in _PARTICLES or after >= document.size:
            return 0
        if document.capital(after):
            return step + 1 if word not in ("y", "e") else 0
    return 0


def _surname(document: Document, index: int) -> bool:
    if index >= document.size:
        return False
    role, word = document.roles[index], document.words[index]
    return not role & ~Role.FIRST and len(word) > 2 and word.isalpha() and not word.endswith("'s")
