"""What rules hand to one another while one text is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.redaction.document import Document


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the plain text, and which type of identifier it is."""

    start: int
    end: int
    type: str


class Findings:
    """What was found so far in one document.

    Attributes:
        document: the text.
        spans: what is the sender's.
        possible: what has the form of an identifier and was left as evidence.
    """

    __slots__ = ("_covered", "document", "possible", "spans")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.spans: list[Span] = []
        self.possible: list[Span] = []
        self._covered = bytearray(len(document.plain.text))

    def take(self, start: int, end: int, kind: str) -> None:
        """Note a part of the plain text as the sender's."""
        self.spans.append(Span(start, end, kind))
        self._covered[start:end] = b"\1" * (end - start)
        document = self.document
        index = document.first_at(start)
        while index < document.size and document.starts[index] < end:
            document.taken[index] = kind
            index += 1

    def take_words(self, first: int, behind: int, kind: str) -> None:
        """Note words from `first` to before `behind` as the sender's."""
        document = self.document
        self.take(document.starts[first], document.ends[behind - 1], kind)

    def leave(self, start: int, end: int, kind: str) -> None:
        """Note a candidate that stays, and keep other rules off it."""
        self.possible.append(Span(start, end, kind))
        self._covered[start:end] = b"\1" * (end - start)

    def free(self, start: int, end: int) -> bool:
        """Tell whether no rule has taken or left any of a part."""
        return self._covered.find(1, start, end) < 0

    def words_free(self, first: int, behind: int) -> bool:
        """Tell the same of words."""
        return self.free(self.document.starts[first], self.document.ends[behind - 1])
