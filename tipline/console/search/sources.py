"""What a member may search of a line: the one place where its parts are put together."""

from __future__ import annotations

from flask import current_app

from tipline.console.search.background import indexing
from tipline.console.services import console
from tipline.console.staff import OpenLine
from tipline.search.reading import LineTexts, no_more_texts


def line_texts(line: OpenLine) -> LineTexts:
    """Return what the member who opened a line may search of it."""
    services = console()
    return LineTexts(
        stores=services.stores,
        lines=services.lines,
        intake_pin=services.keys.intake_pin,
        line_id=line.id,
        keyring=line.keyring,
        more_texts=no_more_texts,
    )


def nudge_indexing(line: OpenLine) -> None:
    """Have a line indexed in the background, with the keys that this request has opened."""
    # The object behind the proxy: the thread outlives the request.
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    indexing(app).nudge(line_texts(line))
