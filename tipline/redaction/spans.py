"""Parts of a text: units of the sender's that stand together and are of one type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tipline.redaction.features import Sight
from tipline.redaction.identifiers import Span

# Types of which one detail may have several units.
_LONG: Final = frozenset({"NAME", "ADDRESS", "DOB", "HANDLE"})
# Forms that are a detail by themselves.
_WHOLE: Final = frozenset({"PHONE", "MAIL", "LINK", "IP", "HANDLE"})


def spans(sight: Sight, own: Sequence[tuple[int, str]]) -> Iterator[Span]:
    """Yield the details that are made of some units.

    Args:
        sight: the units of the text.
        own: indices of those that are the sender's, each with its type.
    """
    units = sight.units
    open_: Span | None = None
    last = -2
    for unit, kind in own:
        start, end = units.starts[unit], units.ends[unit]
        if open_ and unit == last + 1 and kind == open_.type and _joined(sight, unit, kind):
            open_ = Span(open_.start, end, kind)
        else:
            if open_:
                yield open_
            open_ = Span(start, end, kind)
        last = unit
    if open_:
        yield open_


def _joined(sight: Sight, unit: int, kind: str) -> bool:
    """Tell whether a unit goes on with the detail of the unit before."""
    kinds, gap = sight.units.kinds, sight.units.document.gap(sight.units.firsts[unit])
    if "\n" in gap or kinds[unit] in _WHOLE or kinds[unit - 1] in _WHOLE:
        return False
    return kind in _LONG or not sight.breaks[unit]
