"""What a word may be, for the question whose identifier stands beside it: flags, and look-ups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

WORDS: Final = Path(__file__).parent / "words"


class Role:
    """What a word may be; one word may be several things."""

    MY = 1 << 0  # my, mi: the next noun is the sender's
    MINE = 1 << 1  # mine, mio
    I = 1 << 2  # noqa: E741 - i, we, soy: the sender does something
    ME = 1 << 3  # me, us, conmigo
    HIS = 1 << 4  # his, their, su: the next noun is somebody else's
    HE = 1 << 5  # he, them, ella
    PERSON = 1 << 6  # suspect, guy, vecino: somebody else
    FAMILY = 1 << 7  # mom, esposa: through whom the sender is reached
    CONTACT = 1 << 8  # call, text, reach
    CONTACT_ME = 1 << 9  # llamenme, hmu: call and me in one word
    CONTACTED = 1 << 10  # called, texted, llamo: somebody did
    LIVE = 1 << 11  # live, stay, domicilio
    LIVE_I = 1 << 12  # vivo, trabajo: live, and I, in one word
    LIVE_HE = 1 << 13  # lives, vive: live, and he
    TITLE = 1 << 14  # mrs, don
    SAID = 1 << 15  # said, yelled, dijo
    PHONE = 1 << 16
    EMAIL = 1 << 17
    NAME = 1 << 18
    ADDRESS = 1 << 19
    SSN = 1 << 20
    DL = 1 << 21
    PLATE = 1 << 22
    DOB = 1 << 23
    HANDLE = 1 << 24
    IP = 1 << 25
    CARD = 1 << 26
    ACCOUNT = 1 << 27
    GEO = 1 << 28
    THING = 1 << 29  # case, model, serial: the number behind it is a thing's
    STREET = 1 << 30  # st, avenue, calle
    UNIT = 1 << 31  # apt, space, interior
    VEHICLE = 1 << 32  # car, troca, and what describes one
    LINK = 1 << 33  # is, at, number: may stand between a cue and what it owns
    ADVERT = 1 << 34  # ad, flyer, website: who shows a number to everybody
    FIRST = 1 << 35  # a first name
    COMMON = 1 << 36  # a frequent word that is no name
    DEED = 1 << 37  # sells, stole, vende: what a suspect does
    THANKS = 1 << 38  # thanks, atentamente: a letter ends
    GREETING = 1 << 39
    MEASURE = 1 << 40  # am, lbs, pesos: the number before it is a quantity
    BLOCK = 1 << 41  # by, and, when: what was owned before ends
    NEAR = 1 << 42  # behind, across, enfrente: beside a place, not at it
    PLATFORM = 1 << 43  # snap, instagram
    MONTH = 1 << 44
    MAYBE = 1 << 45  # a first name that is a common word as well: rose, will


_CONTACT_ME: Final = re.compile(
    r"(?:l?l+am|habl|abl|marc|mark|contact|escrib|mand|avis|localiz|encuentr|busc|tex|respond"
    r"|contest|dig|comuniqu|comunic|hech|ech|peg|ubic|envi|agreg|agregu|sig|sigu|anad|tagg|tir|avient|pas|repli|regres)[a-z]{0,6}(?:me|nos)n?"
)


def lines(name: str) -> list[str]:
    """Return the lines of one of the lists of words that are no comments."""
    text = (WORDS / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _sections(listed: list[str]) -> Iterator[tuple[int, str]]:
    """Yield each word of the cues with the role that its section names."""
    role = 0
    for line in listed:
        if line.startswith("["):
            role = getattr(Role, line.strip("[]"))
        else:
            for word in line.split():
                yield role, word


def first_names() -> list[str]:
    """Return the first names that are known, folded."""
    return lines("first_names.txt")


def _load() -> dict[str, int]:
    roles: dict[str, int] = dict.fromkeys(lines("common.txt"), Role.COMMON)
    for word in first_names():
        roles[word] = Role.FIRST
    for role, word in _sections(lines("cues.txt")):
        old = roles.get(word, 0)
        if role & _MAY_BE_NAMES:
            roles[word] = old | role
        else:  # what means something is no first name, unless that is its meaning
            roles[word] = (old & ~Role.FIRST) | role | Role.COMMON
    return roles


class _Listed(dict[str, int]):
    """The roles of the words that are listed.

    Those of others are worked out, and never kept: they are the senders' words.
    """

    def __missing__(self, word: str) -> int:
        if "'" in word:
            return self.get(word.partition("'")[0], 0)
        ends = word.endswith(("me", "men", "nos")) and 6 < len(word) < 18
        return Role.CONTACT_ME | Role.COMMON if ends and _CONTACT_ME.fullmatch(word) else 0


_MAY_BE_NAMES: Final = Role.FIRST | Role.MONTH | Role.MAYBE
_ROLES: Final = _Listed(_load())


def roles_of(word: str) -> int:
    """Return the roles of a folded word, as a sum of flags.

    Of a word with an apostrophe that is not listed ("dealer's") it is those of what stands before.
    """
    return _ROLES[word]


def roles_of_all(words: Iterable[str]) -> list[int]:
    """Return the roles of some folded words (`roles_of`)."""
    return list(map(_ROLES.__getitem__, words))


@cache
def skeletons() -> frozenset[str]:
    """Return the first names as those write them who leave vowels out: brttny, mrtn."""
    vowels = str.maketrans("", "", "aeiou")
    return frozenset(word.translate(vowels) for word, role in _ROLES.items() if role & Role.FIRST)
