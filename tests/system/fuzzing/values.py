"""Hostile values. Each holds the mark, by which it is found again where it must not be."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable

# In no template, no word list and no log line; the same in small letters.
MARK = "zqfuzzmarkqz"
# Shown as it is, this would be markup: in a text, and in an attribute.
UNESCAPED = re.compile(rf"{MARK}[<>\"']{MARK}|{MARK}&(?!amp;){MARK}".encode(), re.IGNORECASE)
BREAKING = f"{MARK}<{MARK}>{MARK}\"{MARK}'{MARK}&{MARK}"
METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
    "BREW", "get", "Post", "M-SEARCH", "QUERY",
)  # fmt: skip
LONGEST = (200, 600, 5_000, 11_000, 40_000)

TEXTS: tuple[str, ...] = (
    BREAKING,
    f"<script>{MARK}</script>",
    f"\"><img src=x onerror={MARK}>'",
    f"{MARK}\0{MARK}",
    f"\u202e{MARK}\u200b\u200d\ufeff\u2066",
    f"\r\nSet-Cookie: {MARK}=1\r\nX-{MARK}: 1\r\n\r\n<html>",
    f"{MARK}\n\n\n\r\r\n\t\x0b\x0c\x1b[31m\x7f\x85\u2028\u2029",
    "e" + "\u0301" * 300 + MARK,
    f"👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈{MARK}\U000e0001\U000e007f\U0010ffff\ufffe",
    f"{{{{7*7}}}}{{% raw %}}{MARK}%(place)s%s%n{{0}}${{jndi:ldap://{MARK}}}",
    f"' OR 1=1; DROP TABLE envelopes; -- {MARK}",
    f"../../../../etc/passwd%00{MARK}",
    f"١٢٣²½Ⅷ{MARK}",
    f"＜script＞{MARK}﷽ﬀİıſK",
    f" \u00a0\u2003{MARK}\u3000 ",
    f"-{MARK}--><!--{MARK}--]]>",
    f"\ufffd\ud7ff\ue000{MARK}",
)
# What stands in bytes only, percent-encoded or plain: no text at all.
RAW = (
    b"\xed\xa0\x80", b"\xed\xb0\x80\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"\xf4\x90\x80\x80",
    b"\xe2\x82", b"\x80", b"\0", b"\xef\xbf\xbe", b"\x00\xff\x00", b"\xf0\x9f",
)  # fmt: skip


LETTERS = frozenset(string.ascii_letters.encode() + string.digits.encode())


def text(rng: random.Random) -> str:
    """A hostile text; seldom a very long one."""
    kind = rng.random()
    if kind < 0.7:
        return rng.choice(TEXTS)
    if kind < 0.9:
        letters = (chr(_code_point(rng)) for _ in range(rng.randint(0, 30)))
        return "".join(letters) + rng.choice((MARK, BREAKING))
    if kind < 0.97:
        return rng.choice(TEXTS) * rng.randint(2, 5)
    piece = rng.choice(("a", " ", "\n", "é", "警", "🚨", "<", MARK, BREAKING, "%", "\0"))
    return MARK + piece * (rng.choice(LONGEST) // len(piece))


def raw(rng: random.Random) -> bytes:
    """Hostile bytes."""
    return MARK.encode() + b"".join(rng.choice(RAW) for _ in range(rng.randint(1, 4)))


def header_text(rng: random.Random) -> bytes:
    """A header's value: what a line can hold, and sometimes what it cannot."""
    if rng.random() < 0.1:
        return MARK.encode() + rng.choice(
            (b"\r\nX-" + MARK.encode() + b": 1", b"\0", b"\rX", b"\nX")
        )
    value = text(rng)[:300].encode("utf-8", "surrogatepass")
    return value.translate(None, bytes(range(32)) + b"\x7f") or MARK.encode()


def escaped(value: bytes, rng: random.Random) -> bytes:
    """Percent-encoded, more or less rightly."""
    keep = rng.choice((b"", b"<>\"'", b"/:@"))
    made = bytearray()
    for byte in value:
        if byte in LETTERS or byte in keep:
            made.append(byte)
        else:
            made += b"%%%02X" % byte if rng.random() < 0.9 else b"%%%02x" % byte
    if rng.random() < 0.04:
        made += rng.choice((b"%", b"%4", b"%zz", b"%u0041", b"%%30"))
    return bytes(made)


def one_of(*makers: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(makers)(rng)


def _code_point(rng: random.Random) -> int:
    code = rng.choice((0x7F, 0x2FF, 0x2FFF, 0xFFFF, 0x10FFFF))
    point = rng.randint(0, code)
    return 0xFFFD if 0xD800 <= point <= 0xDFFF else point
