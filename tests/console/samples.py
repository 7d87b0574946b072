"""All pages of the console, with an address of each in a furnished house.

A new page that answers GET belongs into SAMPLES: the tests fail until it stands there.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.routing import Rule

from tests.console.furnished import Furnished
from tests.console.furniture import GANG_TIPS
from tests.console.house import TIPS, thread_path

# What answers GET and is no page: files, and answers for scripts.
NO_PAGES = frozenset(
    {
        *("assets.static", "shared.static", "updates.show", "languages.choose"),
        *("log_export.as_table", "log_export.with_proofs"),
    }
)

LINE = f"/lines/{TIPS}"
# Endpoint: the paths of its pages, of whichever state they can be in.
SAMPLES: dict[str, Callable[[Furnished], list[str]]] = {
    "signing_in.show_form": lambda _: ["/sign-in"],
    "enrolling.show": lambda _: ["/enrol"],
    "enrolling.done": lambda _: ["/enrol/done"],
    "inbox.show": lambda _: [
        "/",
        "/?after=0.1." + "0" * 32,
        "/?state=all&who=me&urgent=1&waiting=1&unread=1",
        "/?state=closed",
    ],
    "shortcuts.show": lambda _: ["/shortcuts"],
    "words.show": lambda _: [f"{LINE}/urgent-words"],
    "thread.show": lambda here: [
        thread_path(alias)
        for alias in (here.talk, here.closed, here.forged, here.restricted, here.asked)
    ],
    "thread_case.show": lambda here: [thread_path(here.talk) + "/case"],
    "thread_restriction.show": lambda here: [
        thread_path(alias) + "/restriction" for alias in (here.talk, here.restricted, here.asked)
    ],
    "thread_printing.show": lambda here: [here.sheet],
    "canned_replies.show": lambda _: [f"{LINE}/ready-made-replies"],
    "set_aside.show": lambda _: [f"{LINE}/set-aside"],
    "search.show": lambda _: ["/search"],
    "search.results": lambda here: [here.results],
    "log_review.show": lambda _: ["/log/review"],
    "log_witnesses.show": lambda _: ["/log/witnesses"],
    "log.show": lambda _: [
        "/log",
        "/log?act=reply&since=2026-11-01&until=2026-11-30",
        "/log?alias=no-such-alias&since=yesterday",
        "/log?before=3",
    ],
    "calls.show": lambda _: [f"{LINE}/call"],
    "alerts.show": lambda _: ["/alerts", "/alerts?saved=1"],
    "escalation.show": lambda _: [f"{LINE}/escalation"],
    "line_people.overview": lambda _: ["/lines"],
    "line_people.show": lambda _: [f"{LINE}/members"],
    "new_line_keys.ask": lambda _: [f"{LINE}/new-keys"],
    "line_people.ask_before_removal": lambda here: [f"{LINE}/members/{here.member('ben')}/remove"],
    "restricted_threads.show": lambda _: [f"{LINE}/restricted"],
    "line_keys.show": lambda _: [f"/lines/{GANG_TIPS}/keys"],
    "line_keys.recovery": lambda _: [f"{LINE}/recovery"],
    "line_administration.overview": lambda _: ["/admin/lines"],
    "line_administration.show": lambda _: [f"/admin/lines/{TIPS}"],
    "line_administration.new": lambda _: ["/admin/new-line"],
    "administration.show": lambda _: ["/admin"],
    "accounts.show_all": lambda _: ["/admin/accounts"],
    "accounts.show": lambda here: [
        f"/admin/accounts/{here.member(name)}" for name in ("ann", "ada", "dan")
    ],
    "approvals.show": lambda _: ["/approvals"],
    "inviting.show": lambda _: ["/admin/invite"],
    "own_account.show": lambda _: ["/account"],
    "own_account.show_password": lambda _: ["/account/password"],
    "passkeys.show": lambda _: ["/account/passkeys"],
    "own_key.ask": lambda _: ["/account/key"],
    "proving.show": lambda _: ["/account/prove?then=/account/passkeys"],
    "help_pages.show": lambda _: ["/help"],
}


def page_rules(app: Flask) -> list[Rule]:
    """Return the routes that answer GET with a page."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in NO_PAGES
    ]
