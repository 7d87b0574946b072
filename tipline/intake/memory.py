"""A message without its sender's details, and what of them is remembered in its thread.

A detail becomes a placeholder that is the same for the same value throughout the thread. The value
is dropped; a keyed tag is kept by which it is known again. Of the newest message the open end is
kept as well, sealed to intake's key of the day: the next message may go on in the middle of a
number. When that key is destroyed, nobody opens it any more, and it is as if there were none.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline.identity.addresses import IndexKeys
from tipline.intake.effects import Effects, Row
from tipline.intake.lookup import KnownThread
from tipline.intake.recalling import (
    DETAIL_ROW,
    OPEN_END,
    Recalled,
    Recollection,
    open_end_context,
)
from tipline.published_keys.rotation import KeyRing
from tipline.redaction import Identifier, Thread, find_identifiers, open_end, replaced
from tipline.text.placeholders import placeholder

# Fits the longest open end, so that a size says nothing.
OPEN_END_BUCKET = 1024
# Of a thread. Each is read whenever its resident writes; a flood of numbers must not make that
# dear. What comes after these is taken out as well, but its placeholder has no number.
MOST_DETAILS = 500


@dataclass(frozen=True, slots=True, repr=False)
class Redacted:
    """A message without its sender's details.

    `text`: with placeholders. `bare`: with nothing in their place, to tell the language by; a
    placeholder is English. `details`: how many different ones there were.
    """

    text: str
    bare: str
    details: int


class Memory:
    """What is remembered of a batch's threads, kept up to date while the batch is handled."""

    def __init__(self, recalled: Recalled, index: IndexKeys, ring: KeyRing) -> None:
        """Take what was known before, the keys of tags, and those that open ends are sealed to."""
        self._index = index
        self._ring = ring
        self._threads = recalled.threads
        self._dropped = recalled.effects
        self._added = Effects()
        self._said: dict[str, int] = {}

    def redact(self, text: str, thread: KnownThread, own_number: str = "") -> Redacted:
        """Return a message as it may be stored, and remember its details and its open end.

        It must become the thread's next entry. `own_number`: that it was sent from, if any.
        """
        found = self._found(text, thread, own_number)
        self._threads[thread.id].end = open_end(text)
        self._said[thread.id] = thread.messages + 1
        names = {one: self._placeholder(thread.id, *one) for one in _details(found, text)}
        return Redacted(
            replaced(text, found, lambda one: names[_detail(one, text)]),
            replaced(text, found, lambda _: " "),
            len(names),
        )

    def without_details(self, text: str, thread: KnownThread | None, own_number: str = "") -> str:
        """Return a message that goes into no thread, with placeholders that have no number."""
        return replaced(text, self._found(text, thread, own_number))

    def effects(self) -> Effects:
        """Return what is to be kept of all messages that were redacted."""
        effects = Effects()
        effects.merge(self._dropped)
        effects.merge(self._added)
        for thread_id, sequence in self._said.items():
            recollection = self._threads[thread_id]
            # The end of the message before this batch stays until the next one: should this batch's
            # second commit fail, its messages are handled again, from there.
            effects.outdated_ends += [
                {"thread": thread_id, "ended": each} for each in recollection.outdated
            ]
            if recollection.end:
                effects.open_ends.append(self._sealed_end(thread_id, sequence, recollection))
        return effects

    def _found(self, text: str, thread: KnownThread | None, own_number: str) -> list[Identifier]:
        number = own_number.rpartition(":")[2]  # without its channel
        if thread is None:
            return find_identifiers(text, Thread(number))
        known = self._threads.setdefault(thread.id, Recollection(thread.line_id))
        if not known.numbers:
            return find_identifiers(text, Thread(number, fragment=known.end))

        def seen(kind: str, value: str) -> bool:
            tags = self._index.detail_tags(thread.id, kind, value).values()
            return any(tag in known.numbers for tag in tags)

        return find_identifiers(text, Thread(number, seen, known.end))

    def _placeholder(self, thread_id: str, kind: str, value: str) -> str:
        """Return what stands for a value in a thread, and remember it if it is new there."""
        known = self._threads[thread_id]
        tags = self._index.detail_tags(thread_id, kind, value)
        current = tags[self._index.current]
        found = next((tag for tag in (current, *tags.values()) if tag in known.numbers), None)
        if found is not None:
            number = known.numbers[found]
        elif len(known.numbers) < MOST_DETAILS:
            number = known.highest.get(kind, 0) + 1
        else:
            return placeholder(kind)
        if found != current:
            known.add(current, kind, number)
            self._added.detail_tags.append(self._row(thread_id, current, kind, number))
        if found not in (None, current):
            # Made with an older generation of the key, which must not be kept for it.
            del known.numbers[found]
            self._added.dropped_details.append({"thread": thread_id, "gone": found})
        return placeholder(kind, number)

    def _row(self, thread_id: str, tag: bytes, kind: str, number: int) -> Row:
        return {
            "thread_id": thread_id,
            "tag": tag,
            "generation": self._index.current,
            "kind": kind,
            "number": number,
            "proof": self._index.prove(DETAIL_ROW, thread_id, tag, kind, number),
        }

    def _sealed_end(self, thread_id: str, sequence: int, recollection: Recollection) -> Row:
        key = self._ring.newest.public
        context = open_end_context(recollection.line_id, thread_id, sequence)
        raw = recollection.end.encode("utf-8", "surrogatepass")
        sealed = key.seal(raw, context, OPEN_END_BUCKET)
        return {
            "thread_id": thread_id,
            "sequence": sequence,
            "key_id": key.key_id,
            "sealed": sealed,
            "proof": self._index.prove(OPEN_END, thread_id, sequence, sealed),
        }


def _detail(one: Identifier, text: str) -> tuple[str, str]:
    """Return type and value; what has no spelling of its own is told apart by how it is written."""
    return one.type, one.value or text[one.start : one.end]


def _details(found: list[Identifier], text: str) -> list[tuple[str, str]]:
    """Return different details in the order in which they stand."""
    return list(dict.fromkeys(_detail(one, text) for one in found))
