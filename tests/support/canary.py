"""The canary scan: finds planted values in bytes, files, folder trees and a Valkey server.

A test plants values that occur nowhere else (a number, the words of a tip, a provider's id), lets
the system work, and scans all that a thief could copy. Clear text, UTF-16, hex, base64 at any
alignment and with line breaks, percent, JSON, backslash and HTML escapes, reversed text, zlib,
gzip and deflate are found, also inside one another. Upper and lower case do not matter. Not found:
what is encrypted, raw deflate with codes of its own in the middle of a file, and pieces of a text
of under twelve characters.

A finding names the canary, never the value: it stands in test reports, which are not secret.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.canary_layers import Blob, Decoder, printable
from tests.support.canary_needles import Canary, Kind, Needle, Needles, needles

if TYPE_CHECKING:
    import redis

__all__ = [
    "Canary", "Finding", "Kind", "needles", "scan_bytes", "scan_tree", "scan_valkey",
]  # fmt: skip

# A file is read in pieces; what straddles two of them is met again in the overlap.
PIECE_BYTES = 32 * 1024 * 1024
OVERLAP_BYTES = 256 * 1024


@dataclass(frozen=True, order=True)
class Finding:
    """A planted value that leaked: which, how encoded (outermost first), where, at which byte."""

    where: str
    offset: int
    canary: str
    form: str

    def __str__(self) -> str:
        return f"{self.canary} found as {self.form} in {self.where} at {self.offset}"


def scan_bytes(data: bytes, canaries: Iterable[Canary], where: str = "bytes") -> list[Finding]:
    """The first occurrence of every canary in every form in `data`, ordered by offset."""
    wanted = needles(canaries)
    if not len(wanted):
        raise ValueError("no canaries: such a scan would always pass")
    pieces = _pieces(len(data))
    return _merge(_scan_piece(data[at : at + size], at, wanted, where) for at, size in pieces)


def _pieces(total_bytes: int) -> Iterator[tuple[int, int]]:
    for start in range(0, max(total_bytes, 1), PIECE_BYTES):
        yield start, PIECE_BYTES + OVERLAP_BYTES


def _merge(findings: Iterable[Iterable[Finding]]) -> list[Finding]:
    first: dict[tuple[str, str, str], Finding] = {}
    for finding in (finding for piece in findings for finding in piece):
        key = (finding.where, finding.canary, finding.form)
        first[key] = min(finding, first.get(key, finding))
    return sorted(first.values())


def _scan_piece(data: bytes, start: int, wanted: Needles, where: str) -> Iterator[Finding]:
    decoder = Decoder(wanted.shortest)
    # First in, first out: what was met at a shallow level needs no second look at a deep one.
    blobs = deque([Blob(data)])
    while blobs:
        blob = blobs.popleft()
        text = printable(blob, wanted.shortest)
        for needle, position in _search(blob, text, wanted):
            form = ">".join((*blob.layers, needle.form))
            yield Finding(where, start + position, needle.canary, form)
        children = decoder.decoded(blob, text)
        blobs += [child for child in children if len(child.data) >= wanted.shortest]


def _search(blob: Blob, text: Blob, wanted: Needles) -> Iterator[tuple[Needle, int]]:
    for place, sought in ((blob, wanted.binary), (text, wanted.printable)):
        lowered = place.data.lower() if sought else b""
        for needle in sought:
            position = lowered.find(needle.data)
            if position >= 0:
                yield needle, place.origin(position)
    if wanted.numbers:
        yield from _search_numbers(text, wanted.numbers)


_DIGITS_APART = re.compile(rb"[0-9](?:[ ()./+_-]{0,3}[0-9]){9,}+")


def _search_numbers(text: Blob, wanted: Sequence[Needle]) -> Iterator[tuple[Needle, int]]:
    """Numbers however they are grouped: (209) 555-0143, 209.555.0143, 20 95 55 01 43."""
    runs = _DIGITS_APART.finditer(text.data)
    digits = text.child(None, [(m.start(), re.sub(rb"[^0-9]", b"", m[0])) for m in runs])
    for needle in wanted:
        position = digits.data.find(needle.data)
        if position >= 0:
            yield needle, digits.origin(position)


def scan_tree(path: Path, canaries: Iterable[Canary], exclude: Iterable[str] = ()) -> list[Finding]:
    """All findings in the files below `path`, in their names and in the targets of symbolic links.

    Every file counts, databases with their -wal, -shm and -journal among them, as raw bytes. Links
    are not followed. `exclude` has shell patterns for paths relative to `path`; a folder that
    matches is left out with all below it.
    """
    wanted = tuple(canaries)
    is_excluded = _exclusion(exclude)
    if not path.is_dir():
        raise NotADirectoryError("the tree to scan is no folder; such a scan would always pass")
    return _merge(_tree(path, "", wanted, is_excluded))


def _exclusion(patterns: Iterable[str]) -> Callable[[str], bool]:
    given = frozenset(patterns)
    # Of a database's folder a thousand files are left out by their names.
    wild = [pattern for pattern in given if set(pattern) & set("*?[")]
    return lambda name: name in given or any(fnmatch(name, pattern) for pattern in wild)


def _tree(
    folder: Path,
    shown: str,
    canaries: tuple[Canary, ...],
    is_excluded: Callable[[str], bool],
    real: str = "",
) -> Iterator[list[Finding]]:
    entries = list(enumerate(sorted(os.scandir(folder), key=lambda e: e.name)))
    # A living database moves what is in its -wal into the file beside it: that one comes last.
    for number, entry in reversed(entries):
        relative = f"{real}{entry.name}"
        if is_excluded(relative):
            continue
        label, findings = _name(os.fsencode(entry.name), f"<entry {number}>", shown, canaries)
        yield findings
        if entry.is_symlink():
            # A browser's own links go when it ends, perhaps since the folder was listed.
            with suppress(FileNotFoundError):
                target = os.fsencode(os.readlink(entry.path))
                yield scan_bytes(target, canaries, f"target of {label}")
        elif entry.is_dir():
            # So do its folders, and those of other tests.
            with suppress(FileNotFoundError):
                inner = _tree(Path(entry.path), f"{label}/", canaries, is_excluded, f"{relative}/")
                yield from inner
        elif entry.is_file():
            yield _merge(_file(Path(entry.path), canaries, label))


def _name(
    name: bytes, stand_in: str, parent: str, canaries: tuple[Canary, ...]
) -> tuple[str, list[Finding]]:
    """A label for a name, and what leaks in it; a name that leaks is shown by its stand-in only."""
    if scan_bytes(name, canaries):
        label = f"{parent}{stand_in}"
        return label, scan_bytes(name, canaries, f"name of {label}")
    return parent + name.decode("utf-8", "backslashreplace"), []


def _file(path: Path, canaries: tuple[Canary, ...], label: str) -> Iterator[list[Finding]]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return  # a journal that a living database removed since the folder was listed
    wanted = needles(canaries)
    with file:
        for start, size in _pieces(os.fstat(file.fileno()).st_size):
            file.seek(start)
            yield list(_scan_piece(file.read(size), start, wanted, label))


def scan_valkey(client: redis.Redis, canaries: Iterable[Canary]) -> list[Finding]:
    """All findings in all databases of a Valkey or Redis server.

    Reads keys, values, fields, members, scores, streams with their groups and consumers, and what
    the server itself remembers of commands: the slow log, the list of clients, channels, functions.
    An unknown type of key raises, because a scan that skips proves nothing.
    """
    from tests.support.canary_valkey import everything

    wanted = tuple(canaries)
    findings: list[list[Finding]] = []
    for number, (place, key, values) in enumerate(everything(client)):
        label, in_name = _name(key, f"<key {number}>", f"{place} ", wanted)
        findings.append(in_name)
        findings += [scan_bytes(value, wanted, f"{label} {part}") for part, value in values]
    return _merge(findings)
