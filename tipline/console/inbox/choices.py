"""What a member chose to see in the inbox, as it stands in the page's address."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from tipline.console.refusals import NoSuchPageError
from tipline.console.staff import OpenLine
from tipline.threads.inbox import NOBODY, InboxFilter, Status
from tipline.threads.reading import InboxPosition

ME, FREE = "me", "nobody"
MEMBER = re.compile(r"[0-9a-f]{32}")
POSITION = re.compile(r"(\d)\.(\d{1,18})\.([0-9a-f]{32})")
AFTER = "after"
MARKS = ("unread", "unopened", "urgent", "waiting")


@dataclass(frozen=True, slots=True)
class Choices:
    """The chosen line (its short name, or all), state, whose threads, and which marks."""

    line: str = ""
    state: Status = Status.OPEN
    who: str = ""
    marks: frozenset[str] = frozenset()

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Choices:
        """Return the choices in an address or a saved filter.

        Raises:
            NoSuchPageError: something in it is no choice. Showing other threads than those that
                were meant would hide tips.
        """
        state, who = fields.get("state") or Status.OPEN.value, fields.get("who", "")
        marks = {mark for mark in MARKS if fields.get(mark)}
        is_known = state in set(Status) and (who in ("", ME, FREE) or MEMBER.fullmatch(who))
        if not is_known or any(fields[mark] != "1" for mark in marks):
            raise NoSuchPageError
        return cls(fields.get("line", ""), Status(state), who, frozenset(marks))

    def fields(self) -> dict[str, str]:
        """Return the choices as fields of an address, without those that are not made."""
        fields = {"line": self.line, "who": self.who}
        fields["state"] = "" if self.state is Status.OPEN else self.state.value
        fields |= dict.fromkeys(sorted(self.marks), "1")
        return {name: value for name, value in fields.items() if value}

    def filter(self, lines: Collection[OpenLine], member_id: str) -> InboxFilter:
        """Return the filter over the member's own lines.

        Raises:
            NoSuchPageError: the chosen line is none of them.
        """
        chosen = [line.id for line in lines if self.line in ("", line.slug)]
        if self.line and not chosen:
            raise NoSuchPageError
        assignee = {"": None, ME: member_id, FREE: NOBODY}.get(self.who, self.who)
        return InboxFilter(
            tuple(chosen),
            reader=member_id,
            status=self.state,
            assignee=assignee,
            is_unread="unread" in self.marks,
            is_unopened="unopened" in self.marks,
            is_urgent="urgent" in self.marks,
            is_waiting="waiting" in self.marks,
        )


def position(fields: Mapping[str, str]) -> InboxPosition | None:
    """Return after which thread a page goes on; None for the first page.

    Raises:
        NoSuchPageError: it is no place.
    """
    if AFTER not in fields:
        return None
    parts = POSITION.fullmatch(fields[AFTER])
    if parts is None:
        raise NoSuchPageError
    return InboxPosition(int(parts[1]), int(parts[2]), parts[3])


def written(place: InboxPosition) -> str:
    """Return a place as it stands in an address."""
    return f"{place.urgency}.{place.activity}.{place.thread_id}"


def inbox_address(fields: Mapping[str, str], anchor: str = "") -> str:
    """Return the address of the inbox with some fields."""
    values: dict[str, Any] = dict(fields)
    return url_for("inbox.show", _anchor=anchor or None, **values)
