"""Bodies of requests as gunicorn reads them: whole, or refused.

gunicorn calls a body ended when the connection ends, however much was announced, and raises errors
of its own for chunks and trailers that are none. The apps would keep half a form as if it were all
of it, and call the second an error of theirs. As an OSError both are, for Werkzeug, a client that
has gone away (RFC 9112, section 8: an incomplete request must not be taken for a complete one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gunicorn.http.errors import ParseException

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class CutShortError(OSError):
    """A body ended before its announced length, or is framed wrongly. Repeats nothing of it."""


class WholeBody:
    """A request's body, which raises CutShortError where it is not what was announced."""

    def __init__(self, source: Any, length: int) -> None:
        """Take gunicorn's body, and its announced length in bytes (0: none was announced)."""
        self._source = source
        self._missing = length

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`."""
        return self._checked(lambda: self._source.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        """Return the rest of a line, at most `size` bytes."""
        return self._checked(lambda: self._source.readline(size), size)

    def readlines(self, _hint: int = -1) -> list[bytes]:
        """Return all lines that are left."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _checked(self, read: Callable[[], bytes], size: int) -> bytes:
        try:
            piece = read()
        except ParseException:
            raise CutShortError from None
        self._missing -= len(piece)
        if not piece and size != 0 and self._missing > 0:
            raise CutShortError
        return piece


def with_whole_bodies(application: Application) -> Application:
    """Return the application, whose requests have whole bodies or raise CutShortError."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        announced = environ.get("CONTENT_LENGTH") or "0"
        length = int(announced) if announced.isdecimal() else 0
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], length)
        return application(environ, start_response)

    return wrapped
