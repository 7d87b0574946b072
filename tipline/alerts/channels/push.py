"""Alerts to browsers: Web Push (RFC 8030), encrypted for the browser, signed as its sender."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException

from tipline.alerts.channel import (
    SUBJECT,
    Alert,
    ReceiverBusyError,
    ReceiverGoneError,
    ReceiverRefusedError,
    ReceiverUncertainError,
)
from tipline.alerts.endpoints import BadEndpointError, Endpoint, parse_endpoint, public_address
from tipline.alerts.sending import Browser
from tipline.clock import Clock
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.webpush import PushKey, encrypt_push

TIMEOUT_SECONDS = 10.0
# For all of it: an answer that drips must not hold up others' alerts.
LONGEST_SECONDS = 25.0
# How long the push service keeps it for a browser that is not connected.
KEPT_SECONDS = 3600
TOKEN_LIFETIME = timedelta(hours=12)
TOO_MANY, SERVER_ERROR = 429, 500
GONE = (404, 410)


class PushChannel:
    """Pushes alerts to browsers, each over a connection of its own."""

    def __init__(
        self,
        key: PushKey,
        subject: str,
        clock: Clock,
        *,
        may_go_inside: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Take the sender's key and a URL of ours by which the push service may find us."""
        self._key = key
        self._subject = subject
        self._clock = clock
        self._may_go_inside = may_go_inside
        self._context = context or ssl.create_default_context()

    def send(self, alert: Alert, browser: Browser) -> None:
        """Push an alert.

        Raises:
            ReceiverBusyError: the push service was not reached, or says "later".
            ReceiverUncertainError: it did not answer, or failed while it took it.
            ReceiverGoneError: the browser has taken its subscription back.
            ReceiverRefusedError: the address is not allowed, or the push service refuses.
        """
        try:
            endpoint = parse_endpoint(browser.endpoint, may_go_inside=self._may_go_inside)
            body = encrypt_push(_payload(alert), browser.public, browser.secret)
            address = public_address(endpoint, may_go_inside=self._may_go_inside)
        except (BadEndpointError, CannotOpenError):
            raise ReceiverRefusedError from None
        except OSError:
            raise ReceiverBusyError from None
        _settle(self._post(endpoint, address, body, self._headers(endpoint, alert)))

    def _headers(self, endpoint: Endpoint, alert: Alert) -> dict[str, str]:
        expires = self._clock() + TOKEN_LIFETIME
        return {
            "Authorization": self._key.authorization(endpoint.origin, self._subject, expires),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS),
            "Urgency": "high",
            # A repetition takes the place of what the browser has not fetched yet.
            "Topic": alert.uid,
        }

    def _post(self, endpoint: Endpoint, address: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            sock = self._connect(endpoint, address)
        except OSError:
            raise ReceiverBusyError from None
        # http.client then writes to the socket that leads to the address that was checked.
        connection = HTTPConnection(endpoint.host, endpoint.port, timeout=TIMEOUT_SECONDS)
        connection.sock, connection.auto_open = sock, 0
        try:
            with _cut_off(sock):
                connection.request("POST", endpoint.target, body, headers)
                return connection.getresponse().status
        except (OSError, HTTPException):
            raise ReceiverUncertainError from None
        finally:
            connection.close()

    def _connect(self, endpoint: Endpoint, address: str) -> socket.socket:
        plain = socket.create_connection((address, endpoint.port), TIMEOUT_SECONDS)
        if not endpoint.is_https:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=endpoint.host)
        except BaseException:
            plain.close()
            raise


@contextmanager
def _cut_off(sock: socket.socket) -> Iterator[None]:
    """Break a conversation off that takes too long."""

    def shut() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST_SECONDS, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _payload(alert: Alert) -> bytes:
    fields = {"title": SUBJECT, "body": alert.sentence, "tag": alert.uid}
    return json.dumps(fields, ensure_ascii=False).encode()


def _settle(status: int) -> None:
    """Raise what a push service's status means (RFC 8030, sections 5 and 7.3)."""
    if 200 <= status < 300:
        return
    if status in GONE:
        raise ReceiverGoneError
    if status == TOO_MANY:
        raise ReceiverBusyError
    if status >= SERVER_ERROR:
        raise ReceiverUncertainError
    raise ReceiverRefusedError
