"""The links in the frame of every page: only what exists, and what the member's roles may open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import gettext

from tipline.console.access import declared_access
from tipline.language.marking import marked
from tipline.lines.roles import Role

# An endpoint and what its link says, in the order of the page. None of them takes an argument.
SECTIONS = (
    ("inbox.show", marked("Inbox")),
    ("search.show", marked("Search")),
    ("line_people.overview", marked("Lines")),
    ("line_administration.overview", marked("All lines")),
    ("accounts.show_all", marked("Members")),
    ("approvals.show", marked("Approvals")),
    ("administration.show", marked("Administration")),
    ("log.show", marked("Log")),
    ("alerts.show", marked("Alerts")),
    ("own_account.show", marked("Account")),
)
HELP = (
    ("help_pages.show", marked("Help")),
    ("shortcuts.show", marked("Keyboard shortcuts")),
)
# Blueprints whose pages have no link of their own, and the section's that they belong to.
PART_OF = {
    "thread": "inbox",
    "thread_case": "inbox",
    "thread_restriction": "inbox",
    "thread_printing": "inbox",
    "canned_replies": "inbox",
    "words": "inbox",
    "calls": "inbox",
    "set_aside": "inbox",
    "inviting": "accounts",
    "deciding": "approvals",
    "log_review": "log",
    "log_witnesses": "log",
    "line_keys": "line_people",
    "new_line_keys": "line_people",
    "restricted_threads": "line_people",
    "escalation": "line_people",
    "own_key": "own_account",
    "passkeys": "own_account",
    "proving": "own_account",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link. `current` is the value of aria-current: "page", "true" (for a page below), or ""."""

    url: str
    label: str
    current: str


def links(entries: Collection[tuple[str, str]], roles: Collection[Role]) -> list[Link]:
    """Return the links to those of the entries that somebody with these roles may open."""
    return [
        Link(url_for(endpoint), gettext(label), _current(endpoint))
        for endpoint, label in entries
        if _may_open(endpoint, roles)
    ]


def _may_open(endpoint: str, roles: Collection[Role]) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    access = declared_access(current_app, endpoint)
    return access is not None and access.allows(roles)


def _current(endpoint: str) -> str:
    if request.endpoint == endpoint:
        return "page"
    blueprint = request.blueprint or ""
    section = PART_OF.get(blueprint, blueprint)
    return "true" if section == endpoint.partition(".")[0] else ""
