"""Numbers that somebody issued to the sender: badge, pupil, prisoner, member, patient."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, NONE, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_BETWEEN: Final = words("no number num numero # id nr card name is the a an and")
_OFFICERS: Final = words(
    "officer officers deputy cop cops agent sheriff oficial oficiales policia patrulla trooper"
    " sergeant detective statement security guard tech clinica"
)
_OWN_RECORDS: Final = words(
    "record records chart expediente file folio mrn permit lvn rn callsign transcript visa case#"
    " claim chapter local credential local"
)


def own_record(document: Document, first: int) -> bool:
    """Tell whether "my medical record is", "mi expediente es" stands right before a code."""
    index = first - 1
    while index >= 0 and document.words[index] in ("is", "es", "number", "no", "numero", "#"):
        index -= 1
    if index < 1 or document.words[index] not in _OWN_RECORDS:
        return False
    return _given(document, index) or any(
        document.roles[before] & Role.MY and not document.roles[before] & Role.ME
        for before in range(max(0, index - 2), index)
        if document.breaks[before + 1] == NONE
    )


def beside_sender(document: Document, first: int, behind: int) -> bool:
    """Tell whether a badge or a policy is named beside the sender, and beside nobody else.

    "I'm an attorney, Bar No. 000417.", "soy el empleado 55210", "inmate 0041927, last name ...".
    """
    label = first - 1
    while label >= 0 and (document.words[label] in _BETWEEN or document.roles[label] & Role.LINK):
        label -= 1
    if label < 0 or document.breaks[first] == HARD or first - label > 4:
        return False
    if not document.roles[label] & (Role.ACCOUNT | Role.DL):
        return False
    start = label
    while start > 0 and document.breaks[start] == NONE and label - start < 3:
        start -= 1
    apart = document.breaks[start] != NONE or bool(label and document.taken[label - 1])
    ends = behind >= document.size or document.breaks[behind] != NONE
    here = document.word(behind) in ("here", "aqui", "exp", "expires", "vence", "speaking")
    if document.words[label] in ("id", "identification") and not _member(document, label - 1):
        return False
    if _i_am(document, start, label) or _given(document, label):
        return True
    return (ends or here) and apart and (label <= 1 or here or _sender_before(document, start))


def _i_am(document: Document, start: int, label: int) -> bool:
    return any(
        document.roles[index] & Role.I and document.words[index] not in ("i", "we", "tengo")
        for index in range(start, label)
    )


def _member(document: Document, index: int) -> bool:
    return bool(document.role(index) & Role.ACCOUNT)


def _given(document: Document, label: int) -> bool:
    """Tell whether "I hold a license", "me dio el expediente", "they gave me badge" precedes."""
    for index in range(label - 1, max(-1, label - 6), -1):
        role, word = document.roles[index], document.words[index]
        if document.breaks[index + 1] != NONE or role & (Role.HIS | Role.HE | Role.PERSON):
            return False
        if role & Role.ME or (role & Role.I and document.word(index + 1) in _HOLD):
            return True
        if word == "tengo":
            return True
    return False


_HOLD: Final = words("hold have carry got own use am")


def _sender_before(document: Document, start: int) -> bool:
    """Tell whether the sentence so far speaks of the sender, and of nobody else nearer."""
    for index in range(start - 1, max(-1, start - 18), -1):
        role = document.roles[index]
        if document.words[index] in _OFFICERS or role & (Role.HE | Role.HIS | Role.ADVERT):
            return False
        if role & (Role.I | Role.MY | Role.ME) or document.taken[index]:
            return True
        if role & (Role.PERSON | Role.FIRST) and not role & Role.ACCOUNT:
            return False
        if document.breaks[index] == HARD:
            break
    return False
