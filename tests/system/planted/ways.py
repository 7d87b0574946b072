"""How planted values get in by the provider and by people who mistype: taken and refused."""

from __future__ import annotations

import json
import secrets
import urllib.parse

import requests

from tests.support.canary import scan_bytes
from tests.support.carrier_signature import status_fields
from tests.system.planted.values import (
    ADDRESS,
    CANARIES,
    EMAIL,
    HEADERS,
    LOCKED_OUT,
    NUMBER,
    PASSWORD,
    PICTURE_SID,
    SIDS,
    SPANISH,
    STREET,
    TIP,
    UNREACHABLE,
    USER_AGENT,
)
from tests.system.residents import MESSAGE_PATH, STATUS_PATH, Provider
from tests.system.staff import Desk


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
