"""A real browser, and the console's application served over HTTP for it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPOSITORY = Path(__file__).resolve().parents[2]
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser that scripts/ensure-browser found; a browser test never skips itself."""
    named = os.environ.get("TIPLINE_TEST_CHROMIUM", "")
    noted = REPOSITORY / ".venv" / "chromium-path"
    if not named and noted.exists():
        named = noted.read_text().strip()
    path = named or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "No Chromium: run scripts/ensure-browser, or set TIPLINE_TEST_CHROMIUM."
    assert Path(path).exists(), path
    return path


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """A test's output is no place for a line per request."""


def read_whole(app: Flask) -> WSGIApplication:
    """Close what an answer is read from before it is sent.

    Werkzeug's development server leaves a file open when the browser goes away at a bad moment.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
        start_response(status, headers.to_wsgi_list())
        return list(body)

    return answer


@contextmanager
def served(make_app: Callable[[str], Flask]) -> Iterator[str]:
    """Serve an application that must know its own URL, and return that URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = make_server(
            "127.0.0.1",
            listener.getsockname()[1],
            read_whole(make_app(url)),
            threaded=True,
            request_handler=_Quiet,
            fd=listener.fileno(),
        )
        # The handler threads are joined by server_close(); a browser's idle connections hold none.
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
