"""The finder: the sender's own identifiers in a text, and only those."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tipline.redaction.addresses import find_addresses
from tipline.redaction.dates import find_births
from tipline.redaction.document import Document
from tipline.redaction.found import Findings, Span
from tipline.redaction.handles import find_handles
from tipline.redaction.identifiers import Identifier
from tipline.redaction.introductions import find_introductions
from tipline.redaction.labelled import find_codes, find_number
from tipline.redaction.names import name_at
from tipline.redaction.normalising import plain_form
from tipline.redaction.numbers import runs
from tipline.redaction.phones import find_phones
from tipline.redaction.placeholders import Replacement
from tipline.redaction.signatures import (
    find_beside_contacts,
    find_closings,
    find_last_name,
    find_lone_names,
)
from tipline.redaction.threads import ALONE, Thread, joined, nothing_seen
from tipline.redaction.values import value_of
from tipline.redaction.written import find_written

# A name that is found may show that a number beside it is the sender's, so a text with findings is
# looked at again with placeholders, until nothing more is found: redacting twice changes nothing.
_ROUNDS: Final = 8
# Asking whether a name was seen costs the caller a keyed tag each.
_MOST_ASKED: Final = 64


def find_identifiers(text: str, thread: Thread = ALONE) -> list[Identifier]:
    """Return the sender's own identifiers in a text, in order; they do not overlap.

    Takes time linear in the length of the text, and raises nothing, whatever the text is.

    Args:
        text: a message, or a part of one.
        thread: what is known from before.
    """
    found = _settled(text, thread)
    if not thread.fragment:
        return found
    whole, start = joined(thread.fragment, text)
    behind = [
        Identifier(max(0, one.start - start), one.end - start, one.type, one.value)
        for one in _settled(whole, thread)
        if one.end > start
    ]
    return _merged([*found, *behind])


def _settled(text: str, thread: Thread) -> list[Identifier]:
    found = _once(text, thread)
    for _ in range(_ROUNDS):
        if not found:
            break
        replacement = Replacement(text, found)
        more = _once(replacement.text, thread)
        if not more:
            break
        again = [
            Identifier(*replacement.origin(one.start, one.end), one.type, one.value) for one in more
        ]
        found = _merged([*found, *again])
    return found


def _once(text: str, thread: Thread) -> list[Identifier]:
    plain = plain_form(text)
    findings = Findings(Document(plain))
    _examine(findings)
    if thread is not ALONE:
        _remember(findings, thread)
    return _merged(
        Identifier(
            *plain.span(span.start, span.end),
            span.type,
            value_of(span.type, plain.folded[span.start : span.end]),
        )
        for span in findings.spans
    )


def _examine(findings: Findings) -> None:
    find_written(findings)
    find_introductions(findings)
    find_closings(findings)
    find_lone_names(findings)
    for run in runs(findings.document):
        if not find_number(findings, run):
            find_phones(findings, run)
    find_births(findings)
    find_last_name(findings)
    find_beside_contacts(findings)
    find_codes(findings)
    find_handles(findings)
    find_addresses(findings)


def _remember(findings: Findings, thread: Thread) -> None:
    """Take what was left as evidence, but is known to be the sender's."""
    folded = findings.document.plain.folded
    own = value_of("PHONE", thread.own_number) if thread.own_number else ""
    for span in findings.possible:
        value = value_of(span.type, folded[span.start : span.end])
        if value and ((span.type == "PHONE" and value == own) or thread.seen(span.type, value)):
            findings.take(span.start, span.end, span.type)
    if thread.seen is not nothing_seen:
        _known_names(findings, thread)


def _known_names(findings: Findings, thread: Thread) -> None:
    document = findings.document
    asked = index = 0
    while index < document.size and asked < _MOST_ASKED:
        behind = name_at(document, index, sure=False) or index
        for end in range(behind, index, -1):
            span = Span(document.starts[index], document.ends[end - 1], "NAME")
            asked += 1
            value = value_of("NAME", document.plain.folded[span.start : span.end])
            if findings.free(span.start, span.end) and thread.seen("NAME", value):
                findings.take(span.start, span.end, "NAME")
                behind = end
                break
        index = max(behind, index + 1)


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
