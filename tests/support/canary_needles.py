"""What the canary scan looks for: planted values and the spellings that are searched.

Encodings (base64, hex, UTF-16, escapes, compression) are not multiplied into needles: the data is
decoded instead (`canary_layers`), so that encodings of encodings are found too and a tip of thirty
words costs thirty searches and not a thousand. What stays here are the spellings that no decoder
undoes.

Shortest values, so that chance raises no alarm in 300 MB: ten digits (random bytes 3e8 * 256**-10,
and 1 in 30 even in 300 MB of nothing but digits; seven, a number without its area code, would be
met there thirty times), eight characters of an address or an IP, ten of an id, twelve of free text
because shorter pieces are everyday phrases that templates contain as well. Plant values that stand
in no template, and an IP that does not begin a longer one: 203.0.113.7 is also found in
203.0.113.70.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

import phonenumbers

Kind = Literal["number", "text", "id", "address", "agent", "ip", "key"]

SHORTEST_CHARS: dict[Kind, int] = {
    "number": 10, "text": 12, "id": 10, "address": 8, "agent": 12, "ip": 8, "key": 32,
}  # fmt: skip
FRAGMENT_CHARS = 12
# A word longer than this (Chinese, Japanese, Thai write no spaces) is also searched in windows.
LONG_WORD_CHARS = 18
WINDOW_STEP = 6

_TEXT_BYTES = frozenset(string.printable) - {"\x0b", "\x0c"}


@dataclass(frozen=True)
class Canary:
    """A planted value. `name` is printed when it leaks, `value` never is.

    A number is in E.164, a key in hexadecimal.
    """

    name: str
    value: str = field(repr=False)
    kind: Kind

    def __post_init__(self) -> None:
        size = sum(c.isdigit() for c in self.value) if self.kind == "number" else len(self.value)
        if size < SHORTEST_CHARS[self.kind]:
            raise ValueError(
                f"canary {self.name!r} is too short: chance would find it "
                f"({size} of {SHORTEST_CHARS[self.kind]} characters)"
            )


@dataclass(frozen=True)
class Needle:
    """One byte string to look for, in lower case (of ASCII letters only)."""

    canary: str
    form: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Needles:
    """All needles of some canaries, for data in lower case.

    `printable` ones are for its runs of ASCII text, `numbers` for runs of digits without their
    separators, `binary` ones for all of it.
    """

    printable: tuple[Needle, ...]
    binary: tuple[Needle, ...]
    numbers: tuple[Needle, ...]

    @cached_property
    def shortest(self) -> int:
        """Length of the shortest text needle in bytes; shorter runs of text need no look."""
        return min((len(n.data) for n in (*self.printable, *self.numbers)), default=7)

    def __len__(self) -> int:
        return len(self.printable) + len(self.binary) + len(self.numbers)


def needles(canaries: Iterable[Canary]) -> Needles:
    """All needles for `canaries`, made once per set of canaries."""
    return _needles(tuple(canaries))


@lru_cache(maxsize=32)
def _needles(canaries: tuple[Canary, ...]) -> Needles:
    printable: dict[bytes, Needle] = {}
    binary: dict[bytes, Needle] = {}
    numbers: dict[bytes, Needle] = {}
    for canary in canaries:
        if canary.kind == "number":
            for needle in _number(canary):
                found = numbers if needle.form in _DIGIT_FORMS else binary
                found.setdefault(needle.data, needle)
            continue
        if canary.kind == "key":
            raw = bytes.fromhex(canary.value)
            for form, data in (("raw", raw), ("raw reversed", raw[::-1])):
                binary.setdefault(data.lower(), Needle(canary.name, form, data.lower()))
            continue
        for form, text in _spellings(canary):
            plain = _TEXT_BYTES.issuperset(text)
            found = printable if plain else binary
            for way, data in (_both_ways if plain else _beyond_ascii)(form, text):
                found.setdefault(data.lower(), Needle(canary.name, way, data.lower()))
    return Needles(tuple(printable.values()), tuple(binary.values()), tuple(numbers.values()))


_DIGIT_FORMS = ("digits", "digits reversed")


def national_digits(e164: str) -> str:
    """The digits in every plausible spelling: without the country code, if ten are left then."""
    digits = re.sub(r"\D", "", e164)
    national = phonenumbers.national_significant_number(phonenumbers.parse(e164, None))
    return national if len(national) >= SHORTEST_CHARS["number"] else digits


def _number(canary: Canary) -> Iterator[Needle]:
    digits = national_digits(canary.value).encode()
    yield Needle(canary.name, "digits", digits)
    yield Needle(canary.name, "digits reversed", digits[::-1])
    # SQLite keeps a number from an INTEGER column in six bytes, msgpack in eight, pickle in five.
    # Five bytes alone would be met by chance (3e8 * 256**-5): the zero above them, or pickle's
    # opcode and length, belong to the needle. Only numbers of 15 digits need more than six.
    whole = int(re.sub(r"\D", "", canary.value))
    size = 6 if whole < 1 << 47 else 8
    yield Needle(canary.name, "integer big-endian", whole.to_bytes(size, "big").lower())
    yield Needle(canary.name, "integer little-endian", whole.to_bytes(size, "little").lower())
    short = whole.bit_length() // 8 + 1
    pickled = bytes([0x8A, short]) + whole.to_bytes(short, "little")
    yield Needle(canary.name, "integer in pickle", pickled.lower())


def _spellings(canary: Canary) -> Iterator[tuple[str, str]]:
    pieces = [("clear", canary.value)]
    if canary.kind == "text":
        # A longer fragment contains a shortest one, so the shortest from every word find them all.
        pieces = [("fragment", piece) for piece in fragments(canary.value)]
    for form, text in pieces:
        yield form, text
        yield f"{form} with + for spaces", "+".join(text.split())
        yield f"{form} with single spaces", " ".join(text.split())


def fragments(text: str) -> Iterator[str]:
    """The whole text, and from every word on the shortest run of words of twelve characters."""
    words = list(re.finditer(r"\S+", text))
    yield text.strip()
    for first, word in enumerate(words):
        for last in words[first:]:
            if last.end() - word.start() >= FRAGMENT_CHARS:
                yield text[word.start() : last.end()]
                break
        if len(word[0]) > LONG_WORD_CHARS:
            yield from _windows(word[0])


def _windows(word: str) -> Iterator[str]:
    starts = {*range(0, len(word) - FRAGMENT_CHARS, WINDOW_STEP), len(word) - FRAGMENT_CHARS}
    for start in sorted(starts):
        yield word[start : start + FRAGMENT_CHARS]


def _both_ways(form: str, text: str) -> Iterator[tuple[str, bytes]]:
    yield form, text.encode()
    yield f"{form} reversed", text.encode()[::-1]


def _beyond_ascii(form: str, text: str) -> Iterator[tuple[str, bytes]]:
    """Text with other letters is not printable bytes: every encoding is a needle of its own."""
    yield from _both_ways(form, text)
    yield f"{form} characters reversed", text[::-1].encode()
    yield f"{form} upper case", text.upper().encode()
    yield f"{form} lower case", text.lower().encode()
    for codec in ("utf-16-le", "utf-16-be", "latin-1"):
        with suppress(UnicodeEncodeError):
            yield f"{form} {codec}", text.encode(codec)
