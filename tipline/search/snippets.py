"""Snippets: the part of a text in which the words stand, cut so that a template can mark them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tipline.search.reading import SearchableText
from tipline.search.terms import Term
from tipline.search.tokens import Token
from tipline.threads.contents import MessageKind

CHARACTERS_BEFORE = 80
LONGEST = 280
MOST_SNIPPETS = 3
CUT = "…"


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """Some characters of a snippet, and whether they are what was searched for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Snippet:
    """A part of a text, with who wrote it and when; both None for what is no message."""

    kind: MessageKind | None
    at: datetime | None
    pieces: list[Piece]


def snippets(
    texts: Sequence[tuple[SearchableText, Sequence[Token]]], terms: Sequence[Term]
) -> list[Snippet]:
    """Return the texts that show the most of the terms, in their order, until all were shown."""
    found = [(text, [sorted(term.spans(words)) for term in terms]) for text, words in texts]
    chosen: list[int] = []
    missing = set(range(len(terms)))
    while missing and len(chosen) < MOST_SNIPPETS:
        gains = [len({at for at in missing if spans[at]}) for _, spans in found]
        best = max(range(len(found)), key=lambda at: (gains[at], at))
        if not gains[best]:
            break
        chosen.append(best)
        missing -= {at for at in missing if found[best][1][at]}
    return [_snippet(found[at][0], found[at][1]) for at in sorted(chosen)]


def _snippet(text: SearchableText, by_term: list[list[tuple[int, int]]]) -> Snippet:
    spans = _joined(sorted(span for spans in by_term for span in spans))
    start = max(0, spans[0][0] - CHARACTERS_BEFORE)
    end = min(len(text.text), max(start + LONGEST, spans[0][1]))
    pieces = [Piece(CUT)] if start else []
    at = start
    for first, last in spans:
        if last > end:
            break
        pieces += [Piece(text.text[at:first]), Piece(text.text[first:last], is_hit=True)]
        at = last
    pieces.append(Piece(text.text[at:end] + (CUT if end < len(text.text) else "")))
    return Snippet(text.kind, text.at, [piece for piece in pieces if piece.text])


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
