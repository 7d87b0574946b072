"""Texts in which identifiers are replaced, and the way back from their offsets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from tipline.redaction.identifiers import Identifier
from tipline.text.placeholders import placeholder


def typed(identifier: Identifier) -> str:
    """Return the placeholder of a type: [phone]."""
    return placeholder(identifier.type)


def replaced(
    text: str, identifiers: Sequence[Identifier], name: Callable[[Identifier], str] = typed
) -> str:
    """Return a text with each identifier replaced by its placeholder.

    Args:
        text: the text that the offsets are of.
        identifiers: in order and not overlapping, as the finder returns them.
        name: gives an identifier's placeholder, such as "[phone 1]".
    """
    return Replacement(text, identifiers, name).text


class Replacement:
    """A text with placeholders, and how its offsets map to those of the text before.

    Attributes:
        text: the text with placeholders.
    """

    def __init__(
        self,
        text: str,
        identifiers: Sequence[Identifier],
        name: Callable[[Identifier], str] = typed,
    ) -> None:
        parts: list[str] = []
        self._new: Final[list[int]] = [0]  # where a part starts in the new text
        self._old: Final[list[tuple[int, int]]] = []  # where it starts and ends in the old
        last = length = 0
        for identifier in identifiers:
            for part, old in (
                (text[last : identifier.start], (last, identifier.start)),
                (name(identifier), (identifier.start, identifier.end)),
            ):
                parts.append(part)
                length += len(part)
                self._new.append(length)
                self._old.append(old)
            last = identifier.end
        parts.append(text[last:])
        self._old.append((last, len(text)))
        self.text = "".join(parts)

    def before(self, identifier: Identifier) -> Identifier:
        """Return a detail that was found in the new text, with its offsets in the old."""
        start, end = self.origin(identifier.start, identifier.end)
        return Identifier(start, end, identifier.type, identifier.value)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets before of a part; one that touches a placeholder takes it whole."""
        first = self._part(start)
        last = self._part(end - 1)
        old_start, _ = self._old[first]
        last_start, old_end = self._old[last]
        if first % 2 == 0:
            old_start += start - self._new[first]
        if last % 2 == 0:
            old_end = last_start + end - self._new[last]
        return old_start, old_end

    def _part(self, offset: int) -> int:
        return min(bisect_right(self._new, offset) - 1, len(self._old) - 1)
