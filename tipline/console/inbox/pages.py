"""The inbox: the threads of the lines whose keys the member holds, as the member wants them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext, pgettext

from tipline.alerts.escalations import open_escalations
from tipline.console.inbox import bulk, saved
from tipline.console.inbox.asked import asked_for
from tipline.console.inbox.choices import (
    AFTER,
    FREE,
    MARKS,
    ME,
    Choices,
    position,
    written,
)
from tipline.console.inbox.opening import people_of
from tipline.console.inbox.set_aside import count_set_aside
from tipline.console.inbox.triage import FORMER_MEMBER
from tipline.console.inbox.updates import MOST_COUNTED
from tipline.console.lines.notices import lines_without_keys
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member, open_lines
from tipline.crypto.fingerprints import fingerprint
from tipline.language.marking import marked
from tipline.lines.roles import READING_ROLES, Role
from tipline.threads.inbox import Status, count_each, newest_activity, unread_among
from tipline.threads.inbox import inbox as find_threads
from tipline.threads.reading import ThreadSummary

PAGE_SIZE = 50
MARK_WORDS = {
    "unread": marked("Unread by me"),
    "unopened": marked("Not opened by anybody"),
    "urgent": marked("Urgent"),
    "waiting": marked("Unanswered"),
}
WITHOUT_PAGES = {
    Role.APPROVER: marked("You are an approver. There are no pages for this role yet."),
    Role.CUSTODIAN: marked("You are a custodian. There are no pages for this role yet."),
}

inbox = Blueprint("inbox", __name__)


@inbox.get("/")
def show() -> str:
    """Show fifty threads: the urgent ones first, then the one with the newest message."""
    lines, refused = open_lines()
    by_id = {line.id: line for line in lines}
    choices = Choices.read(request.args)
    return render_template(
        "console/inbox/inbox.html",
        lines=by_id,
        refused=refused,
        without_keys=lines_without_keys(set(by_id) | {line.id for line in refused}),
        fingerprint=fingerprint(current_member().key.public.raw),
        without_pages=_roles_without_pages(),
        has_roles=bool(current_member().roles),
        **(_threads(lines, choices) if lines else {}),
    )


def _threads(lines: list[OpenLine], choices: Choices) -> dict[str, Any]:
    """Return what the page shows of the lines' threads."""
    stores, member = console().stores, current_member()
    found = find_threads(
        stores, choices.filter(lines, member.id), PAGE_SIZE + 1, position(request.args)
    )
    threads = found[:PAGE_SIZE]
    line_ids = tuple(line.id for line in lines)
    people = {person.id: person.name for line in lines for person in people_of(line)}
    return {
        "threads": threads,
        "older": written(threads[-1].position) if len(found) > PAGE_SIZE else "",
        "is_first_page": AFTER not in request.args,
        "unread": unread_among(stores, member.id, [thread.id for thread in threads]),
        "people": people,
        "assignees": _assignees(threads, people),
        "member_id": member.id,
        "choices": choices,
        "fields": choices.fields(),
        "here": choices.fields() | ({AFTER: request.args[AFTER]} if AFTER in request.args else {}),
        "states": _states(),
        "marks": {mark: gettext(words) for mark, words in MARK_WORDS.items()},
        "me": ME,
        "free": FREE,
        "counts": _counts(lines),
        "most_counted": MOST_COUNTED,
        "version": newest_activity(stores, line_ids, member.id),
        "saved": saved.saved_links({line.slug for line in lines}),
        "result": bulk.Result.read(request.args),
        "problem": bulk.problem_words(request.args),
        "unsaved": saved.problem_words(request.args),
        "asked": asked_for(line_ids, member.id),
        "set_aside": count_set_aside(stores.main, line_ids),
        "escalated": open_escalations(stores.main, line_ids),
    }


def _counts(lines: list[OpenLine]) -> dict[str, int]:
    """Return how many open threads there are for each of the quick choices."""
    quick = {mark: Choices(marks=frozenset({mark})) for mark in MARKS} | {ME: Choices(who=ME)}
    member_id = current_member().id
    wanted = {name: choices.filter(lines, member_id) for name, choices in quick.items()}
    return count_each(console().stores, wanted, MOST_COUNTED)


def _assignees(threads: list[ThreadSummary], people: dict[str, str]) -> dict[str, str]:
    """Return who works on some threads, by the member's id, in words."""
    ids = {thread.assignee for thread in threads if thread.assignee}
    former = console().accounts.names(ids - set(people)) if ids - set(people) else {}
    return {one: people.get(one) or former.get(one) or gettext(FORMER_MEMBER) for one in ids}


def _states() -> tuple[tuple[Status, str], ...]:
    return (
        (Status.OPEN, pgettext("thread", "Open")),
        (Status.CLOSED, pgettext("thread", "Closed")),
        (Status.ALL, pgettext("threads", "All")),
    )


def _roles_without_pages() -> list[str]:
    """Return a sentence for each of the member's roles for which there is nothing yet."""
    mine = current_member().roles - READING_ROLES - {Role.ADMIN}
    return [gettext(sentence) for role, sentence in WITHOUT_PAGES.items() if role in mine]
