"""Planted values, and the ways in which somebody could have written them down."""

from __future__ import annotations

import base64
import gzip
import json
import os
import urllib.parse
import zlib
from collections.abc import Callable

from tests.support.canary import Canary
from tests.support.carrier_signature import new_sid

NUMBER = "+12095550187"
UNREACHABLE = "+12095550188"
LOCKED_OUT = "+12095550189"
TELLING = "+12095550186"
TIP = "The crimson forklift behind Weatherby cannery hides eleven stolen generators"
SPANISH = "El camión añil de Gutiérrez está enterrado detrás del almacén de Peñaranda"
STREET = "4471 Thistledown Crossing"
REPLY = "Could you say which loading dock the forklift usually parks beside"
USER_AGENT = "Peregrine-Handset/8.41 (Quillfeather OS)"
ADDRESS = "198.51.100.237"
EMAIL = "marigold.ostrander@example.net"
PASSWORD = "hollyhock-Battleship-29"
# Of the web: where the connections come from, and what is typed into the public forms.
SOURCE = "127.71.203.95"
WHAT = "Somebody stacks copper downspouts beneath the Larkspur bandstand"
WHERE = "882 Quarrystone Terrace"
WHEN = "whenever the lamplighters rehearse their operetta"
WEB_SPANISH = "Esconden bobinas de cobre debajo del quiosco de Villanúñez"
MORE = "Further downspouts arrived inside the baker's turquoise trailer"
LETTER = "Please describe whoever drives the turquoise trailer at weekends"
# Of somebody who says who they are, and of somebody else.
OWN_NAME, OWN_STREET, OWN_PHONE = "Philomena Dunthorpe", "5583 Marrowbone Lane", "209-555-0164"
THEIRS = "209-555-0193"
TELLS = (
    f"My name is {OWN_NAME}. My address is {OWN_STREET}. My phone number is {OWN_PHONE}."
    f" The man who sells the guns answers at {THEIRS}."
)
# Of staff.
CALLED_IN = "The caller heard Bartholomew Quince brag about torching the granary"
NOTE = "Cross-checked Quince against the granary ledger, nothing conclusive"
DRAFT = "Would you recognise the granary arsonist by his wristwatch"
TAG = "granary-arsonists"
CASE_NUMBER = "RMS-77-GRNRY-4410"
SEARCH = "torching wristwatch Larkspur downspouts"
FILTER = "Quince granary watchlist"
SIDS = [new_sid() for _ in range(6)]
PICTURE_SID = new_sid("MM")

# Not even an investigator may see these.
OWN = [
    Canary("resident's name", OWN_NAME, "text"),
    Canary("resident's street", OWN_STREET, "address"),
    Canary("resident's phone", f"+1{OWN_PHONE.replace('-', '')}", "number"),
    Canary("number of one who says who they are", TELLING, "number"),
]
CANARIES = [
    *OWN,
    Canary("somebody else's number", f"+1{THEIRS.replace('-', '')}", "number"),
    Canary("number", NUMBER, "number"),
    Canary("number of an unreachable phone", UNREACHABLE, "number"),
    Canary("number that texted STOP", LOCKED_OUT, "number"),
    Canary("English tip", TIP, "text"),
    Canary("Spanish tip", SPANISH, "text"),
    Canary("reply", REPLY, "text"),
    Canary("street address", STREET, "address"),
    Canary("user agent", USER_AGENT, "agent"),
    Canary("IP address", ADDRESS, "ip"),
    Canary("IP address of a connection", SOURCE, "ip"),
    Canary("web tip", WHAT, "text"),
    Canary("web tip's place", WHERE, "address"),
    Canary("web tip's time", WHEN, "text"),
    Canary("Spanish web tip", WEB_SPANISH, "text"),
    Canary("further message", MORE, "text"),
    Canary("letter", LETTER, "text"),
    Canary("call-in", CALLED_IN, "text"),
    Canary("note", NOTE, "text"),
    Canary("draft", DRAFT, "text"),
    Canary("tag", TAG, "text"),
    Canary("case number", CASE_NUMBER, "id"),
    Canary("search", SEARCH, "text"),
    Canary("saved filter", FILTER, "text"),
    Canary("email", EMAIL, "text"),
    Canary("password", PASSWORD, "text"),
    *(Canary(f"message id {n}", sid, "id") for n, sid in enumerate([*SIDS, PICTURE_SID])),
]
HEADERS = {"User-Agent": USER_AGENT, "X-Forwarded-For": ADDRESS, "Forwarded": f"for={ADDRESS}"}

# -- leaks, to see that they are found ---------------------------------------------------------

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
# What is a secret somewhere, by its looks: a key, seven words, a cookie.
KEY = os.urandom(32)
WORDS = "unruly hazelnut plywood gravity snowbound kettle dragonfly"
COOKIE = base64.urlsafe_b64encode(os.urandom(48)).decode()
MADE_UP = [
    *CANARIES,
    Canary("key", KEY.hex(), "key"),
    Canary("receipt", WORDS, "text"),
    Canary("cookie", COOKIE, "id"),
]


def leaks(encode: Encoding) -> bytes:
    """One leak of each kind of planted value, between noise."""
    noise = os.urandom(64)
    return noise + (b"\n" + noise + b"\n").join(encode(value) for value in PLANTED) + noise


def planted_names() -> set[str]:
    return {canary.name for canary in CANARIES if canary.value in PLANTED}


def leak_of_everything() -> bytes:
    """Every value as it is, and a key as its bytes."""
    texts = [one.value.encode() for one in MADE_UP if one.kind != "key"]
    return b"\n".join([*texts, KEY, b""])


def made_up_names() -> set[str]:
    return {one.name for one in MADE_UP}
