"""Sending bytes as they are, and reading the answer: no HTTP client would send most of these."""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

# Generous: longer than any answer takes on a busy machine. An answer that does not come is a fault.
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back. `raw` is all of it; `status` is 0 when the server just hung up."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


HUNG_UP = Answer(0, (), b"", b"")


class Wire:
    """A connection that is kept as long as what is sent is whole, and made anew otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, raw: bytes, method: str) -> Answer:
        """Send a request that is whole, and read its answer; the connection stays."""
        is_old = self._socket is not None
        try:
            return self._asked(raw, method)
        except (ConnectionError, HTTPException):
            self.close()
            if not is_old:
                return HUNG_UP
        # The server had closed it: after a time, or because it had not read all of a large form.
        try:
            return self._asked(raw, method)
        except (ConnectionError, HTTPException):
            self.close()
            return HUNG_UP

    def throw(self, raw: bytes, method: str) -> Answer:
        """Send what may be no request at all, then nothing more, and read until the end."""
        with socket.create_connection(self._place, TIMEOUT_SECONDS) as connection:
            with suppress(OSError):
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
            everything = bytearray()
            with suppress(OSError):
                while piece := connection.recv(65_536):
                    everything += piece
        return _parsed(bytes(everything), method)

    def _asked(self, raw: bytes, method: str) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._place, TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):  # it may have answered before it had read everything
            self._socket.sendall(raw)
        response = HTTPResponse(self._socket, method=method)
        response.begin()
        headers, body = tuple(response.getheaders()), response.read()
        if response.will_close:
            self.close()
        head = "\r\n".join(f"{name}: {value}" for name, value in headers).encode("latin-1")
        return Answer(response.status, headers, body, head + b"\r\n\r\n" + body)


class _Recorded:
    """Bytes that look like a socket to http.client."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _parsed(raw: bytes, method: str) -> Answer:
    if not raw:
        return HUNG_UP
    response = HTTPResponse(_Recorded(raw), method=method)
    response.begin()
    return Answer(response.status, tuple(response.getheaders()), response.read(), raw)
