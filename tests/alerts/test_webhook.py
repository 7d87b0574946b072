"""Alerts to a webhook, taken by a real web server that checks the signature by itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
from unittest.mock import patch

import pytest

from tests.alerts.receivers import HOST, Posted, web_server
from tests.support.blueprint import START, MovableClock
from tipline.alerts.channel import Alert, ReceiverBusyError, ReceiverUncertainError
from tipline.alerts.channels.webhook import WebhookChannel

ALERT = Alert("ab" * 16, "Línea de pistas", "https://staff.example.org", is_repetition=False)
SECRET = "a secret of both sides"


def channel(port: int, path: str = "/hook?key=1") -> WebhookChannel:
    return WebhookChannel(f"http://{HOST}:{port}{path}", SECRET, MovableClock())


def is_signed(post: Posted, secret: str) -> bool:
    """What the receiver's own program does, from what operating.md says."""
    fields = dict(part.split("=") for part in post.headers["tipline-signature"].split(","))
    signed = fields["t"].encode() + b"." + post.body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, fields["v1"])


def test_a_post_says_that_a_tip_waits_and_is_signed() -> None:
    with web_server() as server:
        channel(server.port).send(ALERT)
    (post,) = server.posts
    assert post.path == "/hook?key=1"
    assert json.loads(post.body) == {
        "event": "tip_waiting",
        "id": "ab" * 16,
        "line": "Línea de pistas",
        "title": "A tip is waiting",
        "text": (
            "A tip on Línea de pistas is waiting. Open the console: https://staff.example.org"
        ),
        "console": "https://staff.example.org",
        "sent_at": "2026-11-02T15:04:05+00:00",
        "may_be_repetition": False,
    }
    assert is_signed(post, SECRET)
    assert not is_signed(post, "another secret")
    changed = Posted(post.path, post.headers, post.body.replace(b"false", b"true"))
    assert not is_signed(changed, SECRET)
    assert post.headers["tipline-signature"].startswith(f"t={int(START.timestamp())},")


def test_a_redirect_is_not_followed() -> None:
    with web_server() as inside, web_server() as server:
        server.status = 307
        server.location = f"http://{HOST}:{inside.port}/internal"
        with pytest.raises(ReceiverBusyError):
            channel(server.port).send(ALERT)
    assert len(server.posts) == 1
    assert inside.posts == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ReceiverBusyError),
        (404, ReceiverBusyError),
        (429, ReceiverBusyError),
        (500, ReceiverUncertainError),
        (503, ReceiverUncertainError),
    ],
)
def test_what_is_not_taken_is_tried_again(status: int, expected: type[Exception]) -> None:
    with web_server() as server:
        server.status = status
        with pytest.raises(expected):
            channel(server.port).send(ALERT)


def test_an_answer_that_never_comes_leaves_it_uncertain() -> None:
    with web_server() as server:
        server.breaks_off = True
        with pytest.raises(ReceiverUncertainError):
            channel(server.port).send(ALERT)


def test_a_receiver_that_is_down_is_busy() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        with pytest.raises(ReceiverBusyError):
            channel(unused.getsockname()[1]).send(ALERT)


def test_a_proxy_of_the_environment_is_not_used() -> None:
    with web_server() as proxy, web_server() as server:
        environment = {"http_proxy": f"http://{HOST}:{proxy.port}", "no_proxy": ""}
        patched = patch.dict(os.environ, environment)
        with patched:
            channel(server.port).send(ALERT)
    assert (len(server.posts), len(proxy.posts)) == (1, 0)
