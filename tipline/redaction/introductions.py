"""Where the sender says who they are: my name is, me llamo, this is, I'm, ask for."""

from __future__ import annotations

from typing import Final

from tipline.redaction import spanish
from tipline.redaction.announced import (
    ANNOUNCED,
    again,
    firm,
    known_as,
    met_before,
    nickname,
    said_behind,
    short_this,
    speaks_here,
    this_is_the,
)
from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.name_words import named
from tipline.redaction.names import name_at
from tipline.redaction.presented import (
    ask_for,
    dicen,
    habla,
    parte,
    real,
    reporter,
    undersigned,
    your,
)
from tipline.redaction.speech import reported, speaks_another
from tipline.redaction.vocabulary import words

_CALLED: Final = words("called calld named nombrado nombrada cald call")
_ARTICLES: Final = words("a an the el la un una su")
_GREETERS: Final = Role.GREETING
_HERE: Final = words("here aqui reporting speaking again writing calling texting")
_NOT_AFTER_THIS_IS: Final = words(
    "who that doing in on selling and's is was sells with quien haciendo"
)


def find_introductions(findings: Findings) -> None:
    """Find the sender's name where the sender introduces themself."""
    document = findings.document
    for index, word in enumerate(document.words):
        if word not in _BY_WORD and word != "me" and not document.roles[index] & _NAMING:
            continue
        start = _introduced(document, index)
        if start:
            _take_name(findings, index, *start)


def _take_name(findings: Findings, index: int, position: int, sure: bool) -> None:
    document = findings.document
    if position >= document.size or document.taken[position]:
        return
    parted = position > index and document.breaks[position] == HARD
    told = _breaks_by_colon(document, position) or _asks(document, index, position)
    if parted and not told:
        return
    behind = name_at(document, position, sure=sure)
    if not behind or speaks_another(document, position) or firm(document, position, behind):
        return
    if sure or not _no_self(document, index, position, behind):
        behind = _first_name_behind(document, index, behind)
        findings.take_words(position, behind, "NAME")


_NAMING: Final = Role.NAME | Role.CONTACT_ME


def _breaks_by_colon(document: Document, position: int) -> bool:
    gap = document.gap(position)
    return ":" in gap or gap.strip(" ") in ("...", "..", "\n")


def _first_name_behind(document: Document, index: int, behind: int) -> int:
    """Take along the first name that follows in the field of a form: From: Pruitt, Dana."""
    field = document.hard(index) and ":" in document.gap(index + 1)
    if not field or behind >= document.size or document.gap(behind) != ", ":
        return behind
    first = name_at(document, behind, sure=False)
    return first if first and (first >= document.size or document.breaks[first] != NONE) else behind


def _asks(document: Document, index: int, position: int) -> bool:
    """Tell whether a question announces the name: my name? X. Remember me? X."""
    asked = document.words[index] in ("me", "name", "nombre", "i", "this")
    return asked and "?" in document.gap(position)


def _introduced(document: Document, index: int) -> tuple[int, bool] | None:
    """Return where a name would start by the cue at a word, and whether the cue is sure."""
    word, role = document.words[index], document.roles[index]
    rule = _BY_WORD.get(word)
    if rule is not None:
        found = rule(document, index)
        if found:
            return found
    if (role & Role.NAME or word == "me") and (found := said_behind(document, index)):
        return found
    if role & Role.NAME:
        return named(document, index)
    if word == "me" and (found := met_before(document, index)):
        return found
    if word == "me" and document.word(index - 1) in ("know", "conocen", "knows"):
        return known_as(document, index)
    if role & Role.CONTACT_ME or word == "me":
        return _reached(document, index)
    return None


def _im(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "I'm X", "I am called X", and "I, X, saw"."""
    if reported(document, index):
        return None
    after = index + 1
    if document.word(after) == "am":
        after += 1
    if document.words[index] == "i" and after == index + 1:
        if document.word(after) == "go" and document.word(after + 1) == "by":
            return after + 2, True
        if document.word(index - 1) == "am" and document.word(index - 2) == "who":
            return after, False
        return (after, False) if _between_commas(document, after) else None
    if document.word(after) in _CALLED:
        return after + 1, True
    if document.word(after) in _ARTICLES or _someones(document, after):
        return _apposition(document, index)
    return after, False


def _someones(document: Document, index: int) -> bool:
    """Tell whether "Rex's" or "Rex Dolan's" stands here, of somebody to whom the sender is kin."""
    for end in range(index, min(index + 3, document.size)):
        if end > index and document.breaks[end] != NONE:
            return False
        if document.words[end].endswith("'s"):
            return True
    return False


def _apposition(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "I'm the dispatcher at Central Valley Cab, Rhonda Pate, ...": a name by itself."""
    for part in range(index + 2, min(index + 16, document.size)):
        if document.breaks[part] == HARD:
            return None
        titled = document.role(part) & Role.TITLE
        if document.breaks[part] != SOFT or not (document.capital(part) or titled):
            continue
        behind = name_at(document, part, sure=False)
        kin = document.word(part - 2).endswith("'s")
        own = part - index <= 3 or kin or not document.role(part - 1) & (Role.PERSON | Role.HE)
        if behind and own and document.breaks[behind : behind + 1] != [NONE]:
            return part, False
    return None


def _between_commas(document: Document, index: int) -> bool:
    """Tell whether a capital name stands between commas: "I, Vincent Tao, told"."""
    if index >= document.size or "," not in document.gap(index):
        return False
    behind = name_at(document, index, sure=True)
    return bool(behind) and document.capital(index) and "," in document.gap(behind)


def _yo(document: Document, index: int) -> tuple[int, bool] | None:
    if document.word(index + 1) in ("soy", "me", "no"):
        return None
    if document.role(index + 1) & Role.FIRST and document.capital(index + 1):
        return index + 1, False
    return (index + 1, False) if _between_commas(document, index + 1) else None


def _soy(document: Document, index: int) -> tuple[int, bool] | None:
    if reported(document, index) or document.word(index - 1) in ("no", "que"):
        return None
    after = index + 1
    if document.word(after) == "yo":
        return _its_me(document, after)
    if document.word(after) in _ARTICLES:
        if document.word(after) == "su" and document.role(after + 1) & Role.FAMILY:
            return after + 2, False
        return nickname(document, after) or _apposition(document, index)
    strange = document.capital_at(after) and document.word(after) not in _SPANISH
    return after, strange and document.role(after) == Role.COMMON


_SPANISH: Final = words(
    " ".join(spanish.ROLES[kind] for kind in ("COMMON", "PERSON", "FAMILY", "TITLE", "LINK"))
    + " madre padre residente ciudadano ciudadana testigo anonimo estudiante alumno"
)


def _this_is(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "this is X" at the start of a sentence, "hey its X"."""
    after = index + 1
    if document.word(after) in ("me", "yo"):
        return _its_me(document, after)
    if index < 4 and (found := this_is_the(document, after)):
        return found
    if document.words[index] in ("this", "it", "dis"):
        if document.word(after) not in ("is", "iz", "be"):
            return (after, False) if "?" in document.gap(after) else short_this(document, index)
        after += 1
    opening = index < 5 and all(
        document.roles[i] & (Role.GREETING | Role.TITLE)
        or document.words[i] in ("officer", "sir", "good", "no", "yes", "yeah", "so", "si", "ma'am")
        for i in range(index)
    )
    closing = document.words[index] in ("it's", "its") and _fills_sentence(document, index, after)
    its = document.words[index] in ("it's", "its")
    told = its and any(document.role(i) & Role.NAME for i in range(max(0, index - 7), index))
    if document.words[index] != "this" and not opening and not closing and not told:
        return None
    starts = (
        document.breaks[index] != NONE
        or (document.role(index - 1) & Role.GREETING and document.breaks[index - 1] != NONE)
        or opening
        or told
        or document.word(index - 1) in ("and", "so")
    )
    behind = name_at(document, after, sure=False) if starts and after < document.size else 0
    if not behind or document.word(behind) in _NOT_AFTER_THIS_IS:
        return None
    if document.word(behind).endswith("ing") and document.word(behind) not in _HERE:
        return None
    return after, False


def _its_me(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "it's me again, X", "soy yo, X"."""
    after = index + 1
    while document.word(after) in ("again", "otra", "vez", "de", "nuevo") and after < index + 4:
        after += 1
    parted = after < document.size and document.breaks[after] == SOFT
    return (after, False) if parted else None


def _fills_sentence(document: Document, cue: int, first: int) -> bool:
    """Tell whether a sentence says nothing else: "It's Blanche Rooney." behind another sentence."""
    if not document.hard(cue) or first >= document.size:
        return False
    behind = name_at(document, first, sure=False)
    before = document.word(cue - 1)
    return (bool(behind) and behind == document.size) or (
        bool(behind)
        and document.breaks[behind] != NONE
        and before not in ("who", "him", "her")
        and document.capital(first)
        and (
            document.role(behind + (document.word(behind) in ("and", "y"))) & (Role.I | Role.MY)
            != 0
        )
    )


def _reached(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "call me X", "reach me, X at 209..."."""
    before = document.word(index - 1)
    if document.words[index] == "me" and not (
        document.role(index - 1) & Role.CONTACT or before == "calls"
    ):
        return None
    after = index + 1
    if after >= document.size or reported(document, index - 1):
        return None
    if document.breaks[after] == SOFT:
        behind = name_at(document, after, sure=False)
        near = (
            document.word(behind) in ("at", "al", "on", "en", "a")
            or document.word(behind).isdigit()
        )
        return (after, False) if behind and near else None
    return (after, False) if before in ("call", "calls") else None


def _here(document: Document, index: int) -> tuple[int, bool] | None:
    """Decide for "Tyler here" and "aqui Tyler", where a message or a sentence starts."""
    for first in range(max(0, index - 3), index):
        opens = document.hard(first) or document.role(first - 1) & Role.GREETING
        if opens and name_at(document, first, sure=False) == index:
            return first, False
    if document.words[index] == "aqui" and document.hard(index):
        return speaks_here(document, index)
    return again(document, index) if document.words[index] == "here" else None


_BY_WORD: Final = {
    **ANNOUNCED,
    **dict.fromkeys(("i'm", "im", "iam", "i", "imma"), _im),
    "yo": _yo,
    "soy": _soy,
    **dict.fromkeys(("this", "it's", "its", "it", "dis", "es"), _this_is),
    **dict.fromkeys(("habla", "escribe", "saluda", "informa"), habla),
    **dict.fromkeys(
        ("ask", "asking", "preguntan", "pregunten", "pregunte", "preguntar", "pregunta"), ask_for
    ),
    **dict.fromkeys(("here", "aqui"), _here),
    **dict.fromkeys(
        ("undersigned", "firmante", "despide", "servidora", "servidor", "suscrita", "suscrito"),
        undersigned,
    ),
    **dict.fromkeys(("your", "first", "last"), your),
    **dict.fromkeys(
        (
            "reporta",
            "reporter",
            "submitted",
            "informant",
            "informante",
            "complainant",
            "denunciante",
            "sender",
            "remitente",
            "submitter",
            "reporto",
        ),
        reporter,
    ),
    "soi": _soy,
    "real": real,
    "parte": parte,
    **dict.fromkeys(("dicen", "conocen", "llaman"), dicen),
}


def _no_self(document: Document, cue: int, first: int, behind: int) -> bool:
    """Tell whether an unsure name goes on as something else: "I'm Carlos' brother", "soy Ana's"."""
    if behind < document.size and document.gap(behind).startswith("'"):
        return True
    if document.roles[first] & Role.TITLE and behind - first == 1:
        return True
    one = behind - first == 1
    if one and document.capital(first) and not document.roles[first] & Role.FIRST:
        return _adjective(document, first, behind)
    return False


def _adjective(document: Document, first: int, behind: int) -> bool:
    """Tell whether a capital word that is no known name is rather a people, a faith, a firm."""
    word = document.words[first]
    if word.endswith(("ican", "ian", "ish", "ese", "ist", "ana", "ano", "eno", "ense")):
        return True
    return (
        document.breaks[behind] == NONE
        if behind < document.size and document.capital(behind)
        else False
    )
