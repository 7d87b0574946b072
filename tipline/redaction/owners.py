"""Whose a detail is: from the words before it and behind it in the same sentence.

The nearest cue decides. What stands behind the detail is asked first, and only where it is bound to
it ("is mine", "is his cell", "keeps calling"); then the words before, from the detail outwards to
the start of the sentence. Without any cue the type of the detail decides, elsewhere.
"""

from __future__ import annotations

from typing import Final

from tipline.redaction.before import Before
from tipline.redaction.carried import (
    came_from,
    paid_to,
    quoted_from_a_thing,
    set_among_others,
    shown_behind,
    told_before,
)
from tipline.redaction.cues import IS, OTHER, REACHED, SENDER, UNKNOWN, Owner
from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.speech import THIRD, speaks_another
from tipline.redaction.vocabulary import words

_BUYING: Final = words("buy purchase order score cop comprar pedir comprarle rent hire")
_TO_ME: Final = words("manda escribe llama marca habla amenaza molesta mandaba escribia acosa")


def owner(document: Document, first: int, behind: int, kind: int) -> Owner:
    """Return whose the words from `first` to before `behind` are.

    Args:
        document: the text.
        first: index of the detail's first word.
        behind: index of the word behind the detail.
        kind: the role of the words that name such a detail (Role.PHONE, ...).
    """
    if speaks_another(document, first):
        return OTHER
    found = _behind(document, behind, kind)
    if found is UNKNOWN and kind & REACHED and _of_the_story(document, first, behind):
        return OTHER
    if found is UNKNOWN and kind & Role.HANDLE and paid_to(document, first):
        return OTHER
    if found is UNKNOWN:
        found = Before(document, first, kind).decide()
    if found is UNKNOWN and kind & REACHED and told_before(document, first):
        return OTHER
    return found


def _of_the_story(document: Document, first: int, behind: int) -> bool:
    """Tell whether the words around a number say that it is what somebody shows or uses."""
    return (
        shown_behind(document, behind)
        or paid_to(document, first)
        or came_from(document, first)
        or set_among_others(document, first, behind)
        or quoted_from_a_thing(document, first)
    )


def _behind(document: Document, index: int, kind: int) -> Owner:
    """Decide by what is bound to the detail from behind."""
    if document.hard(index):
        return UNKNOWN
    role, word = document.role(index), document.word(index)
    if role & Role.MINE:
        leads = word in ("mine's", "mines") or _leads_on(document, index + 1)
        return UNKNOWN if leads else SENDER
    if word in IS:
        return _predicate(document, index + 1, word == "belongs")
    if document.breaks[index] == SOFT:
        return _apposition(document, index)
    sends = document.role(index + 1) & (Role.CONTACTED | Role.DEED)
    sends_me = role & Role.ME and (sends or document.word(index + 1) in _TO_ME)
    if _of_another(document, index) or (sends_me and kind & REACHED):
        return OTHER
    if role & (Role.DEED | Role.CONTACTED) and kind & (Role.PHONE | Role.EMAIL | Role.HANDLE):
        return UNKNOWN if role & (Role.LINK | Role.CONTACT) else OTHER
    if role & Role.MY and role & ~Role.ME and document.role(index + 1) & kind:
        return SENDER if document.hard(index + 2) else UNKNOWN
    return UNKNOWN


def _of_another(document: Document, index: int) -> bool:
    """Tell whether "de el", "del vendedor", "to buy" follows."""
    if document.word(index) in ("de", "del"):
        other = document.role(index + 1) & (THIRD | Role.FIRST)
        name = index + 1 < document.size and document.capital(index + 1)
        strange = name and not document.role(index + 1) & ~Role.COMMON
        return bool(other or strange) or (
            document.word(index) == "de" and document.word(index + 1) == "el"
        )
    return _to_buy(document, index)


def _to_buy(document: Document, index: int) -> bool:
    """Tell whether "to buy", "para comprar" follows: that number is a seller's."""
    return document.word(index) in ("to", "para", "2") and document.word(index + 1) in _BUYING


def _leads_on(document: Document, index: int) -> bool:
    """Tell whether what was just named belongs to the next detail: ", mine is 209..."."""
    if document.hard(index):
        return False
    if document.word(index) in IS or any(map(str.isdigit, document.word(index))):
        return True
    if document.taken[index]:
        return True
    end = document.ends[index]
    return document.plain.folded[end : end + 1] in ("@", ".", "_")


def _apposition(document: Document, index: int) -> Owner:
    """Decide by a bracket or a comma: (his cell), - mine, (dealer)."""
    bracket = "(" in document.gap(index) or "-" in document.gap(index)
    role = document.role(index)
    leads = not document.hard(index + 1) and _leads_on(document, index + 2)
    if not bracket or leads or _leads_on(document, index + 1):
        return UNKNOWN
    short = document.hard(index + 1) or document.breaks[index + 1] == SOFT
    two = document.hard(index + 2) or document.breaks[index + 2] == SOFT
    if role & Role.HIS and (two or short):
        return OTHER
    if role & (Role.HE | Role.PERSON) and short:
        return OTHER
    if role & Role.MY and two and not document.role(index + 1) & Role.PERSON:
        return SENDER
    return SENDER if role & Role.ME and short else UNKNOWN


def _predicate(document: Document, start: int, belongs: bool) -> Owner:
    """Decide by what follows "is": the sender's, the dealer's, where you can reach me."""
    for index in range(start, min(start + 6, document.size)):
        if document.breaks[index] == HARD or (document.breaks[index] == SOFT and index > start):
            break
        role = document.role(index)
        if document.word(index) in ("by", "por"):
            return UNKNOWN
        if role & Role.MY and document.role(index + 1) & Role.PERSON:
            return OTHER
        if role & (Role.MINE | Role.ME | Role.CONTACT_ME | Role.MY | Role.I):
            return SENDER
        if role & (THIRD | Role.FIRST) or document.word(index).endswith("ing"):
            return OTHER
        if _of_another(document, index):
            return OTHER
    return OTHER if belongs else UNKNOWN
