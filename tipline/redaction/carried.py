"""Whose a number is that stands in a sentence without an owner: the sentence before tells.

"He gave me his number. It was 800...", "A woman from the bank called. The number was 800...".
"""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.vocabulary import words

_LEAD: Final = words(
    "it it's its that that's thats this was is the a number phone cell from here used caller id"
    " es era fue el la ese este eso del numero telefono celular and y so they it' and burner his"
)
_PAST: Final = words("was were era fue used")
_SHOWN: Final = words(
    "card flyer flier note business-card tarjeta papel papelito volante burner contact letter"
    " voicemail mensaje message text ad website page anuncio pagina link app"
)
_MONEY_MOVES: Final = words(
    "drained went sent wired transferred zelle venmo paypal cashapp paid pay pays paying moved"
    " forwarded redirected cayo depositar deposite deposito transferi transferencia wire transfer"
    " payments gone go goes vaciaron mandaron enviaron payment western zelled venmoed order orders"
)
_TO: Final = words("through thru to a al en into hacia")
_PRIZE: Final = words("reward recompensa money prize premio check cheque")
_WHERE: Final = words("where how who what on donde como cual printed written painted listed")
_HE: Final = Role.HE | Role.HIS | Role.PERSON
_MINE: Final = Role.MY | Role.MINE | Role.CONTACT_ME
_REACH: Final = 32  # words of the sentence before


def told_before(document: Document, first: int) -> bool:
    """Tell whether the sentence before says that a bare number is somebody else's.

    Args:
        document: the text.
        first: index of the number's first word.
    """
    start = first
    past = False
    while start > 0 and document.breaks[start] != HARD:
        start -= 1
        if document.words[start] not in _LEAD or first - start > 7:
            return False
        past |= document.words[start] in _PAST
    if start == 0 or (start == first and "\n" in document.gap(start)):
        return False
    return _sentence_of_another(document, start - 1, past, bare=start == first)


def _sentence_of_another(document: Document, last: int, past: bool, *, bare: bool) -> bool:
    other = contact = False
    for index in range(last, max(-1, last - _REACH), -1):
        role, word = document.roles[index], document.words[index]
        if role & _MINE and not role & Role.ME:
            after = document.role(index + 1)
            if role & (Role.MINE | Role.CONTACT_ME) or after & (Role.PHONE | Role.CONTACT):
                return False
        other |= bool(role & _HE) or (word == "dealer's")
        number = bool(role & Role.PHONE) or word in _SHOWN
        contact |= number or bool(role & (Role.CONTACTED | Role.ADVERT) and not bare)
        if document.breaks[index] == HARD:
            break
    if bare:
        return other and contact
    return contact and (other or past)


def set_among_others(document: Document, first: int, behind: int) -> bool:
    """Tell whether a number stands between "a man called" and ", he wants money"."""
    if behind >= document.size or document.breaks[behind] != SOFT:
        return False
    if document.breaks[first] != SOFT or not document.roles[behind] & Role.HE:
        return False
    for index in range(first - 1, max(-1, first - _REACH), -1):
        role = document.roles[index]
        if role & (Role.MY | Role.ME | Role.MINE | Role.CONTACT_ME):
            return False
        if role & _HE:
            return True
        if document.breaks[index] == HARD:
            break
    return False


def called_from_another(document: Document, first: int) -> bool:
    """Tell whether "he keeps calling my cell N from" stands before: two numbers, not one's."""
    if document.word(first - 1) not in ("from", "desde", "del"):
        return False
    number = False
    for index in range(first - 2, max(-1, first - 20), -1):
        if document.breaks[index + 1] == HARD:
            return False
        number |= document.words[index].isdigit() or document.taken[index] == "PHONE"
        if number and document.roles[index] & Role.CONTACTED:
            return not any(
                document.role(before) & Role.I for before in range(max(0, index - 3), index)
            )
    return False


def quoted_from_a_thing(document: Document, first: int) -> bool:
    """Tell whether what stands before says what a card or a sign reads: la tarjeta dice ..."""
    for index in range(first - 1, max(-1, first - 14), -1):
        if document.breaks[index + 1] == HARD:
            return False
        role = document.roles[index]
        if role & _MINE and not role & Role.ME:
            return False
        if role & Role.SAID and any(
            document.roles[i] & Role.ADVERT or document.words[i] in _SHOWN | {"it", "which"}
            for i in range(max(0, index - 4), index)
        ):
            return True
    return False


def paid_to(document: Document, first: int) -> bool:
    """Tell whether money goes there, and not the reward: my account was drained to ..."""
    if document.word(first - 1) not in _TO or document.breaks[first] == HARD:
        return False
    near = [document.words[index] for index in range(max(0, first - 6), first - 1)]
    if any(word in _PRIZE for word in near) and "money" not in near:
        return False
    mine = any(document.roles[i] & (Role.ME | Role.I) for i in range(max(0, first - 4), first - 1))
    return any(word in _MONEY_MOVES for word in near[-2:]) and not mine


def came_from(document: Document, first: int) -> bool:
    """Tell whether "the call came in from", "me llego del" stands right before."""
    if document.word(first - 1) not in ("from", "del", "de", "desde"):
        return False
    return not _CAME.isdisjoint(document.words[max(0, first - 4) : first - 1])


_CAME: Final = words("came come comes coming received originated vino viene llego entro recibi")


def of_a_thing(document: Document, index: int, first: int) -> bool:
    """Tell whether "numero" at a word goes on with whose it is: tel de la rata, cel del gordo."""
    article = document.word(index + 1) == "del" or (
        document.word(index + 1) == "de" and document.word(index + 2) in ("la", "el", "los", "las")
    )
    whose = index + (2 if document.word(index + 1) == "del" else 3)
    if article and whose == first:
        return not document.gap(first).isascii()  # of the rat: an emoji
    if not article or whose >= first:
        return False
    own = Role.ADDRESS | Role.PHONE | Role.LIVE_I | Role.MY | Role.FAMILY | Role.NAME
    return not document.roles[whose] & own and document.words[whose] not in _OWN_PLACES


_OWN_PLACES: Final = words("negocio trabajo escuela familia mismo iglesia empresa local rancho")


def shown_behind(document: Document, behind: int) -> bool:
    """Tell whether "is where you order", "is on the flyer" follows, and nothing of the sender."""
    if behind + 1 >= document.size or document.hard(behind):
        return False
    if document.words[behind] not in ("is", "was", "es", "era", "esta"):
        return document.words[behind] in ("printed", "painted", "written", "escrito", "pintado")
    if document.words[behind + 1] not in _WHERE:
        return False
    for index in range(behind + 1, min(behind + 10, document.size)):
        if document.hard(index):
            break
        if document.roles[index] & (Role.MY | Role.ME | Role.I | Role.MINE | Role.CONTACT_ME):
            return False
    return True
