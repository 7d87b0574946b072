"""The inbox: the threads of the lines whose keys the member holds."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request

from tipline.console.inbox.set_aside import count_set_aside
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member, open_lines
from tipline.lines.roles import READING_ROLES, Role
from tipline.threads.reading import InboxPosition
from tipline.threads.reading import inbox as read_inbox

PAGE_SIZE = 50
POSITION = re.compile(r"(\d{1,18})\.([0-9a-f]{32})")

inbox = Blueprint("inbox", __name__)


@inbox.get("/")
def show() -> str:
    """Show fifty threads, the one with the newest message first."""
    lines, refused = open_lines()
    stores = console().stores
    by_id = {line.id: line for line in lines}
    found = read_inbox(stores, by_id, PAGE_SIZE + 1, _position(), current_member().id)
    threads = found[:PAGE_SIZE]
    return render_template(
        "console/inbox.html",
        threads=threads,
        lines=by_id,
        older=_written(threads[-1].position) if len(found) > PAGE_SIZE else "",
        is_first_page="after" not in request.args,
        set_aside=count_set_aside(stores.main, by_id),
        refused=refused,
        without_keys=_lines_without_keys(set(by_id) | {line.id for line in refused}),
        without_pages=_roles_without_pages(),
        has_roles=bool(current_member().roles),
    )


def _position() -> InboxPosition | None:
    if "after" not in request.args:
        return None
    parts = POSITION.fullmatch(request.args["after"])
    if parts is None:
        raise NoSuchPageError
    return InboxPosition(int(parts[1]), parts[2])


def _written(position: InboxPosition) -> str:
    return f"{position.activity}.{position.thread_id}"


def _lines_without_keys(known: set[str]) -> list[str]:
    """Return the names of lines that the member should read but was granted no keys of."""
    return [
        line.name
        for line in current_member().lines
        if line.id not in known and not READING_ROLES.isdisjoint(line.roles)
    ]


def _roles_without_pages() -> list[str]:
    waiting = current_member().roles - READING_ROLES - {Role.ADMIN}
    return sorted(role.value for role in waiting)
