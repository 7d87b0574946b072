"""The page that lists the keyboard shortcuts, and switches them off (WCAG 2.1.4)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from tipline.console.services import console
from tipline.language.marking import marked

COOKIE = "tipline-shortcuts"
OFF = "off"
A_YEAR = 365 * 24 * 3600
# Key, what it does, where. What they do is in static/shortcuts.js.
INBOX, THREAD, EVERYWHERE = marked("Inbox"), marked("Thread"), marked("Everywhere")
INBOX_AND_THREAD = marked("Inbox and thread")
SHORTCUTS = (
    ("j", marked("Go to the next thread"), INBOX),
    ("k", marked("Go to the thread before"), INBOX),
    (marked("o or Enter"), marked("Open the thread that you went to"), INBOX),
    ("x", marked("Tick the thread that you went to, or take the tick away"), INBOX),
    (
        "c",
        marked("Claim: the thread that you went to, or the one that is open"),
        INBOX_AND_THREAD,
    ),
    ("u", marked("Mark the thread as urgent, or as not urgent"), THREAD),
    ("r", marked("Write a reply"), THREAD),
    ("/", marked("Search or filter"), EVERYWHERE),
    (marked("g then i"), marked("Go to the inbox"), EVERYWHERE),
    ("?", marked("Show this list"), EVERYWHERE),
)

shortcuts = Blueprint("shortcuts", __name__)


@shortcuts.get("/shortcuts")
def show() -> str:
    """List the shortcuts."""
    rows = [tuple(gettext(words) for words in row) for row in SHORTCUTS]
    return render_template("console/inbox/shortcuts.html", shortcuts=rows)


@shortcuts.post("/shortcuts")
def switch() -> Response:
    """Switch the shortcuts on or off in this browser."""
    response = make_response(redirect(url_for("shortcuts.show"), 303))
    is_secure = console().settings.is_secure
    if request.form.get("are") == OFF:
        response.set_cookie(
            _name(), OFF, A_YEAR, path="/", secure=is_secure, httponly=True, samesite="Strict"
        )
    else:
        response.delete_cookie(
            _name(), path="/", secure=is_secure, httponly=True, samesite="Strict"
        )
    return response


@shortcuts.app_template_global()
def shortcuts_are_on() -> bool:
    """Tell whether this browser's member wants shortcuts. A page without them has no script."""
    return request.cookies.get(_name()) != OFF


def _name() -> str:
    return f"__Host-{COOKIE}" if console().settings.is_secure else COOKIE
