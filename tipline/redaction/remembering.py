"""What was left as evidence, but is known from the thread to be the sender's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from tipline.redaction.features import Sight
from tipline.redaction.identifiers import Span
from tipline.redaction.threads import Thread, nothing_seen
from tipline.redaction.values import value_of

# Asking whether a value was seen costs the caller a keyed tag each.
_MOST_ASKED: Final = 64
_MOST_WORDS: Final = 3  # of a name
_TYPES: Final = {
    "PHONE": ("PHONE",),
    "NUM": ("PHONE", "SSN", "CARD", "ACCOUNT"),
    "CODE": ("PLATE", "DL", "ACCOUNT"),
    "SPELT": ("PLATE",),
    "MAIL": ("EMAIL",),
    "LINK": ("HANDLE",),
    "HANDLE": ("HANDLE",),
    "IP": ("IP",),
    "GEO": ("GEO",),
    "DATE": ("DOB",),
}
_FEWEST_DIGITS: Final = 4


def remembered(sight: Sight, own: Collection[int], thread: Thread) -> list[Span]:
    """Return details that are the sender's by number or by what was found before.

    Args:
        sight: the units of the text.
        own: those that are the sender's anyhow.
        thread: what is known of it.
    """
    number = value_of("PHONE", thread.own_number) if thread.own_number else ""
    found: list[Span] = []
    asked = 0
    for span in _possible(sight, own):
        if asked >= _MOST_ASKED:
            break
        value = value_of(span.type, sight.units.document.plain.folded[span.start : span.end])
        if len(value) < 2:
            continue
        if span.type == "PHONE" and value == number:
            found.append(span)
        elif thread.seen is not nothing_seen:
            asked += 1
            if thread.seen(span.type, value):
                found.append(span)
    return found


def _possible(sight: Sight, own: Collection[int]) -> Iterator[Span]:
    """Yield what has the form of a detail, the forms first: they are fewer than names."""
    units = sight.units
    left = [unit for unit in sight.chosen if unit not in own]
    for unit in left:
        start, end = units.starts[unit], units.ends[unit]
        if units.kinds[unit] != "NUM" or end - start >= _FEWEST_DIGITS:
            for kind in _TYPES.get(units.kinds[unit], ()):
                yield Span(start, end, kind)
    # Half of a name may be the sender's anyhow, so names with such a half are asked for too.
    names = {unit for unit in sight.chosen if not units.kinds[unit]}
    for unit in sorted(names):
        end = unit
        while end in names and end < unit + _MOST_WORDS and (end == unit or not sight.breaks[end]):
            end += 1
        for behind in range(end, unit, -1):
            if not all(one in own for one in range(unit, behind)):
                yield Span(units.starts[unit], units.ends[behind - 1], "NAME")
