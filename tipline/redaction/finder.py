"""The finder: the sender's own identifiers in a text, and only those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tipline.redaction.committee import Committee, shipped
from tipline.redaction.document import Document
from tipline.redaction.features import Sight
from tipline.redaction.identifiers import Identifier
from tipline.redaction.normalising import Plain, plain_form
from tipline.redaction.placeholders import Replacement
from tipline.redaction.remembering import remembered
from tipline.redaction.spans import Span, spans
from tipline.redaction.threads import ALONE, Thread, joined
from tipline.redaction.units import Units
from tipline.redaction.values import value_of

# What is found may show that a name beside it is the sender's too, so a text with findings is
# looked at again with placeholders until nothing more is found, unless hardly anything can be
# (an estimate: `Verdict.settled`): so redacting twice changes nothing.
_ROUNDS: Final = 8


def find_identifiers(
    text: str, thread: Thread = ALONE, committee: Committee | None = None
) -> list[Identifier]:
    """Return the sender's own identifiers in a text, in order; they do not overlap.

    Takes time linear in the length of the text, and raises nothing, whatever the text is.

    Args:
        text: a message, or a part of one.
        thread: what is known from before.
        committee: another than the one that is shipped.
    """
    committee = committee or shipped()
    found = _in_rounds(text, thread, committee)
    if not thread.fragment:
        return found
    whole, start = joined(thread.fragment, text)
    behind = [
        Identifier(max(0, one.start - start), one.end - start, one.type, one.value)
        for one in _in_rounds(whole, thread, committee)
        if one.end > start
    ]
    # The whole number is what is known of it, not its second half.
    return _merged([*behind, *found])


def _in_rounds(text: str, thread: Thread, committee: Committee) -> list[Identifier]:
    found, settled = _look(text, thread, committee)
    if settled:
        return found
    for _ in range(_ROUNDS):
        replacement = Replacement(text, found)
        more, _ = _look(replacement.text, thread, committee)
        if not more:
            break
        again = [
            Identifier(*replacement.origin(one.start, one.end), one.type, one.value) for one in more
        ]
        found = _merged([*found, *again])
    return found


class _Look(NamedTuple):
    """What one look at a text finds, and whether another can be left out."""

    found: list[Identifier]
    settled: bool


def _look(text: str, thread: Thread, committee: Committee) -> _Look:
    plain = plain_form(text)
    document = Document(plain)
    if not document.size:
        return _Look([], settled=True)
    sight = Sight(Units(document))
    verdict = committee.verdict(sight)
    found = list(spans(sight, verdict.own))
    known = []
    if thread is not ALONE:
        known = list(remembered(sight, {unit for unit, _ in verdict.own}, thread))
    merged = _merged(_identified(plain, [*found, *known]))
    return _Look(merged, settled=verdict.settled and not known)


def _identified(plain: Plain, found: Iterable[Span]) -> Iterator[Identifier]:
    for span in found:
        value = value_of(span.type, plain.folded[span.start : span.end])
        yield Identifier(*plain.span(span.start, span.end), span.type, value)


def _merged(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Return identifiers in order, those that overlap made one."""
    merged: list[Identifier] = []
    for one in sorted(identifiers, key=lambda one: (one.start, -one.end)):
        if one.start >= one.end:
            continue
        if merged and one.start < merged[-1].end:
            last = merged[-1]
            if one.end > last.end:
                merged[-1] = Identifier(last.start, one.end, last.type, last.value)
            continue
        merged.append(one)
    return merged
