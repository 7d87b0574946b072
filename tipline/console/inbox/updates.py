"""What a page asks for by itself every twenty seconds: counts, and nothing that names a thread.

Registered so that it never prolongs a session: an inbox that is left open ends like any other.
"""

from __future__ import annotations

import re

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from tipline.alerts.escalations import open_escalations
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member, open_lines
from tipline.threads.inbox import InboxFilter, Status, count_new, count_threads, newest_activity

MOST_COUNTED = 100
NUMBER = re.compile(r"\d{1,18}")

updates = Blueprint("updates", __name__)


@updates.get("/inbox/updates")
def show() -> ResponseReturnValue:
    """Return how much is new since a version of the inbox, and how much the member has not read.

    Counts go no further than a hundred.
    """
    given = request.args.get("since", "")
    if given and not NUMBER.fullmatch(given):
        raise NoSuchPageError
    stores, reader = console().stores, current_member().id
    line_ids = tuple(line.id for line in open_lines()[0])
    unread = InboxFilter(line_ids, reader, Status.OPEN, is_unread=True)
    version = newest_activity(stores, line_ids, reader)
    since = int(given) if given else version
    return jsonify(
        version=version,
        new=count_new(stores, line_ids, since, MOST_COUNTED, reader),
        unread=count_threads(stores, unread, MOST_COUNTED),
        escalated=open_escalations(stores.main, line_ids, reader),
    )
