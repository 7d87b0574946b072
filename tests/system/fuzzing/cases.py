"""One request of the fuzzer, made from the seed and its number alone (but for sealed fields)."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from urllib.parse import quote

from tests.support.carrier_signature import sign
from tests.system.fuzzing import framing
from tests.system.fuzzing.bodies import as_read, encoded
from tests.system.fuzzing.fields import FORM_TOKEN, Filler
from tests.system.fuzzing.values import MARK, METHODS, header_text, raw, text
from tests.system.fuzzing.world import CONSOLE_SITE, GATEWAY, Route, World

UNKNOWN = Route(GATEWAY, "(no route)", "", ("GET",), is_public=True)
UNKNOWN_STAFF = Route(CONSOLE_SITE, "(no route)", "", ("GET",), is_public=True)
VARIABLE = re.compile(r"<(?:(?P<kind>[^:<>]+):)?(?P<name>\w+)>")
HEADERS = (
    "Accept-Language", "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded",
    "X-Forwarded-Proto", "Accept", "Range", "If-None-Match", "If-Modified-Since", "Authorization",
    "X-HTTP-Method-Override", "Content-Encoding", "Upgrade", "X-Twilio-Signature", "Via",
    "SCRIPT_NAME",
    "X-Original-URL", "Accept-Encoding", "Cache-Control",
)  # fmt: skip
# Words that stand where a path has a variable.
SAMPLES = {
    "filename": ("public.css", "console.css", "palette.css", "icon.svg"),
    "language": ("en", "es", "xx"),
    "place": ("0/000", "0/000.p/9", "entries/000", "entries/x001/000", "64/000", "0/999", "1/000"),
}
GOOD, HALF = 0.8, 0.5


@dataclass(frozen=True)
class Case:
    """A request as bytes. What is `whole` goes over a connection that others use as well."""

    number: int
    route: Route
    method: str
    raw: bytes
    is_whole: bool
    is_large: bool
    is_signed: bool = False

    def __str__(self) -> str:
        shown = self.raw if len(self.raw) < 1500 else self.raw[:1400] + b"[...]"
        return f"request {self.number}, {self.method} {self.route.rule}: {shown!r}"


def case(world: World, seed: int, number: int) -> Case:
    """The request with this number."""
    return _Maker(world, random.Random(f"{seed}/{number}"), number).case()


class _Maker:
    def __init__(self, world: World, rng: random.Random, number: int) -> None:
        self.world, self.rng, self.number = world, rng, number
        self.route = self._route()
        self.slug = rng.choice(world.slugs)

    def case(self) -> Case:
        rng, route = self.rng, self.route
        method = rng.choice(route.methods) if rng.random() < GOOD else rng.choice(METHODS)
        path = self._path()
        query = self._query()
        target = path + (f"?{query}" if query else "")
        headers: list[tuple[str, bytes]] = [("User-Agent", MARK.encode()), *self._headers()]
        body = b""
        has_body = method.upper() not in ("GET", "HEAD", "OPTIONS", "TRACE") or rng.random() < 0.05
        is_signed = False
        if has_body:
            body, kind = encoded(Filler(self.world, rng, route, self.slug).form(), rng)
            if rng.random() < 0.98:
                headers.append(("Content-Type", kind.encode("utf-8", "replace")))
            if route.rule.startswith("/webhooks/"):
                signature, is_signed = self._signature(target, body, kind)
                headers.append(("X-Twilio-Signature", signature))
        host = self.world.url(route.site).removeprefix("http://").encode()
        request = framing.Request(method, target.encode(), host, headers, body)
        made, is_whole = framing.framed(request, rng)
        is_large = len(body) > 60_000
        return Case(self.number, route, method, made, is_whole, is_large, is_signed)

    # -- where to ----------------------------------------------------------------------------

    def _route(self) -> Route:
        """Webhooks and public pages often, members' pages seldom, and each route at some time."""
        rng, routes = self.rng, self.world.routes
        kind = rng.random()
        if kind < 0.03:
            return UNKNOWN if kind < 0.02 else UNKNOWN_STAFF
        if kind < 0.30:
            chosen = [r for r in routes if r.rule.startswith("/webhooks/")]
        elif kind < 0.80:
            chosen = [r for r in routes if r.site == GATEWAY]
        elif kind < 0.92:
            chosen = [r for r in routes if r.site == CONSOLE_SITE and r.is_public]
        else:
            chosen = [r for r in routes if not r.is_public]
        return rng.choice(chosen)

    def _path(self) -> str:
        rng = self.rng
        if not self.route.endpoint:
            start = rng.choice(("/", "//", "/en/", "/es/tip/", "/webhooks/", "/static/", "/./../"))
            return start + self._hostile_piece()
        path = VARIABLE.sub(self._variable, self.route.rule)
        if rng.random() < 0.05:
            path += rng.choice(("/", "//", "/..", f"/{MARK}", ";x=1", "%2f", "%00", "."))
        return path

    def _variable(self, found: re.Match[str]) -> str:
        rng, kind, name = self.rng, found["kind"] or "", found["name"]
        if kind.startswith("any("):
            return rng.choice([item.strip() for item in kind[4:-1].split(",")])
        if rng.random() > GOOD:
            return self._hostile_piece()
        if name == "slug":
            return self.slug
        return rng.choice(SAMPLES.get(name, ("quiet-heron-48", "0" * 32)))

    def _hostile_piece(self) -> str:
        value = raw(self.rng) if self.rng.random() < 0.3 else text(self.rng)[:120].encode()
        return quote(value, safe="/" if self.rng.random() < HALF else "")

    def _query(self) -> str:
        rng = self.rng
        parts = [f"{MARK}={quote(text(rng)[:100].encode(), safe='')}"]
        if self.route.endpoint == "webhooks.receive_status" and rng.random() < 0.9:
            parts.append(f"ref={rng.randbytes(16).hex()}")
        if rng.random() < 0.1:
            parts.append(rng.choice((f"x={quote(raw(rng))}", "&&=&", "ref=x", "bodySHA256=x", "%")))
        return "&".join(parts)

    # -- headers -----------------------------------------------------------------------------

    def _headers(self) -> list[tuple[str, bytes]]:
        rng = self.rng
        cookies = [f"a={MARK}".encode()]
        if self.route.site == CONSOLE_SITE:
            token = FORM_TOKEN if rng.random() < 0.9 else "ff"
            cookies.append(f"tipline-form={token}".encode())
            if rng.random() < 0.3:
                cookies.append(b"tipline=" + rng.choice((b'"\\000\\377"', b"QUJD" * 16, b"=")))
                cookies.append(
                    b"tipline-language=" + rng.choice((b"es", MARK.encode(), b'"\\012"'))
                )
        made = [("Cookie", b"; ".join(cookies))]
        for _ in range(rng.choice((0, 1, 1, 3))):
            made.append((rng.choice(HEADERS), header_text(rng)))
        if rng.random() < 0.2:
            made.append(("Referer", f"{self.world.url(self.route.site)}/?{MARK}".encode()))
        return made

    def _signature(self, target: str, body: bytes, kind: str) -> tuple[bytes, bool]:
        """The provider's signature over what the gateway will read, or another one."""
        rng = self.rng
        if rng.random() < 0.1:
            return rng.choice((header_text(rng), b"", b"AAAA", b"\xff\xfe")), False
        token = self.world.account["auth_token"]
        url = self.world.url(GATEWAY) + target
        return sign(token, url, as_read(body, kind)).encode(), True
