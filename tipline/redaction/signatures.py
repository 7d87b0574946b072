"""Names that close a message like a letter, or open it beside the sender's number."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.found import Findings
from tipline.redaction.lexicon import Role
from tipline.redaction.names import name_at
from tipline.redaction.speech import speaks_another
from tipline.redaction.vocabulary import words

_DASH: Final = re.compile(
    r"(?:^|[\s.!?])(?:-{1,3}|~|\*)\s{0,2}$"
    # A heart, a flower or folded hands before the name.
    r"|[\u2764\u2665\U0001f64f\U0001f339\U0001f495\U0001f618\U0001f494\u270c\U0001f338] ?$"
)
_DASHES: Final = frozenset({"-", "--", "~", "---"})
_CONTACTS: Final = frozenset({"PHONE", "EMAIL"})
_CLOSING: Final = words(
    "you u so much very for your time help again all ya un the a lot in advance"
    " respectfully yours truly sincerely regards best wishes kind warm mucho muchas por su"
    " ayuda atencion de antemano god dios los les bendiga safe stay and y con todo respeto"
    " cordiales saludo friend neighbor citizen servidor servidora atenta atento seguro"
    " segura his her love always obedient humble faithful confidence asi remain ordenes"
    " sus i am as in christ cristo jesus faith fe senor"
)


def find_closings(findings: Findings) -> None:
    """Find the sender's name where a letter's phrase closes the message."""
    document = findings.document
    for index in range(document.size):
        if document.roles[index] & Role.THANKS:
            _closing(findings, index)


def _closing(findings: Findings, thanks: int) -> None:
    """Decide for "Thank you, Mrs. Eleanor Voss", "thx maria"."""
    document = findings.document
    index = thanks + 1
    while index < document.size and index < thanks + 8:
        if document.breaks[index] != NONE and document.words[index] not in _CLOSING:
            break
        if not (document.roles[index] & Role.THANKS or document.words[index] in _CLOSING):
            break
        index += 1
    if index >= document.size or document.taken[index]:
        return
    index = _after_role(document, _after_phrase(document, thanks, index))
    called = document.words[index - 1] in ("called", "calld", "named")
    parted = called or document.breaks[index] != NONE or ":" in document.gap(index)
    behind = name_at(document, index, sure=parted and _alone(document, index))
    ends = behind and _ends_there(document, index, behind, parted)
    if ends and not _somebody(document, index, behind) and not speaks_another(document, index):
        findings.take_words(index, behind, "NAME")


def _after_phrase(document: Document, thanks: int, index: int) -> int:
    """Pass over words that a letter ends with: yours in hope, ..."""
    if not document.hard(thanks) or document.breaks[index] != NONE:
        return index
    if name_at(document, index, sure=False):
        return index
    for after in range(index + 1, min(index + 4, document.size)):
        if document.breaks[after] == HARD and "\n" not in document.gap(after):
            break
        if document.breaks[after] != NONE:
            return after
    return index


def _after_role(document: Document, index: int) -> int:
    """Pass over who somebody says to be: signed, a driver called X; firma: una madre, X."""
    roles = ("a", "an", "una", "un", "the", "your", "su", "el", "la")
    if document.words[index] not in roles and document.words[index - 1] not in roles:
        return index
    if document.breaks[index] != NONE and document.words[index] not in roles:
        return index
    if document.breaks[index] == HARD and document.words[index] in ("the", "el", "la"):
        return index  # another sentence: "... un saludo. El tesorero, Rex, ..."
    for after in range(index + 1, min(index + 6, document.size)):
        if document.breaks[after] == HARD:
            break
        if document.breaks[after] == SOFT or document.words[after - 1] in (
            "called",
            "calld",
            "named",
        ):
            return after
    return index


def _alone(document: Document, index: int) -> bool:
    """Tell whether at most three words are left in the text or the line."""
    return any(
        index + count >= document.size or "\n" in document.gap(index + count) for count in (1, 2, 3)
    )


def _ends_there(document: Document, first: int, behind: int, parted: bool) -> bool:
    """Tell whether a name is followed by nothing, a line, a bracket or the sender's contact."""
    if behind >= document.size or document.taken[behind]:
        return True
    gap = document.gap(behind)
    if "," in gap and (parted or document.capital(first)) and document.roles[first] & Role.FIRST:
        return True
    if parted and "," in gap and behind - first > 1:
        return True
    if parted and document.words[behind] in ("from", "at", "in", "of", "de", "del"):
        return True
    return (
        "\n" in gap
        or "(" in gap
        or document.words[behind].isdigit()
        or bool(
            document.roles[behind] & (Role.PHONE | Role.EMAIL) and document.breaks[behind] != NONE
        )
        or "@" in document.plain.folded[document.ends[behind] : document.ends[behind] + 2]
    )


def _somebody(document: Document, first: int, behind: int) -> bool:
    """Tell whether it is an office that is thanked: officers, Modesto PD, Crime Stoppers."""
    return any(
        document.words[index] in ("pd", "police", "stoppers", "department", "sheriff", "team")
        for index in range(first, min(behind + 1, document.size))
    )


def find_last_name(findings: Findings) -> None:
    """Decide for a name behind a dash, on a line of its own, or alone behind a full stop."""
    document = findings.document
    for index in _line_starts(document):
        behind = name_at(document, index, sure=False)
        if (
            not behind
            or not findings.words_free(index, behind)
            or not _block_follows(document, behind)
        ):
            continue
        if _signs(document, index, behind) and not speaks_another(document, index):
            findings.take_words(index, behind, "NAME")
            return


def _line_starts(document: Document) -> list[int]:
    """Return the last places at which a signature may start, the latest first."""
    starts = [
        index
        for index in range(max(0, document.size - 24), document.size)
        if (document.breaks[index] != NONE and index) or document.gap(index).strip(" ") in _DASHES
    ]
    return starts[::-1]


def _block_follows(document: Document, behind: int) -> bool:
    """Tell whether nothing but the sender's own details follows: street, number, e-mail."""
    if behind >= document.size:
        return True
    if document.roles[behind] & Role.THANKS and document.size - behind <= 3:
        return True
    if "," in document.gap(behind) and document.size - behind <= 3 and document.capital(behind - 1):
        return not document.roles[behind] & (Role.HE | Role.DEED)
    if "\n" not in document.gap(behind) and not document.taken[behind]:
        return bool(document.roles[behind] & Role.PHONE)
    numbers = 0
    for index in range(behind, document.size):
        numbers += any(map(str.isdigit, document.words[index])) or bool(document.taken[index])
        if document.roles[index] & (Role.HE | Role.HIS | Role.PERSON | Role.DEED):
            return False
    return numbers > 0 or document.size - behind <= 4


def _signs(document: Document, index: int, behind: int) -> bool:
    gap = document.gap(index)
    before = index - 1
    if _DASH.search(gap):
        return not _label_of_other(document, before) or "\n" in gap or "." in gap
    if "\n" in gap:
        return not _list_goes_on(document, before, gap)
    initial = behind - index == 2 and len(document.words[behind - 1]) == 1
    first = document.roles[index] & (Role.FIRST | Role.MAYBE) or initial
    known = first and (document.capital(index) or _alone_at_end(document, index, behind))
    if known and behind == document.size and _ends_letter(document, index):
        return True
    titled = document.roles[index] & Role.TITLE and behind - index > 1
    return bool(
        (known or titled) and document.breaks[index] == HARD and gap.strip(" ") in (".", "!")
    )


def _ends_letter(document: Document, index: int) -> bool:
    """Tell whether what stands before a last name closes a letter: en espera de su respuesta, X."""
    before = document.word(index - 1)
    if before in _LAST_WORDS and document.breaks[index] != NONE:
        return True
    yours = document.word(index - 2) in ("your", "ur", "su", "tu") and before in _YOURS
    return yours or _begs(document, index)


_LAST_WORDS: Final = words(
    "tipster tip momento respuesta espera know say all todo servirles atenta pronto usted ustedes"
    " avisan vemos cuidense you end info help ayuda amigo amiga friend neighbor vecina vecino now"
    " ahora"
)
_YOURS: Final = words(
    "amiga amigo friend tipster vecina vecino neighbor neighbour servidora girl boy"
)


def _begs(document: Document, index: int) -> bool:
    """Tell whether a short plea stands before a name: Please hurry, Ana Ruiz."""
    if document.breaks[index] != SOFT:
        return False
    start = index - 1
    while start > 0 and document.breaks[start] == NONE and index - start < 7:
        start -= 1
    return document.hard(start) and document.words[start] in _PLEAS


_PLEAS: Final = words(
    "please pls plz hurry help porfavor porfa ayuda ayudenme ayudennos apurense stay sorry god dios"
)


def _alone_at_end(document: Document, index: int, behind: int) -> bool:
    """Tell whether a name in lower case ends the text: gloria, gloria m."""
    short = behind - index == 1 or (behind - index == 2 and len(document.words[behind - 1]) == 1)
    return short and behind == document.size


def _label_of_other(document: Document, index: int) -> bool:
    """Tell whether a dash joins a name to what was said: suspect - Rex."""
    role = document.role(index)
    return bool(role & (Role.PERSON | Role.NAME | Role.HE)) or document.word(index) in (
        "is",
        "es",
        "was",
    )


def _list_goes_on(document: Document, before: int, gap: str) -> bool:
    """Tell whether the line before announces names: "The shooters were:"."""
    start = before
    while start > 0 and "\n" not in document.gap(start) and before - start < 5:
        start -= 1
    if start and name_at(document, start, sure=False) == before + 1:
        return True
    if ":" in gap or document.word(before) in ("are", "were", "is", "was", "son", "eran", "es"):
        return True
    return _label_of_other(document, before) and "." not in gap


def find_lone_names(findings: Findings) -> None:
    """Find a name that is a sentence, where the sender goes on to speak of themself.

    "... I know what that makes me. Desmond. My PO has my number", "her mom, Tasha R, 209..."
    """
    document = findings.document
    for index in range(1, document.size):
        if document.breaks[index] == NONE or not document.roles[index] & Role.FIRST:
            continue
        behind = name_at(document, index, sure=False)
        if not behind or (behind < document.size and document.breaks[behind] == NONE):
            continue
        lone = document.breaks[index] == HARD and document.hard(behind)
        own = document.role(behind) & (Role.MY | Role.I) and "?" not in document.gap(index)
        signs = (lone and own) or _parent(document, index, behind)
        free = signs and findings.words_free(index, behind)
        if free and not speaks_another(document, index):
            findings.take_words(index, behind, "NAME")


def _parent(document: Document, index: int, behind: int) -> bool:
    """Tell whether "her mom," or "a worried father," opens the sentence before a name."""
    if document.breaks[index] != SOFT:
        return False
    yours = document.word(index - 2) in ("your", "su") and document.role(index - 1) & Role.PERSON
    if not yours and not document.role(index - 1) & Role.FAMILY:
        return False
    start = index - 1
    while start > 0 and document.breaks[start] == NONE and index - start < 5:
        start -= 1
    ends = behind >= document.size or document.words[behind].isdigit() or document.hard(behind)
    return document.hard(start) and ends and not document.role(start) & Role.MY


def find_beside_contacts(findings: Findings) -> None:
    """Find a name right beside the sender's own number or e-mail: brittany mills 559 555 0108."""
    document = findings.document
    for index in range(1, document.size):
        if (
            document.taken[index] in _CONTACTS
            and document.taken[index - 1] != document.taken[index]
        ):
            _before_contact(findings, index)
    last = document.size - 1
    while last > 0 and document.taken[last] not in _CONTACTS:
        last -= 1
    if last > 0 and document.size - 1 - last in (1, 2, 3):
        behind = name_at(document, last + 1, sure=False)
        plain = document.gap(last + 1).isascii()
        if plain and behind == document.size and findings.words_free(last + 1, behind):
            findings.take_words(last + 1, behind, "NAME")


def _before_contact(findings: Findings, contact: int) -> None:
    """Look back over "at", "cell", a comma to a name that fills its part of the sentence."""
    document = findings.document
    last = contact - 1
    while last > 0 and last > contact - 4 and document.roles[last] & _BETWEEN:
        if document.roles[last] & Role.CONTACT_ME or document.words[last] == "me":
            break
        last -= 1
    for first in range(max(0, last - 3), last + 1):
        if not findings.words_free(first, last + 1):
            continue
        opens = (
            document.breaks[first] != NONE
            or ":" in document.gap(first)
            or document.word(first - 1) in ("con", "to", "with")
            or (document.role(first - 1) & Role.CONTACT)
        )
        if document.word(first - 1) in ("llama", "llaman", "named", "called", "is", "es"):
            return
        if not opens or name_at(document, first, sure=False) != last + 1:
            continue
        if _is_senders(document, first, last, contact):
            findings.take_words(first, last + 1, "NAME")
        return


_BETWEEN: Final = Role.LINK | Role.PHONE | Role.EMAIL


def _is_senders(document: Document, first: int, last: int, contact: int) -> bool:
    if document.word(first - 1) in ("con", "with", "to"):
        return document.role(first - 2) & (Role.CONTACT | Role.CONTACT_ME) != 0
    if document.breaks[first] == NONE and document.role(first - 1) & Role.CONTACT:
        return True
    if first == 0 or document.breaks[first] == HARD or ":" in document.gap(first):
        return not _does(document, contact)
    # Behind a comma: an apposition, of the sender if the sentence speaks of the sender.
    for index in range(first - 1, max(-1, first - 16), -1):
        role = document.roles[index]
        if role & (Role.HIS | Role.HE | Role.PERSON):
            return False
        if role & (Role.I | Role.ME | Role.CONTACT_ME):
            return True
        if document.breaks[index] == HARD:
            break
    return False


def _does(document: Document, contact: int) -> bool:
    """Tell whether a deed follows the number: Kirk 209... sells shrooms."""
    index = contact
    while index < document.size and document.taken[index]:
        index += 1
    return (
        index < document.size
        and (document.breaks[index] == NONE or ")" in document.gap(index))
        and bool(document.roles[index] & Role.DEED)
    )
