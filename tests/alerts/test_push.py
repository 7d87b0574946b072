"""Alerts to browsers: taken by a real push endpoint, and opened with the browser's key."""

from __future__ import annotations

import json
import secrets
import socket
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.alerts.receivers import HOST, Certificate, WebServer, web_server
from tests.crypto.test_webpush import opened
from tests.support.blueprint import MovableClock
from tipline.alerts.channel import (
    Alert,
    ReceiverBusyError,
    ReceiverGoneError,
    ReceiverRefusedError,
    ReceiverUncertainError,
)
from tipline.alerts.channels.push import PushChannel
from tipline.alerts.endpoints import BadEndpointError, is_public, parse_endpoint, public_address
from tipline.alerts.sending import Browser
from tipline.crypto.webpush import PushKey

ALERT = Alert("ab" * 16, "Police tips", "https://staff.example.org", is_repetition=False)
OURS, THEIRS, SECRET = PushKey.generate(), PushKey.generate(), secrets.token_bytes(16)


def channel(certificate: Certificate | None = None, *, inside: bool = True) -> PushChannel:
    return PushChannel(
        OURS,
        "https://staff.example.org",
        MovableClock(),
        may_go_inside=inside,
        context=certificate.client if certificate else None,
    )


def browser(server: WebServer, scheme: str = "http", host: str = HOST) -> Browser:
    endpoint = f"{scheme}://{host}:{server.port}/push/abc?v=1"
    return Browser(endpoint, THEIRS.public, SECRET)


def test_a_browser_is_told_that_a_tip_waits_and_its_push_service_nothing() -> None:
    with web_server() as server:
        channel().send(ALERT, browser(server))
    (post,) = server.posts
    assert post.path == "/push/abc?v=1"
    assert b"Police" not in post.body
    assert json.loads(opened(post.body, THEIRS, SECRET)) == {
        "title": "A tip is waiting",
        "body": "A tip on Police tips is waiting. Open the console: https://staff.example.org",
        "tag": "ab" * 16,
    }
    assert post.headers["content-encoding"] == "aes128gcm"
    assert (post.headers["ttl"], post.headers["urgency"]) == ("3600", "high")
    assert post.headers["topic"] == "ab" * 16
    assert len(post.headers["topic"]) <= 32, "RFC 8030, section 5.4"
    assert post.headers["authorization"].startswith("vapid t=")
    assert post.headers["host"] == f"{HOST}:{server.port}"


def test_over_tls_to_the_name_that_was_given(certificate: Certificate) -> None:
    with web_server(certificate) as server:
        channel(certificate).send(ALERT, browser(server, "https", "localhost"))
        assert len(server.posts) == 1
        with pytest.raises(ReceiverBusyError):
            channel(certificate).send(ALERT, browser(server, "https", HOST))
        with pytest.raises(ReceiverBusyError):
            channel().send(ALERT, browser(server, "https", "localhost"))
        assert len(server.posts) == 1, "neither another name nor an unknown authority"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, ReceiverGoneError),
        (410, ReceiverGoneError),
        (400, ReceiverRefusedError),
        (403, ReceiverRefusedError),
        (307, ReceiverRefusedError),
        (429, ReceiverBusyError),
        (500, ReceiverUncertainError),
        (503, ReceiverUncertainError),
    ],
)
def test_what_a_push_service_answers(status: int, expected: type[Exception]) -> None:
    with web_server() as elsewhere, web_server() as server:
        server.status, server.location = status, f"http://{HOST}:{elsewhere.port}/"
        with pytest.raises(expected):
            channel().send(ALERT, browser(server))
    assert elsewhere.posts == [], "a redirect is not followed"


def test_an_answer_that_never_comes_leaves_it_uncertain() -> None:
    with web_server() as server:
        server.breaks_off = True
        with pytest.raises(ReceiverUncertainError):
            channel().send(ALERT, browser(server))


def test_a_push_service_that_is_down_is_busy() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        down = WebServer(port=unused.getsockname()[1])
        with pytest.raises(ReceiverBusyError):
            channel().send(ALERT, browser(down))


INSIDE = [
    "http://push.example.net/x",
    "ftp://push.example.net/x",
    "https://127.0.0.1/x",
    "https://127.1.2.3/x",
    "https://10.0.0.7/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/x",
    "https://0.0.0.0/x",
    "https://224.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::a00:1]/x",
    "https://[2002:a00:1::]/x",
    "https://[fe80::1]/x",
    "https://[::a00:1]/x",
    "https://[fd00::1]/x",
    "https://localhost/x",
    "https://valkey.localhost/x",
    "https://printer.local/x",
    "https://user@push.example.net/x",
    "https://user:pw@push.example.net/x",
    "https://push.example.net:0/x",
    "https://push.example.net:99999/x",
    "https://[::1",
    "https://",
    "https:///x",
    "https://push.example.net/x y",
    "https://push.example.net/x\r\nHost: inside",
    "https://push.example.net/" + "x" * 1000,
    "",
]


@pytest.mark.parametrize("url", INSIDE, ids=lambda url: url[:40])
def test_no_push_goes_into_our_own_network(url: str) -> None:
    with pytest.raises(BadEndpointError):
        parse_endpoint(url)
    with pytest.raises(ReceiverRefusedError):
        channel(inside=False).send(ALERT, Browser(url, THEIRS.public, SECRET))


@settings(max_examples=200)
@given(st.text(max_size=30), st.sampled_from(["", "https://", "https://[", "https://h:"]))
@example("²", "https://h:")
@example("::ffff:1.2.3.4]", "https://[")
def test_whatever_is_typed_it_is_an_endpoint_or_is_refused(typed: str, start: str) -> None:
    try:
        endpoint = parse_endpoint(start + typed)
    except BadEndpointError:
        return
    assert endpoint.is_https
    assert 0 < endpoint.port < 65536
    assert not set("\r\n\t \\") & set(endpoint.target + endpoint.host)


def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("93.184.215.14", "10.0.0.1"), ("::1",), ("::ffff:127.0.0.1",), ()],
    ids=["loopback", "one of two", "six", "mapped", "none"],
)
def test_a_name_that_leads_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    with web_server() as server:
        looked_up(monkeypatch, *addresses)
        endpoint = f"https://push.example.net:{server.port}/x"
        with pytest.raises(ReceiverRefusedError):
            channel(inside=False).send(ALERT, Browser(endpoint, THEIRS.public, SECRET))
    assert server.posts == []


def test_a_public_name_is_looked_up_once_and_its_address_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up(monkeypatch, "93.184.215.14", "2606:2800:21f::1")
    endpoint = parse_endpoint("https://push.example.net/x")
    assert public_address(endpoint) == "93.184.215.14"
    assert (endpoint.origin, endpoint.port) == ("https://push.example.net", 443)
    assert parse_endpoint("https://push.example.net:8443/x").origin.endswith(":8443")


@given(st.ip_addresses())
def test_no_address_is_public_that_python_calls_private(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_reserved:
        assert not is_public(address)


def test_a_push_services_address_is_public() -> None:
    assert is_public(ip_address("142.250.1.188"))
    assert is_public(ip_address("2a00:1450:4001::5f"))
