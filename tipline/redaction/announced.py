"""More ways in which the sender says who they are: From: X, known as X, tell them X sent you."""

from __future__ import annotations

from typing import Final

from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.lexicon import Role
from tipline.redaction.names import name_at
from tipline.redaction.speech import subject_is_other
from tipline.redaction.vocabulary import words

# Where a name would start, and whether the words before leave nothing else than a name.
Start = tuple[int, bool] | None

_MESSAGE: Final = words("text message tip note email sms msg mensaje tips report this is a nota")
_ARTICLES: Final = words("el la los las")
_WORRIED: Final = words(
    "concerned worried scared anonymous fellow preocupado preocupada angustiada asustada upset"
)
_SENT: Final = words(
    "sent says said texted called told messaged wrote asked manda mando dice dijo llamo says it's"
)
_REWARD_TO: Final = words("to a para for")


def known_as(document: Document, index: int) -> Start:
    """Decide for "I am known as X", "they know me as X"."""
    if document.word(index + 1) not in ("as", "como"):
        return None
    own = any(document.role(i) & (Role.I | Role.ME) for i in range(max(0, index - 3), index))
    return (index + 2, True) if own else None


def sender_field(document: Document, index: int) -> Start:
    """Decide for "From: X", "text from X", "Caller: X", "RP: X", at the start of a line."""
    start = index
    while start > 0 and index - start < 3 and not document.hard(start):
        start -= 1
        if document.words[start] not in _MESSAGE and document.words[start] != "reporting":
            return None
    colon = ":" in document.gap(index + 1) or document.gap(index + 1).strip() == "-"
    if not document.hard(start) or not (colon or _opens_from(document, index, start)):
        return None
    return index + 1, False


def _opens_from(document: Document, index: int, start: int) -> bool:
    return document.words[index] in ("from", "de") and start == 0


def sent_by(document: Document, index: int) -> Start:
    """Decide for "Sent by X", "reported by: X" at the start of a sentence."""
    by = document.word(index + 1) in ("by", "por") and document.hard(index)
    return (index + 2, False) if by else None


def worried(document: Document, index: int) -> Start:
    """Decide for "a concerned citizen, X", "Concerned mother X"."""
    after = index + 1
    while after < index + 3 and document.word(after) in _WHO:
        after += 1
    behind = name_at(document, after, sure=False) if _has(document, index, after) else 0
    ends = behind and (behind >= document.size or document.breaks[behind] != NONE)
    return (after, False) if ends else None


_WHO: Final = words(
    "citizen neighbor neighbour mother father parent resident friend mom dad student wife woman"
    " grandmother grandma teacher employee driver tenant vecina vecino madre padre ciudadano"
    " ciudadana residente mama papa abuela trabajadora trabajador manager super janitor cook clerk"
    " cashier enfermera cocinera mesera nurse veteran taxpayer customer"
)


def _has(document: Document, index: int, after: int) -> bool:
    return index + 1 < after < document.size and not subject_is_other(document, index)


def signs_as(document: Document, index: int) -> Start:
    """Decide for "I sign as X"."""
    own = document.role(index - 1) & Role.I and document.word(index + 1) in ("as", "como", "off")
    return (index + 2 + (document.word(index + 2) == "as"), True) if own else None


def speaking(document: Document, index: int) -> Start:
    """Decide for "X speaking", "speaking is X"."""
    if document.word(index + 1) in ("is", "es") and index < 4:
        return index + 2, False
    for first in range(max(0, index - 3), index):
        if document.hard(first) and name_at(document, first, sure=False) == index:
            return first, False
    return None


def tell_them(document: Document, index: int) -> Start:
    """Decide for "tell them X sent you", "dile al oficial que Ana le habló"."""
    if not document.hard(index) or document.word(index + 1) in ("me", "us"):
        return None
    for first in range(index + 2, min(index + 7, document.size)):
        if document.breaks[first] != NONE:
            return None
        behind = name_at(document, first, sure=False)
        if behind and behind < document.size and document.words[behind] in _SENT:
            return first, False
    return None


def reward_to(document: Document, index: int) -> Start:
    """Decide for "the reward can go to X"."""
    for to in range(index + 1, min(index + 6, document.size - 1)):
        if document.breaks[to] == HARD:
            return None
        if document.words[to] in _REWARD_TO and document.capital(to + 1):
            return to + 1, False
    return None


def met_before(document: Document, index: int) -> Start:
    """Decide for "you know me, X", "remember me? X"."""
    if document.word(index - 1) not in ("know", "remember", "conoce", "acuerda"):
        return None
    if subject_is_other(document, index - 1) or index + 1 >= document.size:
        return None
    return (index + 1, False) if document.breaks[index + 1] != NONE else None


def again(document: Document, index: int) -> Start:
    """Decide for "X from the bakery again." where the message starts."""
    goes_on = document.word(index + 1) in ("about", "with", "re", "here", "aqui")
    if index > 7 or not (document.hard(index + 1) or goes_on):
        return None
    first = 0
    while first < index and document.roles[first] & Role.GREETING:
        first += 1
    behind = name_at(document, first, sure=False) if first < index else 0
    from_there = behind == index or document.word(behind) in ("from", "de", "del", "in", "at")
    return (first, False) if behind and from_there else None


def speaks_here(document: Document, index: int) -> Start:
    """Decide for "aquí la X", "le habla su vecina X", "quien les escribe es X"."""
    after = index + 1
    if document.word(after) in ("es", "is"):
        return after + 1, False
    if document.word(after) in ("su", "tu", "una", "un", *_ARTICLES):
        after += 1
        while after < index + 5 and _describes(document, after):
            after += 1
    return (after, False) if after < document.size else None


def _describes(document: Document, index: int) -> bool:
    role = document.role(index)
    return bool(role & (Role.PERSON | Role.FAMILY | Role.COMMON | Role.TITLE)) and not (
        role & Role.FIRST or document.capital_at(index)
    )


def nickname(document: Document, article: int) -> Start:
    """Decide for "soy la Gloria", "soy el Oreja": an article before a name or a nickname."""
    name = article + 1
    if name >= document.size or document.word(article) not in _ARTICLES:
        return None
    role = document.role(name)
    if document.word(name + 1) in ("de", "del", "que") and not role & Role.FIRST:
        return None
    called = document.capital(name) and not role & ~Role.FIRST & ~Role.MAYBE
    return (name, False) if called or role & Role.FIRST else None


def this_is_the(document: Document, index: int) -> Start:
    """Decide for "this is the night nurse Carla", "this is your neighbor Tom"."""
    after = index + (document.word(index) in ("is", "es"))
    if document.word(after) not in ("the", "your", "ur", "su", "la", "el", "tu"):
        return None
    for name in range(after + 2, min(after + 5, document.size)):
        if document.breaks[name] != NONE:
            return None
        if document.roles[name] & Role.FIRST:
            return (name, False) if document.words[name - 1] in _WHO else None
    return None


def firm(document: Document, first: int, behind: int) -> bool:
    """Tell whether a name is that of a firm: this is Sunset Towing calling."""
    return not _FIRMS.isdisjoint(document.words[first:behind])


_FIRMS: Final = words(
    "towing plumbing inc llc market church school bank farms foods cab taxi trucking services"
    " roofing electric pharmacy clinic hospital high elementary motel hotel inn cafe grill pizza"
    " liquor storage apartments auto tires construction landscaping department police insurance"
)


def short_this(document: Document, index: int) -> Start:
    """Decide for "this gloria, they shooting" where the message starts."""
    after = index + 1
    if index > 1 or not document.role(after) & Role.FIRST:
        return None
    behind = name_at(document, after, sure=False)
    parted = behind and (behind >= document.size or document.breaks[behind] == SOFT)
    return (after, False) if parted else None


def asked_elsewhere(document: Document, name: int) -> bool:
    """Tell whether a name that one is to ask for is spoken of as another's: ..., she knows."""
    for index in range(name + 1, min(name + 9, document.size)):
        if document.breaks[index] == HARD:
            return False
        if document.breaks[index] == SOFT and document.roles[index] & Role.HE:
            return True
    return False


def said_behind(document: Document, index: int) -> Start:
    """Decide for "X is my name", "X thats me": the name stands before."""
    verb = index - (2 if document.role(index - 1) & Role.MY else 1)
    if document.word(verb) not in ("is", "es", "thats", "that's"):
        return None
    for first in range(max(0, verb - 3), verb):
        opens = document.breaks[first] != NONE or document.role(first - 1) & Role.GREETING
        if opens and name_at(document, first, sure=False) == verb:
            return first, False
    return None


def initials(document: Document, index: int) -> Start:
    """Decide for "my initials are T.V.", "my initials are on it, T.V."."""
    if not document.role(index - 1) & Role.MY:
        return None
    for after in range(index + 1, min(index + 7, document.size)):
        if len(document.words[after]) == 1 and document.capital(after):
            return after, True
    return None


ANNOUNCED: Final = {
    "initials": initials,
    **dict.fromkeys(("known", "conocido", "conocida"), known_as),
    **dict.fromkeys(("from", "caller", "rp", "party", "contact", "contacto"), sender_field),
    **dict.fromkeys(("tip", "sent", "written", "filed", "reported", "enviado", "escrito"), sent_by),
    **dict.fromkeys(_WORRIED, worried),
    "sign": signs_as,
    **dict.fromkeys(
        ("speaking", "writing", "texting", "reporting", "escribiendo", "reportando"), speaking
    ),
    **dict.fromkeys(("tell", "dile", "digale", "diganle"), tell_them),
    **dict.fromkeys(("reward", "recompensa"), reward_to),
    "again": again,
}
