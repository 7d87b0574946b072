"""The finder: the sender's own identifiers in a text, and only those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tipline.redaction.addresses import find_addresses
from tipline.redaction.dates import find_births
from tipline.redaction.document import Document
from tipline.redaction.found import Findings, Span
from tipline.redaction.handles import find_handles
from tipline.redaction.identifiers import Identifier
from tipline.redaction.introductions import find_introductions
from tipline.redaction.labelled import find_codes, find_number
from tipline.redaction.normalising import Plain, plain_form
from tipline.redaction.numbers import runs
from tipline.redaction.phones import find_phones
from tipline.redaction.signatures import (
    find_beside_contacts,
    find_closings,
    find_last_name,
    find_lone_names,
)
from tipline.redaction.values import value_of
from tipline.redaction.written import find_written


def nothing_seen(kind: str, value: str) -> bool:
    """Answer that nothing was found in the thread before."""
    return False


@dataclass(frozen=True, slots=True)
class Thread:
    """What is known of the thread that a message belongs to.

    Attributes:
        own_number: the sender's own number, in any spelling; "" if the sender has none.
        seen: answers whether a value of a type was found in an earlier message of the thread. It
            is given a type of `identifiers.TYPES` and a value as in `Identifier.value`.
        fragment: what `open_end` returned for the message before.
    """

    own_number: str = ""
    seen: Callable[[str, str], bool] = nothing_seen
    fragment: str = ""


ALONE: Final = Thread()


def find_identifiers(text: str, thread: Thread = ALONE) -> list[Identifier]:
    """Return the sender's own identifiers in a text, in order; they do not overlap.

    Takes time linear in the length of the text, and raises nothing, whatever the text is.

    Args:
        text: a message, or a part of one.
        thread: what is known from before.
    """
    plain = plain_form(text)
    findings = _examine(plain)
    return _answer(plain, findings.spans)


def _examine(plain: Plain) -> Findings:
    findings = Findings(Document(plain))
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
    return findings


def _answer(plain: Plain, spans: list[Span]) -> list[Identifier]:
    found: list[Identifier] = []
    reached = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        start, end = plain.span(span.start, span.end)
        start = max(start, reached)
        if start < end:
            value = value_of(span.type, plain.folded[span.start : span.end])
            found.append(Identifier(start, end, span.type, value))
            reached = end
    return found
