"""The finder: the sender's own identifiers in a text, and only those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tipline.redaction.apart import stand_apart
from tipline.redaction.features import Sight, sight_of
from tipline.redaction.identifiers import Identifier, Span
from tipline.redaction.judging import Judge, shipped
from tipline.redaction.normalising import Plain
from tipline.redaction.placeholders import Replacement
from tipline.redaction.remembering import remembered
from tipline.redaction.spans import spans
from tipline.redaction.threads import ALONE, Thread, joined
from tipline.redaction.values import value_of

# What is found may show that a name beside it is the sender's too, so a text with findings is
# looked at again with placeholders until nothing more is found, unless hardly anything can be
# (an estimate: `Verdict.in_doubt`): so redacting twice changes nothing.
_ROUNDS: Final = 8


def find_identifiers(
    text: str, thread: Thread = ALONE, judge: Judge | None = None
) -> list[Identifier]:
    """Return the sender's own identifiers in a text, in order; they do not overlap.

    Takes time linear in the length of the text, and raises nothing, whatever the text is.

    Args:
        text: a message, or a part of one.
        thread: what is known from before.
        judge: another than the one that is shipped.
    """
    judge = judge or shipped()
    found = _in_rounds(text, thread, judge)
    if not thread.fragment:
        return found
    whole, start = joined(thread.fragment, text)
    behind = [
        Identifier(max(0, one.start - start), one.end - start, one.type, one.value)
        for one in _in_rounds(whole, thread, judge)
        if one.end > start
    ]
    # The whole number is what is known of it, not its second half.
    return _merged([*behind, *found])


def _in_rounds(text: str, thread: Thread, judge: Judge) -> list[Identifier]:
    found: list[Identifier] = []
    replacement: Replacement | None = None
    sight = sight_of(text)
    for _ in range(_ROUNDS):
        look = _look(sight, thread, judge)
        if not look.found:
            break
        more = [replacement.before(one) for one in look.found] if replacement else look.found
        found = _merged([*found, *more])
        if look.settled:
            break
        if look.rest:
            sight = look.rest
        else:
            replacement = Replacement(text, found)
            sight = sight_of(replacement.text)
    return found


class _Look(NamedTuple):
    """What one look at a text finds.

    Attributes:
        found: the sender's own.
        settled: whether another look can be left out.
        rest: the text with placeholders for these, if it need not be read anew.
    """

    found: list[Identifier]
    settled: bool = True
    rest: Sight | None = None


def _look(sight: Sight, thread: Thread, judge: Judge) -> _Look:
    if not sight.chosen:
        return _Look([])
    verdict = judge.verdict(sight)
    own = [unit for unit, _ in verdict.own]
    details = list(spans(sight, verdict.own))
    known = remembered(sight, set(own), thread) if thread is not ALONE else []
    found = _merged(_identified(sight.units.document.plain, [*details, *known]))
    if not found or known or not stand_apart(sight.units, own):
        return _Look(found, settled=not found)
    if not verdict.in_doubt:
        return _Look(found)
    return _Look(found, settled=False, rest=Sight(sight.units.without(details)))


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
