"""Who speaks: the words of others, in quotation marks or reported, say nothing of the sender."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

# Words that stand for somebody who is not the sender.
THIRD: Final = Role.HE | Role.HIS | Role.PERSON | Role.ADVERT
_HE_SAID: Final = words("dijo grito gritaba decia dijeron gritaron")


def speaks_another(document: Document, index: int) -> bool:
    """Tell whether a word is quoted speech of somebody who is not the sender.

    A quotation that holds nothing before the word is no speech: my number is "209...".
    """
    if not document.quoted[index]:
        return False
    start = index
    while start > 0 and document.quoted[start - 1]:
        start -= 1
    if index - start < 2 and not document.role(start) & (Role.MY | Role.I | Role.CONTACT):
        return False
    if start <= _OPENING and any(word in _WRITTEN_DOWN for word in document.words[:start]):
        return False
    for before in range(start - 1, max(-1, start - 6), -1):
        if document.role(before) & Role.SAID:
            return not _said_by_sender(document, before)
    behind = index
    while behind < document.size and document.quoted[behind]:
        behind += 1
    return start > 5 or behind < document.size - 2


_OPENING: Final = 5  # words before a quotation that is the whole message
_WRITTEN_DOWN: Final = words("transcription transcript voicemail dictated statement dictado buzon")


def _said_by_sender(document: Document, index: int) -> bool:
    for before in range(index - 1, max(-1, index - 4), -1):
        if document.role(before) & (Role.I | Role.MY):
            return not document.role(before) & Role.MY
        if document.role(before) & (THIRD | Role.FIRST):
            return False
    return document.word(index) in ("dije", "grite", "conteste")


def reported(document: Document, cue: int) -> bool:
    """Tell whether a cue is somebody else's words, without marks: he said my name is X."""
    index = cue - 1
    while index > cue - 5 and document.word(index) in (
        "that",
        "q",
        "que",
        "like",
        "to",
        "hey",
        "yo",
        "me",
        "us",
    ):
        index -= 1
    if index < 0 or document.hard(cue) or not document.role(index) & Role.SAID:
        return False
    if document.word(index) in ("posted", "posteo", "publico", "puso", "shared"):
        return False
    if document.role(index) & Role.CONTACT and document.role(index - 1) & Role.CONTACT:
        return False
    return not _said_by_sender(document, index) and bool(
        document.word(index) in _HE_SAID
        or subject_is_other(document, index)
        or document.word(cue - 1) in ("que", "q", "like")
    )


def subject_is_other(document: Document, verb: int) -> bool:
    """Tell whether somebody else than the sender does what a verb says."""
    for index in range(verb - 1, max(-1, verb - 5), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.role(index)
        if role & (THIRD | Role.FIRST):
            return True
        if role & Role.I:
            return False
    return False
