"""A load generator: raw sockets and requests made beforehand, so that it costs little itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.support.carrier_signature import inbound_fields, sign

MESSAGE_PATH = "/webhooks/twilio/message"


@dataclass(frozen=True)
class Target:
    """Where to post, and as whom."""

    port: int
    url: str
    account_sid: str
    auth_token: str
    line: str


def signed_request(target: Target, sender: str, body: str) -> bytes:
    """Return the bytes of one signed webhook, kept alive."""
    fields = inbound_fields(body, sender=sender, to=target.line, account_sid=target.account_sid)
    signature = sign(target.auth_token, target.url + MESSAGE_PATH, fields)
    form = urlencode(fields).encode()
    head = (
        f"POST {MESSAGE_PATH} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def post(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        return self.fetch(request)[0]

    def fetch(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return its answer's status and body; connects if it is not."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = self._socket.recv(65536)
            if not part:
                self._socket = None
                raise ConnectionError
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self._socket.recv(65536)
        if b"connection: close" in lower:
            self._socket.close()
            self._socket = None
        return int(head.split(b" ", 2)[1]), body


def requests_per_second(port: int, requests: Sequence[bytes], connections: int) -> float:
    """Post all requests over some connections at once and return how many a second."""
    return sessions_per_second(port, requests, connections, Connection.post)


def sessions_per_second(
    port: int,
    sessions: Sequence[bytes],
    connections: int,
    run: Callable[[Connection, bytes], int],
) -> float:
    """Have `run` go through each session, over some connections at once; return how many a second.

    `run` returns the status of a session's last answer.
    """
    failures: list[int] = []

    def work(share: Sequence[bytes]) -> None:
        connection = Connection(port)
        for session in share:
            status = run(connection, session)
            if status != 200:
                failures.append(status)

    shares = [sessions[index::connections] for index in range(connections)]
    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise RuntimeError(f"{len(failures)} were not answered with 200")
    return len(sessions) / seconds


def post_steadily(
    port: int,
    requests: Sequence[bytes],
    rate: float,
    connections: int,
    until: Callable[[], bool] = lambda: False,
) -> list[float]:
    """Post so many a second; return when each was due (monotonic), until `until` says to stop."""
    started = time.monotonic() + 0.2
    due = [started + index / rate for index in range(len(requests))]
    sent = [False] * len(requests)

    def work(first: int) -> None:
        connection = Connection(port)
        for index in range(first, len(requests), connections):
            if until():
                return
            time.sleep(max(0.0, due[index] - time.monotonic()))
            sent[index] = connection.post(requests[index]) == 200

    threads = [threading.Thread(target=work, args=(first,)) for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [at for at, was_sent in zip(due, sent, strict=True) if was_sent]
