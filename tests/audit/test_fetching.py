"""What a witness takes from a server, and what it does not."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.alerts.receivers import Certificate
from tipline.audit import fetching
from tipline.audit.fetching import (
    MOST_CHECKPOINT_BYTES,
    LogSite,
    LogUrlError,
    NoSuchPartError,
    NotFetchedError,
)
from tipline.audit.tiles import Tile

Answer = Callable[[socket.socket, str], None]


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that says what it likes, byte by byte."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, answer, tls), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def serve(listener: socket.socket, answer: Answer, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            with spoken:
                asked = spoken.recv(4096).decode("latin-1")
                answer(spoken, asked.partition(" ")[2].partition(" ")[0])


def saying(head: str, body: bytes = b"") -> Answer:
    return lambda connection, _: connection.sendall(f"HTTP/1.1 {head}\r\n\r\n".encode() + body)


def test_what_is_there_is_read() -> None:
    with serving(saying("200 OK\r\nContent-Length: 4", b"note")) as url:
        assert LogSite.from_url(url).checkpoint() == b"note"
    chunks = b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
    with serving(saying("200 OK\r\nTransfer-Encoding: chunked", chunks)) as url:
        assert LogSite.from_url(url).tile(Tile(0, 0)) == b"abcd"


def test_paths_are_below_the_urls() -> None:
    asked: list[str] = []

    def note(connection: socket.socket, path: str) -> None:
        asked.append(path)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serving(note) as url:
        for base in (url, f"{url}/", f"{url}/some/log/"):
            LogSite.from_url(base).checkpoint()
        LogSite.from_url(url).tile(Tile(1, 1234, 5))
    assert asked == ["/checkpoint", "/checkpoint", "/some/log/checkpoint", "/tile/1/x001/234.p/5"]


def test_a_part_of_a_tile_that_is_full_by_now() -> None:
    """Its narrower forms need not be kept (https://c2sp.org/tlog-tiles)."""

    def full_ones(connection: socket.socket, path: str) -> None:
        status = "404 Not Found" if ".p/" in path else "200 OK"
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nab".encode())

    with serving(full_ones) as url:
        assert LogSite.from_url(url).tile(Tile(0, 0, 7)) == b"ab"
    nowhere = saying("404 Not Found\r\nContent-Length: 0")
    with serving(nowhere) as url, pytest.raises(NoSuchPartError):
        LogSite.from_url(url).tile(Tile(0, 0, 7))


def test_nothing_is_followed_elsewhere() -> None:
    asked: list[str] = []

    def elsewhere(connection: socket.socket, path: str) -> None:
        asked.append(path)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnote")

    with serving(elsewhere) as other:
        for status in ("301 Moved", "302 Found", "307 Temporary", "308 Permanent"):
            answer = saying(f"{status}\r\nLocation: {other}/\r\nContent-Length: 0")
            with serving(answer) as url, pytest.raises(NotFetchedError):
                LogSite.from_url(url).checkpoint()
    assert asked == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("500 Error\r\nContent-Length: 4", b"note"),
        ("204 No Content", b""),
        ("200 OK\r\nContent-Length: 9", b"note"),
        ("200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip", b"note"),
        ("200 OK\r\nTransfer-Encoding: chunked", b"9\r\nnote"),
        ("200 OK\r\nTransfer-Encoding: chunked", b"zz\r\nnote"),
        ("nonsense", b""),
        ("200 OK\r\n" + "X-Long: " + "x" * 70_000, b""),
        ("200 OK\r\n" + "\r\n".join(f"X-{n}: x" for n in range(200)), b""),
        ("200 OK", b"x" * (MOST_CHECKPOINT_BYTES + 1)),
    ],
)  # fmt: skip
def test_an_answer_that_a_log_does_not_give(head: str, body: bytes) -> None:
    with serving(saying(head, body)) as url, pytest.raises(NotFetchedError):
        LogSite.from_url(url).checkpoint()


def test_an_answer_without_end_is_not_kept() -> None:
    def endless(connection: socket.socket, _path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(endless) as url, pytest.raises(NotFetchedError):
        LogSite.from_url(url).tile(Tile(0, 0))


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_says_little_by_little_is_left(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "DEADLINE_SECONDS", 1.0)

    def drip(connection: socket.socket, _path: str) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with serving(drip) as url:
        try:
            content = LogSite.from_url(url).checkpoint()
        except NotFetchedError:
            content = b""
        assert time.monotonic() - started < 5
        assert len(content) < 100


def test_nobody_and_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SILENCE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(NotFetchedError):
            LogSite.from_url(url).checkpoint()
    with pytest.raises(NotFetchedError):
        LogSite.from_url(url).checkpoint()


def test_without_a_certificate_there_is_no_log() -> None:
    """A server in between that speaks no TLS, or has no name that anybody vouches for."""
    plain = saying("200 OK\r\nContent-Length: 4", b"note")
    with serving(plain) as url, pytest.raises(NotFetchedError):
        LogSite.from_url(url.replace("http:", "https:")).checkpoint()


def test_over_https_the_server_must_be_who_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate.make(tmp_path)
    with serving(saying("200 OK\r\nContent-Length: 4", b"note"), certificate.server) as url:
        port = url.rpartition(":")[2]
        named, unnamed = f"https://localhost:{port}", f"https://127.0.0.1:{port}"
        with pytest.raises(NotFetchedError):
            LogSite.from_url(named).checkpoint()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        assert LogSite.from_url(named).checkpoint() == b"note"
        with pytest.raises(NotFetchedError):
            LogSite.from_url(unnamed).checkpoint()


@pytest.mark.parametrize(
    "url",
    ["", "tips.example.org", "http://tips.example.org", "http://127.0.0.2", "http://localhost.org",
     "http://127.0.0.1@tips.example.org", "https://user@tips.example.org", "https://a?b", "https://a#b",
     "ftp://localhost", "file:///etc/passwd", "https://", "https://a:99999", "https://a:b",
     "https://a b", "https://a\r\nX: y", "https://ä.example", "https:\\\\a", "https://[::1"],
)  # fmt: skip
def test_a_url_that_no_log_is_read_from(url: str) -> None:
    with pytest.raises(LogUrlError):
        LogSite.from_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://tips.example.org", "https://tips.example.org:8443/log/", "http://127.0.0.1:8000",
     "http://localhost", "http://[::1]:80"],
)  # fmt: skip
def test_a_url_that_one_is_read_from(url: str) -> None:
    assert LogSite.from_url(url).is_encrypted is url.startswith("https")
