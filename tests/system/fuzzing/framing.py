"""Requests on the wire: mostly as HTTP has them (RFC 9112), and in many ways as it does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.system.fuzzing.values import MARK, raw

# How many of a hundred requests are broken, or at least unusual, on the wire.
UNUSUAL = 0.14
CONTROLS = bytes((*range(32), 127))


@dataclass(frozen=True)
class Request:
    """The parts of a request."""

    method: str
    target: bytes
    host: bytes
    headers: list[tuple[str, bytes]]
    body: bytes


def framed(request: Request, rng: random.Random) -> tuple[bytes, bool]:
    """The request as bytes, and whether the next one may follow it on the same connection."""
    is_plain = all(value.translate(None, CONTROLS) == value for _, value in request.headers)
    if rng.random() > UNUSUAL and is_plain:
        if request.body and rng.random() < 0.06:
            return _chunked(request, rng), True
        return whole(request), True
    return rng.choice(WAYS)(request, rng), False


def whole(request: Request, version: bytes = b"HTTP/1.1", length: bytes | None = None) -> bytes:
    headers = list(request.headers)
    if request.body or request.method == "POST":
        size = str(len(request.body)).encode() if length is None else length
        headers.append(("Content-Length", size))
    return _head(request, headers, version) + request.body


def _head(
    request: Request,
    headers: list[tuple[str, bytes]],
    version: bytes = b"HTTP/1.1",
    *,
    has_host: bool = True,
    line: bytes = b"\r\n",
) -> bytes:
    first = request.method.encode() + b" " + request.target + b" " + version
    lines = [first, *([b"Host: " + request.host] if has_host else [])]
    lines += [name.encode() + b": " + value for name, value in headers]
    return line.join(lines) + line + line


def _chunked(request: Request, rng: random.Random, end: bytes = b"0\r\n\r\n") -> bytes:
    pieces, rest = bytearray(), request.body
    while rest:
        size = rng.randint(1, max(1, len(rest)))
        extension = rng.choice((b"", b"", b";x=y", b" ; a"))
        pieces += b"%x" % size + extension + b"\r\n" + rest[:size] + b"\r\n"
        rest = rest[size:]
    return _with(request, "Transfer-Encoding", b"chunked") + bytes(pieces) + end


def _with(request: Request, name: str, value: bytes) -> bytes:
    return _head(request, [*request.headers, (name, value)])


# -- unusual ---------------------------------------------------------------------------------


def _cut(request: Request, rng: random.Random) -> bytes:
    made = whole(request)
    return made[: rng.randrange(1, len(made))]


def _cut_body(request: Request, rng: random.Random) -> bytes:
    body = request.body or MARK.encode()
    made = whole(replace(request, body=body))
    return made[: -rng.randint(1, len(body))]


def _wrong_length(request: Request, rng: random.Random) -> bytes:
    size = len(request.body)
    lengths = (
        size + 1, size - 1, 0, -1, 10**12, 10**30, f"{size}, {size}", "+5", "0x5", "5 5", "", MARK,
        "1e3", "²", 2**63, 2**64,
    )  # fmt: skip
    return whole(request, length=str(rng.choice(lengths)).encode())


def _two_lengths(request: Request, rng: random.Random) -> bytes:
    other = rng.choice((b"0", b"5", MARK.encode()))
    return whole(replace(request, headers=[*request.headers, ("Content-Length", other)]))


def _length_and_chunks(request: Request, rng: random.Random) -> bytes:
    length = rng.choice((b"0", b"4", str(len(request.body)).encode()))
    return _chunked(replace(request, headers=[*request.headers, ("Content-Length", length)]), rng)


def _bad_chunks(request: Request, rng: random.Random) -> bytes:
    body = rng.choice((
        b"zz\r\n" + request.body, b"-5\r\nabc\r\n0\r\n\r\n", b"5\r\nab",
        b"ffffffffffffffffff\r\nab",
        b"5\nabcde\n0\n\n", b"5;" + b"x" * 9000, b"2\r\nabcdef\r\n0\r\n\r\n", b"", b"0", b"0\r\n",
        b"3\r\nabc\r\n0\r\n" + MARK.encode() + b": \0\r\n\r\n", b"1" * 20_000,
    ))  # fmt: skip
    return _with(request, "Transfer-Encoding", b"chunked") + body


def _trailers(request: Request, rng: random.Random) -> bytes:
    trailer = rng.choice((
        f"X: {MARK}\r\n\r\n".encode(), f"{MARK}\r\n\r\n".encode(), b": x\r\n\r\n",
        b"X: y\n\r\n\r\n",
        b"X y: 1\r\n\r\n", b"X:\0\r\n\r\n", b" folded\r\n\r\n",
        b"X: " + b"y" * 300_000 + b"\r\n\r\n",
        b"Content-Length: 5\r\n\r\n", b"A: 1\r\n" * 200 + b"\r\n", b"X: y\r\n",
    ))  # fmt: skip
    return _chunked(request, rng, b"0\r\n" + trailer)


def _other_coding(request: Request, rng: random.Random) -> bytes:
    coding = rng.choice((
        b"gzip", b"identity", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip", b"xchunked",
        b"", MARK.encode(), b"Chunked", b" chunked ", b"\x0bchunked",
    ))  # fmt: skip
    return _with(request, "Transfer-Encoding", coding) + b"0\r\n\r\n"


def _other_version(request: Request, rng: random.Random) -> bytes:
    versions = (
        b"HTTP/1.0", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1.10", b"http/1.1",
        b"", MARK.encode(), b"HTTP/1.1 " + MARK.encode(),
    )  # fmt: skip
    return whole(request, version=rng.choice(versions))


def _other_target(request: Request, rng: random.Random) -> bytes:
    target, mark = request.target, MARK.encode()
    targets = (
        b"http://" + request.host + target, b"http://" + mark + b".example" + target,
        b"https://user:" + mark + b"@[::1" + target, b"//" + mark + target, mark, b"*", b"",
        b"HTTP://[" + mark + b"]/", b"/" + raw(rng), b"/\\" + mark, target + b"#" + mark,
        target + b"?" + b"&x=y" * 900, target + b"?" + mark * 300, b"/" + mark * 2000,
        b"\t/" + mark,
        b"/en/" + b"../" * 200 + mark, b"/%" + mark, b"javascript:" + mark, b"http://", b"http:/x",
        b"/" + mark + b"\x7f", b"http://" + request.host,
        b"http://" + request.host + b":x" + target,
    )  # fmt: skip
    return whole(replace(request, target=rng.choice(targets)))


def _other_host(request: Request, rng: random.Random) -> bytes:
    mark = MARK.encode()
    hosts = (
        b"", mark + b".example", mark + b"\"><script>", b"[", b"[::1", b"a" * 5000, b"x:99999999",
        b"x:" + mark, b"\xff\xfe", b"a, b", b"127.0.0.1@" + mark, b"user:pw@x", b"..", b"x y",
    )  # fmt: skip
    if rng.random() < 0.2:
        return _head(request, request.headers, has_host=False) + request.body
    if rng.random() < 0.2:
        return whole(replace(request, headers=[("Host", mark), *request.headers]))
    return whole(replace(request, host=rng.choice(hosts)))


def _odd_headers(request: Request, rng: random.Random) -> bytes:
    mark = MARK.encode()
    odd = rng.choice((
        [(f"X-{number}", mark) for number in range(rng.choice((60, 70, 300)))],
        [("X", mark * 800)], [("Cookie", b"a=" + mark * 600)], [("X Y", mark)], [("", mark)],
        [("X\x00", mark)], [("X-\u00e9", mark)], [("X", b"a\r\n folded " + mark)], [("X", b"\0")],
        [("Expect", b"100-continue")], [("Expect", mark)], [("Connection", b"close, " + mark)],
        [("Connection", b"Upgrade, HTTP2-Settings"), ("Upgrade", b"h2c"), ("HTTP2-Settings", mark)],
        [("X-Forwarded-Proto", b"https"), ("X-Forwarded-SSL", b"off")], [("Transfer-Encoding ",
        b"x")],
        [("REMOTE_USER", mark)], [("Content_Length", b"5")], [("Content-Type", mark), ("Host",
        mark)],
        [(f"{MARK}<{MARK}", mark)], [("Sec-WebSocket-Key", mark), ("Upgrade", b"websocket")],
    ))  # fmt: skip
    return whole(replace(request, headers=[*request.headers, *odd]))


def _bare_lines(request: Request, rng: random.Random) -> bytes:
    line = rng.choice((b"\n", b"\r", b"\r\r\n", b"\n\r"))
    return _head(request, request.headers, line=line) + request.body


def _rubbish(request: Request, rng: random.Random) -> bytes:
    mark = MARK.encode()
    return rng.choice((
        mark + b"\r\n\r\n", b"\r\n\r\n" + whole(request), b"\0" * 100 + mark,
        b"\x16\x03\x01\x02\0" + mark,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + mark,
        b"PROXY TCP4 " + mark + b"\r\n" + whole(request),
        rng.randbytes(300) + mark, b" " + whole(request), b"GET\r\n\r\n",
        b"GET /" + mark + b"\r\n\r\n",
        b"A" * 10_000 + mark, whole(request) + whole(request), whole(request) + mark,
    ))  # fmt: skip


WAYS: tuple[Callable[[Request, random.Random], bytes], ...] = (
    _cut, _cut_body, _wrong_length, _two_lengths, _length_and_chunks, _bad_chunks, _trailers,
    _other_coding, _other_version, _other_target, _other_host, _odd_headers, _bare_lines, _rubbish,
)  # fmt: skip
