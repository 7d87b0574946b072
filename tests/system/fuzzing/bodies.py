"""Forms as bytes: with every kind of type, encoding and boundary that somebody may send."""

from __future__ import annotations

import io
import json
import random
from urllib.parse import quote_from_bytes

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from tests.system.fuzzing.fields import Pairs, Value
from tests.system.fuzzing.values import MARK, escaped, text

FORM = "application/x-www-form-urlencoded"
CHARSETS = ("utf-8", "UTF-16", "utf-7", "latin-1", "nonsense", f'"{MARK}"', "idna", "rot13", "")
ODD_TYPES = (
    "", "text/plain", "application/json", "application/xml", "multipart/mixed; boundary=x",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
    f"text/{MARK}", f"{FORM};", f"{FORM}; charset", f"{FORM};;;=;", "/", ";", f"{FORM}, {FORM}",
    "APPLICATION/X-WWW-FORM-URLENCODED", f"multipart/form-data; boundary={'x' * 300}",
)  # fmt: skip
BOUNDARIES = ("x", "----WebKitFormBoundary7MA4", "'()+_,-./:=?", MARK, "a b", "é", "--")


def encoded(pairs: Pairs, rng: random.Random) -> tuple[bytes, str]:
    """A body and its content type."""
    kind = rng.random()
    if kind < 0.72:
        return urlencoded(pairs, rng), FORM
    if kind < 0.77:
        return urlencoded(pairs, rng), f"{FORM}; charset={rng.choice(CHARSETS)}"
    if kind < 0.90:
        return multipart(pairs, rng)
    if kind < 0.94:
        return urlencoded(pairs, rng), rng.choice(ODD_TYPES)
    if kind < 0.96:
        return json.dumps({name: str(value) for name, value in pairs}).encode(), "application/json"
    if kind < 0.98:
        return text(rng).encode("utf-16-le", "surrogatepass") + MARK.encode(), FORM
    return MARK.encode() + rng.randbytes(rng.choice((0, 50, 70_000))), rng.choice(
        (FORM, *ODD_TYPES)
    )


def urlencoded(pairs: Pairs, rng: random.Random) -> bytes:
    """Mostly rightly encoded."""
    if rng.random() < 0.85:
        return b"&".join(
            quote_from_bytes(_bytes(name), b"").encode()
            + b"="
            + quote_from_bytes(_bytes(value), b"").encode()
            for name, value in pairs
        )
    joint = rng.choice((b"&", b"&", b";", b"&&", b"\r\n"))
    return joint.join(
        escaped(_bytes(name), rng)
        + rng.choice((b"=", b"=", b"", b"=="))
        + escaped(_bytes(value), rng)
        for name, value in pairs
    )


def multipart(pairs: Pairs, rng: random.Random) -> tuple[bytes, str]:
    """Parts with boundaries and headers that are right or nearly so."""
    boundary = rng.choice(BOUNDARIES)
    is_odd = rng.random() < 0.4
    line = rng.choice((b"\r\n", b"\r\n", b"\n")) if is_odd else b"\r\n"
    mark = b"--" + boundary.encode()
    body = bytearray(MARK.encode() + line if is_odd and rng.random() < 0.3 else b"")
    for name, value in pairs:
        body += mark + line + _part_header(name, rng, is_odd=is_odd) + line + line
        body += _bytes(value) + line
    body += mark + b"--" + (line if rng.random() < 0.9 else b"")
    if is_odd and rng.random() < 0.3:
        body = body[: rng.randrange(len(body))]
    quoted = f'"{boundary}"' if rng.random() < 0.7 else boundary
    return bytes(body), f"multipart/form-data; boundary={quoted}"


def _part_header(name: str, rng: random.Random, *, is_odd: bool) -> bytes:
    plain = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    header = b'Content-Disposition: form-data; name="' + _bytes(plain) + b'"'
    if not is_odd:
        return header
    return header + rng.choice((
        b"", b'; filename="' + MARK.encode() + b'.exe"',
        b"; filename*=utf-8''%ff%00" + MARK.encode(),
        b"\r\nContent-Type: text/plain; charset=utf-16", b"\r\nContent-Transfer-Encoding: base64",
        b"\r\nX: " + b"y" * 9000, b"\r\n" + MARK.encode(), b"; name=\"To\"",
    ))  # fmt: skip


def as_read(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """The fields that a reader of this body finds: what must be signed to be believed."""
    kind, options = parse_options_header(content_type)
    try:
        parser = FormDataParser(stream_factory=_in_memory)
        _, form, _ = parser.parse(io.BytesIO(body), kind, len(body), options)
    except (HTTPException, ValueError):
        return []
    return list(form.items(multi=True))


def _in_memory(*_sizes: object, **_more: object) -> io.BytesIO:
    return io.BytesIO()


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
