"""The decoders of the canary scan: each finds what is encoded in a blob and gives it back decoded.

A decoder gathers all runs of its kind into one new blob, so that what follows costs per byte and
not per run. `origins` leads back from a place in the new blob to the offset in the data that was
handed in.
"""

from __future__ import annotations

import binascii
import html
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SEPARATOR = b"\0\0"
DEFLATED = "deflate without header"
# base64 of zlib of JSON of base64 of UTF-16 is five.
MAX_DEPTH = 5
MAX_INFLATED_BYTES = 64 * 1024 * 1024
_INPUT_PIECE = 64 * 1024
_FIRST_LOOK = 512
_SMALL_STEP = 8


@dataclass(frozen=True)
class Blob:
    """Bytes at one level of decoding; `layers` says how they were reached, `origins` from where."""

    data: bytes = field(repr=False)
    origins: tuple[Sequence[int], Sequence[int]] = ((0,), (0,))
    layers: tuple[str, ...] = ()

    def origin(self, position: int) -> int:
        """The offset in the scanned data, of the byte itself or of the run that encoded it."""
        here, there = self.origins
        index = bisect_right(here, position) - 1
        return there[index] + (0 if self.layers else position - here[index])

    def child(self, layer: str | None, pieces: Sequence[tuple[int, bytes]]) -> Blob:
        """A blob of pieces, each with its position in this one; `layer` None is no decoding."""
        here, position = [], 0
        for _, piece in pieces:
            here.append(position)
            position += len(piece) + len(SEPARATOR)
        there = [self.origin(at) for at, _ in pieces]
        layers = self.layers if layer is None else (*self.layers, layer)
        return Blob(SEPARATOR.join(piece for _, piece in pieces), (here, there), layers)


def printable(blob: Blob, shortest: int) -> Blob:
    """Only the runs of ASCII text: sealed data has few, so what reads text has little to read."""
    runs = re.finditer(rb"[\t\n\r -~]{%d,}+" % shortest, blob.data)
    return blob.child(None, [(run.start(), run[0]) for run in runs])


class Decoder:
    """Decodes blobs of one scan. Remembers what it decoded, as logs repeat the same words often."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._seen: dict[str, set[bytes]] = {"hex": set(), "base64": set()}

    def decoded(self, blob: Blob, text: Blob) -> Iterator[Blob]:
        """Everything that decodes out of `blob`; `text` is its printable part."""
        if len(blob.layers) >= MAX_DEPTH:
            return
        yield blob.child("utf-16", list(_utf16(blob.data, self._shortest)))
        yield blob.child("inflated", list(_wrapped(blob, self._shortest)))
        yield blob.child(DEFLATED, list(_deflated(blob, self._shortest)))
        yield blob.child("escaped", list(_unescaped(blob.data)))
        runs = list(self._new("hex", _hex_runs(text.data, self._shortest)))
        for parity in range(2):
            yield text.child("hex", list(_hex(runs, parity)))
        runs = list(self._new("base64", _base64_runs(text.data, self._shortest)))
        for alignment in range(4):
            yield text.child("base64", list(_base64(runs, alignment)))

    def _new(self, kind: str, runs: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        seen = self._seen[kind]
        for start, run in runs:
            if run not in seen:
                seen.add(run)
                yield start, run


def _utf16(data: bytes, shortest: int) -> Iterator[tuple[int, bytes]]:
    # Begins with a literal byte because the regex engine then leaps from zero to zero. The run
    # covers both byte orders: the first character of a little-endian one stands just before it.
    pattern = rb"\0[\t\n\r -~]\0[\t\n\r -~](?:\0[\t\n\r -~]){%d,}+\0?" % max(shortest - 4, 0)
    for run in re.finditer(pattern, data):
        start = max(run.start() - 1, 0)
        yield start, data[start : run.end()].replace(b"\0", b"")


def _hex_runs(text: bytes, shortest: int) -> Iterator[tuple[int, bytes]]:
    for run in re.finditer(rb"[0-9A-Fa-f]{%d,}+" % (2 * shortest), text):
        yield run.start(), run[0]


def _hex(runs: list[tuple[int, bytes]], parity: int) -> Iterator[tuple[int, bytes]]:
    for start, run in runs:
        digits = run[parity:]
        yield start, bytes.fromhex(digits[: len(digits) & ~1].decode())


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_LINE_BREAK = rb"\r?\n[ \t]*+"
# Hex, a UUID or a time stamp: that base64 looks like this by chance is 1 in 10**9.
_DIGITS_ONLY = re.compile(rb"[0-9a-f-]{16,}|[0-9A-F-]{16,}")


def _base64_runs(text: bytes, shortest: int) -> Iterator[tuple[int, bytes]]:
    # Possessive, or the engine would keep a way back for each of a million lines.
    letters = shortest * 4 // 3 - 1
    pattern = rb"[A-Za-z0-9+/_-]{%d,}+(?:%s[A-Za-z0-9+/_-]++)*+" % (letters, _LINE_BREAK)
    for run in re.finditer(pattern, text):
        joined = re.sub(_LINE_BREAK, b"", run[0])
        if not _DIGITS_ONLY.fullmatch(joined):
            yield run.start(), joined.translate(_URL_SAFE)


def _base64(runs: list[tuple[int, bytes]], alignment: int) -> Iterator[tuple[int, bytes]]:
    for start, run in runs:
        letters = run[alignment:]
        # One letter left over is no byte; two or three are one or two.
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        yield start, binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


# Begins with one set of bytes: the regex engine then skips what cannot begin an escape.
_ESCAPE = re.compile(
    rb"[%\\&](?:(?<=%)[0-9A-Fa-f]{2}"
    rb"|(?<=\\)(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*+|x[0-9A-Fa-f]{2}|[0-7]{3}|[\"\\/bfnrt'])"
    rb"|(?<=&)(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)"
)
_ESCAPE_MARGIN = 256
_NAMED = dict(zip(b"bfnrt", b"\b\f\n\r\t", strict=True))


def _unescaped(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The surroundings of every percent, backslash and HTML escape, with the escapes undone."""
    start = end = -1
    for match in _ESCAPE.finditer(data):
        if match.start() > end:
            if end >= 0:
                yield start, _ESCAPE.sub(_unescape, data[start:end])
            start = max(match.start() - _ESCAPE_MARGIN, end, 0)
        end = match.end() + _ESCAPE_MARGIN
    if end >= 0:
        yield start, _ESCAPE.sub(_unescape, data[start:end])


def _unescape(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if found.startswith(b"&"):
        return html.unescape(found.decode()).encode("utf-8", "replace")
    if found.startswith(b"\\u"):
        units = bytes.fromhex(found.replace(b"\\u", b"").decode())
        return units.decode("utf-16-be", "replace").encode()
    if found.startswith((b"%", b"\\x")):
        return bytes.fromhex(found[-2:].decode())
    if len(found) == 4:
        return bytes([int(found[1:], 8) & 0xFF])
    return bytes([_NAMED.get(found[1], found[1])])


def _openings() -> bytes:
    """A pattern for the bytes that open a zlib or a gzip stream.

    zlib: any window, no dictionary, right check bits. Only the first byte is consumed, here and
    below: the next may itself open the stream that counts.
    """
    choices = [rb"\x1f(?=\x8b\x08)"]
    for method in range(0x08, 0x80, 0x10):
        flags = [f for f in range(256) if (method * 256 + f) % 31 == 0 and not f & 0x20]
        allowed = b"".join(b"\\x%02x" % flag for flag in flags)
        choices.append(b"\\x%02x(?=[%s])" % (method, allowed))
    return b"|".join(choices)


def _fixed_deflate() -> bytes:
    """A pattern for six bytes that open a raw deflate block with fixed codes and with ASCII text.

    Raw deflate has no header. Short texts use the fixed codes, though, where a printable character
    is eight bits beginning with 0101 to 1010, shifted by the three bits of the block's own header.
    """
    nibbles = [0b1010, 0b0110, 0b1110, 0b0001, 0b1001, 0b0101]  # 5..A, bits in deflate's order
    first, later = (
        b"".join(b"\\x%02x" % b for b in range(256) if b & 7 in low and (b >> 3) & 15 in nibbles)
        for low in ((2, 3), range(8))
    )
    # Compressed text soon has bytes that are none; text itself would pass far too often.
    noise_follows = rb"(?=[\t\n\r -~]{0,11}+[^\t\n\r -~])"
    return b"[" + first + b"](?=[" + later + b"]{5})" + noise_follows


_OPENING = re.compile(_openings())
_FIXED = re.compile(_fixed_deflate())


def _wrapped(blob: Blob, shortest: int) -> Iterator[tuple[int, bytes]]:
    """What zlib and gzip streams inflate to, also those cut off or damaged further on."""
    data = memoryview(blob.data)
    for match in _OPENING.finditer(data):
        output = inflate(data[match.start() :], zlib.MAX_WBITS + 32)
        if len(output) >= shortest:
            yield match.start(), output


def _deflated(blob: Blob, shortest: int) -> Iterator[tuple[int, bytes]]:
    """What streams without a header inflate to, as far as that is text.

    Noise often inflates to something, and what comes out, being repetitive, does so even more: a
    chain reaction. So only text counts, and such a stream is not looked for inside another.
    """
    if DEFLATED in blob.layers:
        return
    data = memoryview(blob.data)
    text = re.compile(rb"[\t\n\r -~]{%d}|(?:[\t\n\r -~]\0){%d}" % (shortest, shortest - 1))
    for start in _deflate_starts(blob):
        output = inflate(data[start:], -zlib.MAX_WBITS)
        if text.search(output) or (not output.isascii() and _is_utf8(output)):
            yield start, output


def _is_utf8(data: bytes) -> bool:
    try:
        return bool(data.decode())
    except UnicodeDecodeError:
        return False


def _may_be_deflate(data: bytes, start: int) -> bool:
    """Whether a block with codes may begin here; a stored block holds its text in the clear.

    A block with its own codes, which take forty bytes and more, is only written for longer texts.
    """
    kind = data[start] & 7 if start < len(data) else 0
    return kind in (2, 3) or (kind in (4, 5) and SEPARATOR not in data[start : start + 40])


def _deflate_starts(blob: Blob) -> Iterator[int]:
    data = blob.data
    # Codes of its own show nothing that tells a stream from noise: tried where data begins.
    yield from (start for start in blob.origins[0] if _may_be_deflate(data, start))
    for at in (match.start() for match in re.finditer(rb"PK\x03\x04", data)):
        lengths = data[at + 26 : at + 28], data[at + 28 : at + 30]
        yield at + 30 + sum(int.from_bytes(two, "little") for two in lengths)
    for match in _FIXED.finditer(data):
        yield match.start()


def inflate(data: memoryview, wbits: int) -> bytes:
    """What `data` inflates to, up to the first fault, with at most `MAX_INFLATED_BYTES`."""
    try:
        # Most tries are noise and fail right here, so this is kept cheap.
        if not zlib.decompressobj(wbits).decompress(data[:_FIRST_LOOK], _SMALL_STEP):
            return b""
    except zlib.error:
        return b""
    output, whole = _inflate(data, wbits, _INPUT_PIECE)
    # zlib keeps back what it had when it met the fault, so go there again in small steps.
    return output if whole else max(output, _inflate(data, wbits, _SMALL_STEP)[0], key=len)


def _inflate(data: memoryview, wbits: int, step: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(wbits)
    output = bytearray()
    position = 0
    try:
        while not stream.eof and len(output) < MAX_INFLATED_BYTES:
            piece: bytes | memoryview = stream.unconsumed_tail
            if not piece:
                # zlib copies what it leaves, so small steps take small pieces.
                size = max(step, 128)
                piece = data[position : position + size]
                position += len(piece)
            if not len(piece):
                output += stream.flush()
                break
            output += stream.decompress(piece, step)
    except zlib.error:
        return bytes(output), False
    return bytes(output), True
