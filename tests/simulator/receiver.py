"""A gateway stand-in: a real HTTP server that records posts and answers as a test says."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

DEADLINE_SECONDS = 15.0


@dataclass(frozen=True)
class Received:
    path: str
    fields: dict[str, str]
    headers: dict[str, str]
    signature_is_right: bool


def signature_of(auth_token: str, url: str, pairs: list[tuple[str, str]]) -> str:
    """Twilio's signature, HMAC spelled out from RFC 2104, so that nothing is shared with ours."""
    message = url.encode()
    for name, value in sorted(pairs):
        message += name.encode() + value.encode()
    key = auth_token.encode().ljust(64, b"\0")
    inner = _sha1(bytes(byte ^ 0x36 for byte in key) + message)
    outer = _sha1(bytes(byte ^ 0x5C for byte in key) + inner)
    return base64.b64encode(outer).decode()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()  # noqa: S324 - Twilio signs with SHA-1


class Receiver:
    """Listens on one port for the whole run; `offline` closes it for a while."""

    def __init__(self, auth_token: str) -> None:
        self.auth_token = auth_token
        self.posts: queue.Queue[Received] = queue.Queue()
        self.answers: queue.Queue[int] = queue.Queue()
        self.port = 0
        self._start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_post(self) -> Received:
        return self.posts.get(timeout=DEADLINE_SECONDS)

    def next_posts(self, count: int) -> list[Received]:
        return [self.next_post() for _ in range(count)]

    def forget(self) -> None:
        for waiting in (self.posts, self.answers):
            with contextlib.suppress(queue.Empty):
                while True:
                    waiting.get_nowait()

    @contextlib.contextmanager
    def offline(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self._start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(DEADLINE_SECONDS)

    def _start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.record(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def record(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        wanted = signature_of(self.auth_token, self.url + handler.path, pairs)
        right = handler.headers["X-Twilio-Signature"] == wanted
        try:
            status = self.answers.get_nowait()
        except queue.Empty:
            status = 204
        # Recorded before the answer, so that whoever saw the answer finds the post.
        self.posts.put(Received(handler.path, dict(pairs), dict(handler.headers), right))
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
