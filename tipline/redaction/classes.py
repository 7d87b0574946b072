"""Small numbers for what the network is told: classes of words, gaps between them, their looks."""

from __future__ import annotations

from typing import Final

from tipline.redaction.lexicon import Role

# The role that a word is known by, the more telling first.
_CLASSES: Final = (
    Role.MY, Role.MINE, Role.HIS, Role.ME, Role.LIVE_I, Role.LIVE_HE, Role.CONTACT_ME, Role.I,
    Role.HE, Role.LIVE, Role.CONTACTED, Role.SAID, Role.FAMILY, Role.PERSON, Role.ADVERT,
    Role.TITLE, Role.THANKS, Role.GREETING, Role.PLATFORM, Role.PHONE, Role.EMAIL, Role.NAME,
    Role.SSN, Role.DL, Role.PLATE, Role.DOB, Role.HANDLE, Role.IP, Role.CARD, Role.ACCOUNT,
    Role.GEO, Role.CONTACT, Role.STREET, Role.UNIT, Role.ADDRESS, Role.VEHICLE, Role.NEAR,
    Role.DEED, Role.MONTH, Role.THING, Role.MEASURE, Role.BLOCK, Role.LINK, Role.MAYBE,
    Role.FIRST, Role.COMMON,
)  # fmt: skip


class _Classes(dict[int, int]):
    """The class of the roles that were met, from 1; there are some hundred of them."""

    def __missing__(self, role: int) -> int:
        places = (place for place, flag in enumerate(_CLASSES, 2) if role & flag)
        self[role] = found = next(places, 1)
        return found


_classes: Final = _Classes()


def class_of(role: int) -> int:
    """Return the class that a word is known by, a small number; 1 of a strange one."""
    return _classes[role]


def look_of(shown: str, shouted: bool) -> int:
    """Return how a word is written: small, with a capital, in capitals, an initial."""
    if len(shown) == 1:
        return 3 if shown.isupper() else 4
    if shown.islower():
        return 0
    if shouted:
        return 5
    return 2 if shown.isupper() else 1


_GAPS: Final = (
    ("\n", 1), (":=", 2), (",", 3), (".!?;", 4), ("()[]\"'", 5), ("-~*/|", 6),
)  # fmt: skip


class _Gaps(dict[str, int]):
    """Which of eight classes the characters between two words are of; short ones are kept."""

    def __missing__(self, gap: str) -> int:
        found = 7 if gap.strip() or not gap else 0
        for marks, number in _GAPS:
            if any(mark in gap for mark in marks):
                found = number
                break
        if len(gap) < 3 and len(self) < 4096:
            self[gap] = found
        return found


gaps: Final = _Gaps({" ": 0})
