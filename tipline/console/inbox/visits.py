"""Noting that a member has opened a thread: only when a person really did."""

from __future__ import annotations

from flask import request
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.threads.reading import ThreadSummary
from tipline.threads.seen import mark_seen

# How browsers say that they fetch ahead what nobody may ever look at (HTML Standard, "Sec-Purpose";
# the others are older spellings).
AHEAD_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
AHEAD_WORDS = ("prefetch", "prerender", "preview")


def note_visit(thread: ThreadSummary) -> None:
    """Mark a thread as opened, and as read by the member, if this request is somebody's look.

    Reading goes on while nothing can be written.
    """
    if not is_a_look():
        return
    services = console()
    try:
        mark_seen(services.stores, thread, current_member().id)
    except SQLAlchemyError as error:
        logs.failure("opening_not_noted", error)


def is_a_look() -> bool:
    """Tell whether a page is fetched to be shown: not by HEAD, ahead of time, or by a script."""
    if request.method != "GET":
        return False
    purpose = " ".join(request.headers.get(name, "") for name in AHEAD_HEADERS).lower()
    if any(word in purpose for word in AHEAD_WORDS):
        return False
    # Browsers say what a page is for (Fetch Metadata, "Sec-Fetch-Dest"); other clients say nothing.
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"
