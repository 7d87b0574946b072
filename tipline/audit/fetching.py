"""Asking a published log over HTTPS, which is perhaps run by somebody who does not mean well.

An answer has a size limit and a deadline, and nothing is followed elsewhere. Without encryption
only this machine is asked, for trials.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, socket
from ssl import create_default_context
from threading import Timer
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from tipline.audit.bundles import Bundle
from tipline.audit.entries import MOST_BYTES
from tipline.audit.merkle import HASH_LENGTH
from tipline.audit.tiles import TILE_WIDTH, Tile
from tipline.errors import TiplineError

MOST_CHECKPOINT_BYTES: Final = 64 * 1024
MOST_TILE_BYTES: Final = TILE_WIDTH * HASH_LENGTH
# Commitments, and the one entry that may be open. Others' logs are not read.
MOST_BUNDLE_BYTES: Final = TILE_WIDTH * (2 + HASH_LENGTH) + MOST_BYTES
SILENCE_SECONDS: Final = 10.0
DEADLINE_SECONDS: Final = 30.0
_PIECE: Final = 16 * 1024  # bytes
_NOTE: Final = "text/plain; charset=utf-8"
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
# No cache in between may answer with a checkpoint of before: it would look like a rollback.
_HEADERS: Final = {
    "User-Agent": "tipline-witness",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}


class LogUrlError(TiplineError):
    """What stands where a log's URL belongs is none."""

    code = "log_url"
    message = (
        "The URL of a log begins with https:// and has no user, no question mark and no #. "
        "With http:// only this machine is asked: localhost, 127.0.0.1 or [::1]."
    )


class NotFetchedError(TiplineError):
    """There was no answer, or none that a log gives."""

    code = "not_fetched"
    message = (
        "The log could not be read: no answer came, or none that a log gives. Nothing was changed. "
        "Check the address and the network, and try again later."
    )


class NoSuchPartError(NotFetchedError):
    """The log says that it has no such part."""

    code = "no_such_part"
    message = (
        "The log answers that it has nothing published there. Nothing was changed. If this stays "
        "so, ask for an explanation: a log that hides its past looks like this."
    )


@dataclass(frozen=True, slots=True)
class LogSite:
    """Where a log is published.

    Attributes:
        is_encrypted: whether over HTTPS.
        host: its name.
        port: its port, or None for the usual one.
        path: what stands before the log's own paths, without a stroke at its end.
    """

    is_encrypted: bool
    host: str
    port: int | None
    path: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return the site of a URL.

        Raises:
            LogUrlError: no log is read from such a URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise LogUrlError from None
        if not _is_log_url(url, parts):
            raise LogUrlError
        return cls(parts.scheme == "https", parts.hostname or "", port, parts.path.rstrip("/"))

    def checkpoint(self) -> bytes:
        """Return the note that is shown as the newest checkpoint.

        Raises:
            NotFetchedError: it could not be read.
        """
        return self._get("checkpoint", MOST_CHECKPOINT_BYTES)

    def tile(self, tile: Tile) -> bytes:
        """Return a tile, or the full one that it has become: the smaller need not be kept.

        Raises:
            NotFetchedError: it could not be read.
        """
        try:
            return self._get(tile.path(), MOST_TILE_BYTES)
        except NoSuchPartError:
            if tile.width == TILE_WIDTH:
                raise
            return self._get(Tile(tile.level, tile.number).path(), MOST_TILE_BYTES)

    def bundle(self, bundle: Bundle) -> bytes:
        """Return a bundle of entries.

        Raises:
            NotFetchedError: it could not be read.
        """
        return self._get(bundle.path(), MOST_BUNDLE_BYTES)

    def bring(self, note: bytes) -> int:
        """Bring a checkpoint that a witness has cosigned, and return the HTTP status of the answer.

        What the answer says besides is not read: it is somebody else's.

        Raises:
            NotFetchedError: no answer came.
        """
        with self._asked("POST", "checkpoint/cosignatures", note) as answer:
            return answer.status

    def _get(self, path: str, most: int) -> bytes:
        with self._asked("GET", path) as answer:
            return _content(answer, most)

    @contextmanager
    def _asked(self, method: str, path: str, body: bytes | None = None) -> Iterator[HTTPResponse]:
        connection = self._connection()
        headers = _HEADERS if body is None else _HEADERS | {"Content-Type": _NOTE}
        try:
            connection.connect()
            with _cut_off_late(connection.sock):
                connection.request(method, f"{self.path}/{path}", body, headers)
                yield connection.getresponse()
        except (OSError, HTTPException, ValueError):
            raise NotFetchedError from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if not self.is_encrypted:
            return HTTPConnection(self.host, self.port, timeout=SILENCE_SECONDS)
        context = create_default_context()
        return HTTPSConnection(self.host, self.port, timeout=SILENCE_SECONDS, context=context)


def _is_log_url(url: str, parts: SplitResult) -> bool:
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _THIS_MACHINE
    )
    is_plain = url.isascii() and url.isprintable() and not set(url) & set("?#@ \\")
    return is_safe and is_plain and bool(parts.hostname)


@contextmanager
def _cut_off_late(connected: socket) -> Iterator[None]:
    """End a connection at the deadline: one byte every few seconds would be no silence."""
    timer = Timer(DEADLINE_SECONDS, _cut_off, (connected,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut_off(connected: socket) -> None:
    with suppress(OSError):
        connected.shutdown(SHUT_RDWR)


def _content(answer: HTTPResponse, most: int) -> bytes:
    """Return what an answer holds, of at most so many bytes."""
    if answer.status == HTTPStatus.NOT_FOUND:
        raise NoSuchPartError
    # Also where it leads elsewhere: a log stays where it is.
    is_whole = answer.headers.get("Content-Encoding", "identity") == "identity"
    if answer.status != HTTPStatus.OK or not is_whole:
        raise NotFetchedError
    content = bytearray()
    while piece := answer.read1(_PIECE):
        content += piece
        if len(content) > most:
            raise NotFetchedError
    if answer.length:
        raise NotFetchedError  # it broke off
    return bytes(content)
