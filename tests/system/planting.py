"""Planted values, every way by which they get in, and every place where they could be found."""

from __future__ import annotations

import base64
import gzip
import json
import os
import secrets
import urllib.parse
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import requests

from tests.support.canary import Canary, Finding, scan_bytes, scan_tree, scan_valkey
from tests.support.carrier_signature import new_sid, status_fields
from tests.system.instance import Demo
from tests.system.residents import MESSAGE_PATH, STATUS_PATH, Provider
from tests.system.staff import Desk

NUMBER = "+12095550187"
UNREACHABLE = "+12095550188"
LOCKED_OUT = "+12095550189"
TIP = "The crimson forklift behind Weatherby cannery hides eleven stolen generators"
SPANISH = "El camión añil de Gutiérrez está enterrado detrás del almacén de Peñaranda"
STREET = "4471 Thistledown Crossing"
REPLY = "Could you say which loading dock the forklift usually parks beside"
USER_AGENT = "Peregrine-Handset/8.41 (Quillfeather OS)"
ADDRESS = "198.51.100.237"
EMAIL = "marigold.ostrander@example.net"
PASSWORD = "hollyhock-Battleship-29"
SIDS = [new_sid() for _ in range(6)]
PICTURE_SID = new_sid("MM")

CANARIES = [
    Canary("number", NUMBER, "number"),
    Canary("number of an unreachable phone", UNREACHABLE, "number"),
    Canary("number that texted STOP", LOCKED_OUT, "number"),
    Canary("English tip", TIP, "text"),
    Canary("Spanish tip", SPANISH, "text"),
    Canary("reply", REPLY, "text"),
    Canary("street address", STREET, "address"),
    Canary("user agent", USER_AGENT, "agent"),
    Canary("IP address", ADDRESS, "ip"),
    Canary("email", EMAIL, "text"),
    Canary("password", PASSWORD, "text"),
    *(Canary(f"message id {n}", sid, "id") for n, sid in enumerate([*SIDS, PICTURE_SID])),
]
HEADERS = {"User-Agent": USER_AGENT, "X-Forwarded-For": ADDRESS, "Forwarded": f"for={ADDRESS}"}


def text_everything(provider: Provider) -> None:
    """Genuine tips that hold every canary that a tip can hold."""
    for fields in (
        provider.fields(NUMBER, TIP, sid=SIDS[0]),
        provider.fields(NUMBER, f"{SPANISH}. {STREET}", sid=SIDS[1]),
        provider.fields(
            NUMBER, TIP, sid=PICTURE_SID,
            media=[(f"https://api.twilio.com/{PICTURE_SID}/Media/ME1", "image/jpeg")],
        ),
        provider.fields(UNREACHABLE, TIP, sid=SIDS[2]),
        provider.fields(LOCKED_OUT, SPANISH, sid=SIDS[3]),
    ):  # fmt: skip
        assert provider.post(fields, headers=HEADERS) == 200


def post_what_is_refused(provider: Provider) -> None:
    """Unsigned, malformed and misdirected webhooks with the canaries in URL, headers and body."""
    url = provider.gateway + MESSAGE_PATH
    everything = {canary.name.replace(" ", ""): canary.value for canary in CANARIES}
    fields = provider.fields(NUMBER, TIP, sid=SIDS[4])
    for query in ("", urllib.parse.urlencode(everything), f"bodySHA256={TIP}"):
        for headers in (HEADERS, {**HEADERS, "X-Twilio-Signature": TIP.replace(" ", "")}):
            answer = requests.post(f"{url}?{query}", data=fields, headers=headers, timeout=30)
            assert answer.status_code == 403
            assert not scan_bytes(answer.content + str(answer.headers).encode(), CANARIES)
    doubled = [*fields, ("Body", SPANISH)]
    missing = [(name, value) for name, value in fields if name != "NumMedia"]
    elsewhere = [(n, LOCKED_OUT if n == "To" else v) for n, v in fields]
    for signed in (doubled, missing, elsewhere):
        assert provider.post(signed, headers=HEADERS) in (400, 404)
    report = status_fields(
        SIDS[5], "delivered", sender=NUMBER, to=NUMBER,
        account_sid=provider.account["account_sid"],
    )  # fmt: skip
    assert provider.post(report, path=STATUS_PATH, query=f"ref={SIDS[5]}", headers=HEADERS) == 400
    ref = secrets.token_hex(16)
    assert provider.post(report, path=STATUS_PATH, query=f"ref={ref}", headers=HEADERS) == 204
    for base in (provider.gateway, provider.simulator):
        for method, path in (("GET", "/nowhere"), ("BREW", MESSAGE_PATH), ("PUT", MESSAGE_PATH)):
            requests.request(
                method, f"{base}{path}/{urllib.parse.quote(TIP)}", params=everything,
                data=json.dumps(everything), headers=HEADERS, timeout=30,
            )  # fmt: skip
    send_raw(provider.gateway, f"GET /{NUMBER} {TIP}\r\n{USER_AGENT}\r\n\r\n")
    send_raw(provider.gateway, f"POST {MESSAGE_PATH} HTTP/1.1\r\nX: {TIP}\r\n {ADDRESS}\r\n\r\n")


def send_raw(url: str, text: str) -> None:
    """Bytes that are no HTTP: servers like to log these."""
    import socket

    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(text.encode())
        while connection.recv(4096):
            pass


def sign_in_in_vain(desk: Desk) -> None:
    """Failing sign-ins with canaries as what people mistype."""
    for email, password, code in (
        (EMAIL, PASSWORD, "123456"),
        (NUMBER, TIP, SPANISH),
        ("auditor@example.org", PASSWORD, STREET),
    ):
        answer = desk.try_to_sign_in(email, password, code, HEADERS)
        assert answer.status_code == 401
    everything = {"email": EMAIL, "password": PASSWORD, "code": STREET, "csrf_token": TIP}
    refused = desk.post(f"/sign-in?{urllib.parse.urlencode(everything)}", everything, HEADERS)
    assert refused.status_code >= 400
    for path in (f"/lines/{PASSWORD}/threads/{EMAIL}", f"/?after={EMAIL}", f"/{STREET}"):
        desk.get(path)
    send_raw(desk.url, f"GET /{EMAIL} {PASSWORD}\r\n{ADDRESS}\r\n\r\n")


# -- looking everywhere ------------------------------------------------------------------------


def scan_disk(demo: Demo) -> list[Finding]:
    """The instance without demo.json, all output, and what processes had as TMPDIR and HOME."""
    return scan_tree(demo.folder, CANARIES, exclude=["i/demo.json"])


def scan_queue(demo: Demo) -> list[Finding]:
    with demo.queue() as queue:
        return scan_valkey(queue, CANARIES)


def scan_open_files(demo: Demo) -> list[Finding]:
    """What processes hold open besides: deleted files as well, and their command lines."""
    found: list[Finding] = []
    for process in demo.processes():
        folder = Path(f"/proc/{process.pid}")
        try:
            found += scan_bytes((folder / "cmdline").read_bytes(), CANARIES, "a command line")
            found += scan_bytes((folder / "environ").read_bytes(), CANARIES, "an environment")
            links = list((folder / "fd").iterdir())
        except (OSError, psutil.Error):
            continue
        for link in links:
            try:
                if link.is_file():
                    found += scan_bytes(link.read_bytes(), CANARIES, f"open file {link.name}")
            except OSError:
                continue
    return found


# -- planting leaks, to see that they are found ------------------------------------------------

Encoding = Callable[[str], bytes]
ENCODINGS: dict[str, Encoding] = {
    "clear": str.encode,
    "UTF-16 little-endian": lambda text: text.encode("utf-16-le"),
    "UTF-16 big-endian": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "upper-case hex": lambda text: text.encode().hex().upper().encode(),
    "URL": lambda text: urllib.parse.quote_plus(text).encode(),
    "URL, everything escaped": lambda text: "".join(f"%{b:02X}" for b in text.encode()).encode(),
    "JSON": lambda text: json.dumps({"body": text}).encode(),
    "JSON, everything escaped": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "reversed": lambda text: text[::-1].encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, shifted by one": lambda text: base64.b64encode(b"a" + text.encode()),
    "base64, shifted by two": lambda text: base64.b64encode(b"ab" + text.encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "zlib in base64": lambda text: base64.b64encode(zlib.compress(f"x {text} y".encode())),
    "zlib": lambda text: zlib.compress(f"Traceback: {text}".encode()),
    "gzip": lambda text: gzip.compress(text.encode()),
}
PLANTED = (NUMBER, TIP, SPANISH, SIDS[0], STREET, USER_AGENT, ADDRESS)


def leaks(encode: Encoding) -> bytes:
    """One leak of each kind of canary, between noise."""
    noise = os.urandom(64)
    return noise + (b"\n" + noise + b"\n").join(encode(value) for value in PLANTED) + noise


def planted_names() -> set[str]:
    return {canary.name for canary in CANARIES if canary.value in PLANTED}
