"""What a member may search of a line: the one place where its parts are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import current_app

from tipline.console.search.background import indexing
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.search.reading import LineTexts
from tipline.threads.casefile import read_case_file
from tipline.threads.reading import OpenThread


def line_texts(line: OpenLine) -> LineTexts:
    """Return what the member who opened a line may search of it."""
    services, member = console(), current_member()

    def tags(thread: OpenThread) -> Sequence[str]:
        try:
            return read_case_file(services.stores, thread, services.lines).tags
        except (NotAuthenticError, CannotOpenError):
            return ()  # the thread's own page reports it

    return LineTexts(
        stores=services.stores,
        lines=services.lines,
        intake_pin=services.keys.intake_pin,
        line_id=line.id,
        keyring=line.keyring,
        more_texts=tags,
        member=(member.id, member.key),
    )


def nudge_indexing(line: OpenLine) -> None:
    """Have a line indexed in the background, with the keys that this request has opened."""
    # The object behind the proxy: the thread outlives the request.
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # typed as the app itself
    # Restricted threads are in no index: the member's own key does not stay in memory for them.
    indexing(app).nudge(replace(line_texts(line), member=None))
