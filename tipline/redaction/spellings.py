"""The word that is meant: letters swapped, left out, or written as they sound."""

from __future__ import annotations

import re
from typing import Final

from tipline.redaction.lexicon import Role, roles_of, skeletons

# The word that is meant by one that is not written as in a dictionary.
MEANT: Final = {
    written: meant
    for meant, spellings in {
        "this": "ths tis thsi tihs thiss thes",
        "name": "nam naem nmae nme nm naym nane nema namee",
        "names": "nams naems",
        "nombre": "nonbre nmbre nombr nobre nombe nomvre nmbr",
        "llamo": "yamo llmo yammo llano jamo lamo llam",
        "soy": "soi sy soe",
        "estoy": "stoi toi stoy estoi",
        "vivo": "bibo vibo biyo vvo vibvo bivo",
        "live": "liv lve liev livv",
        "address": "adress adres addres adrress addess",
        "direccion": "direcion direccin direcsion dirrecion",
        "signed": "signd sined sind singned",
        "called": "calld cald caled",
        "birthday": "brithday birfday bday birtday bithday b-day",
        "from": "frm frum fom",
        "thanks": "thnks thks tnx thankz thanx thnx",
        "atentamente": "atentamnte atentamete atntamente",
        "email": "emial emal eml imeil e-mail",
        "phone": "phne fone phn fon fne",
        "number": "numbr nubmer numba nmber nuber nummber",
        "numero": "nuemro numro nmro",
        "snap": "snp snapp",
        "insta": "nsta insa",
        "which": "wich whch",
        "here": "hre heer",
        "street": "stret strt strret",
        "court": "cort crt",
        "calle": "kalle caye kaye kalye caie",
        "plate": "plte plat platez",
        "license": "lisence liscense licence licens",
        "licencia": "lisencia lisensia",
        "police": "polce",
    }.items()
    for written in spellings.split()
}
_HASTE: Final = {"h": "he", "hs": "his", "gv": "gave", "cll": "call", "m": "me", "w": "with"}
_NAMED: Final = frozenset({"name", "nombre", "llamo"})
# Not behind "[": "[ssn]" and "[dl]" are nobody's words.
_NO_VOWELS: Final = re.compile(r"\b(?<!\[)[b-df-hj-np-tv-z]{2,}\b")
# A text is in haste if so much of its words has no vowel; "tv", "st" and "mph" alone are not.
_HASTY: Final = 0.3


def vowelless_words(folded: str) -> int:
    """Return how many words of a text have no vowel; placeholders do not count."""
    return len(_NO_VOWELS.findall(folded))


def in_haste(vowelless: int, words: int) -> bool:
    """Tell whether a text of so many words, of which some have no vowel, leaves vowels out."""
    return vowelless >= max(2, _HASTY * words)


def mend_haste(words: list[str], roles: list[int], vowelless: int) -> None:
    """Read single letters and names without vowels, in place, in a text that leaves vowels out.

    Args:
        words: of the text, with those of `MEANT` mended.
        roles: what each may be.
        vowelless: how many words have no vowel.
    """
    for index in range(len(words) - 1):
        if words[index] in "ms" and len(words[index]) == 1:
            _mend_letter(words, roles, index)
    if len(words) < 2 or not in_haste(vowelless, len(words)):
        return
    known = skeletons()
    for index, word in enumerate(words):
        if (said := _HASTE.get(word)) is not None:
            words[index] = said
            roles[index] = roles_of(said)
    for index, word in enumerate(words):
        if len(word) > 2 and word in known and not roles[index]:
            roles[index] = Role.FIRST


def _mend_letter(words: list[str], roles: list[int], index: int) -> None:
    """Read "m nm s X", "m llmo X", "ths s X"."""
    if words[index] == "m" and words[index + 1] in _NAMED:
        words[index] = "me" if words[index + 1] == "llamo" else "my"
    elif words[index] == "s" and index and words[index - 1] in ("this", "name", "number"):
        words[index] = "is"
    else:
        return
    roles[index] = roles_of(words[index])
