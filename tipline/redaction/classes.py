"""Small numbers for what the model sees: words, their classes, gaps between them, their looks."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from tipline.redaction.lexicon import Role

_BITS: Final = 0xFFFFF


def number_of(text: str) -> int:
    """Return the number of a word, the same in every process."""
    return crc32(text.encode("utf-8", "replace")) & _BITS


def _numbered(names: str) -> tuple[tuple[int, int], ...]:
    return tuple((getattr(Role, name), number_of(name)) for name in names.split())


# The role that a word is known by, the more telling first.
_CLASSES: Final = _numbered(
    "MY MINE HIS ME LIVE_I LIVE_HE CONTACT_ME I HE LIVE CONTACTED SAID FAMILY PERSON ADVERT TITLE"
    " THANKS GREETING PLATFORM PHONE EMAIL NAME SSN DL PLATE DOB HANDLE IP CARD ACCOUNT GEO CONTACT"
    " STREET UNIT ADDRESS VEHICLE NEAR DEED MONTH THING MEASURE BLOCK LINK MAYBE FIRST COMMON"
)
_LABELS: Final = _numbered(
    "SSN PLATE DL CARD DOB PLATFORM HANDLE ACCOUNT PHONE EMAIL IP GEO NAME ADDRESS STREET UNIT"
    " VEHICLE THING CONTACT_ME CONTACT LIVE LIVE_I"
)
LABEL: Final = sum(role for role, _ in _LABELS)
OWN: Final = Role.MY | Role.MINE | Role.I | Role.ME | Role.LIVE_I | Role.CONTACT_ME
OTHER: Final = Role.HIS | Role.HE | Role.PERSON | Role.LIVE_HE | Role.ADVERT
CUE: Final = OWN | OTHER
TELLING: Final = (
    CUE | LABEL | Role.FAMILY | Role.SAID | Role.CONTACTED | Role.TITLE | Role.THANKS
    | Role.GREETING | Role.NEAR | Role.DEED | Role.BLOCK
) & ~Role.LINK  # fmt: skip
STRANGER: Final = number_of("stranger")
OUTSIDE: Final = number_of("outside")
LINE: Final = 1  # the gap that ends a line
_MASKS: Final = (
    (OWN, 1), (Role.HE | Role.HIS | Role.LIVE_HE, 2), (Role.PERSON, 4), (Role.SAID, 8),
    (Role.ADVERT, 16), (Role.CONTACT | Role.CONTACT_ME, 32), (Role.THING, 64), (Role.DEED, 128),
)  # fmt: skip


class _Known(dict[int, tuple[int, int, int]]):
    """Class, label and mask of the roles that were met; there are some hundred of them."""

    def __missing__(self, role: int) -> tuple[int, int, int]:
        known = (_first(_CLASSES, role, STRANGER), _first(_LABELS, role, 0), _mask(role))
        self[role] = known
        return known


def _first(numbered: tuple[tuple[int, int], ...], role: int, default: int) -> int:
    return next((number for flag, number in numbered if role & flag), default)


def _mask(role: int) -> int:
    return sum(bit for flags, bit in _MASKS if role & flags)


known: Final = _Known()


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
    ("\n", LINE), (":=", 2), (",", 3), (".!?;", 4), ("()[]\"'", 5), ("-~*/|", 6),
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
