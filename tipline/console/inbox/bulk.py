"""Changing many threads at once, by checkboxes in the inbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, request
from flask_babel import gettext, ngettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tipline import logs
from tipline.audit.recording import acting
from tipline.console.inbox.choices import AFTER, Choices, inbox_address, position
from tipline.console.inbox.opening import act_on, people_of, readers_of, triage
from tipline.console.refusals import NoSuchPageError, RefusedError
from tipline.console.staff import OpenLine, line_or_404
from tipline.language.marking import marked
from tipline.threads.reading import NoSuchThreadError
from tipline.threads.triage import Act, AlreadySoError, ThreadTakenError

DONE, LEFT, PROBLEM = "done", "left", "problem"
MOST_AT_ONCE = 50
# Line, alias, the thread that had it when the page was made, and who worked on it then.
PICKED = re.compile(r"([a-z0-9-]{1,40})/([a-z0-9-]{1,40})/([0-9a-f]{32})/([0-9a-f]{32})?")
COUNTED = re.compile(r"(claim|assign|release)\.(\d{1,3})")
NOT_CHANGED = re.compile(r"([a-z0-9-]{1,40})\.([a-z_]{1,12})")
VERBS = frozenset({"claim", "assign", "release"})
NOBODY_PICKED, NO_ASSIGNEE = "none", "whom"
PROBLEMS = {
    NOBODY_PICKED: marked("Nothing was changed: tick the threads that you mean first."),
    NO_ASSIGNEE: marked("Nothing was changed: choose to whom the threads are to be assigned."),
}
REASONS = {
    "taken": marked("somebody else changed who works on it meanwhile"),
    "same": marked("it was so already"),
    "outside": marked("that member does not read it"),
    "gone": marked("it is no longer there"),
    "shut": marked("it does not open for you"),
    "busy": marked("the database was busy, so try this one again"),
}

bulk = Blueprint("bulk", __name__)


@dataclass(frozen=True, slots=True)
class Result:
    """How many threads were changed in which way, and which were not, with the reason of each."""

    verb: str
    changed: int
    left: tuple[tuple[str, str], ...]

    def fields(self) -> dict[str, str]:
        """Return the result as fields of an address: aliases, and words of ours."""
        fields = {DONE: f"{self.verb}.{self.changed}"}
        if self.left:
            fields[LEFT] = ",".join(f"{alias}.{reason}" for alias, reason in self.left)
        return fields

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Result | None:
        """Return the result in an address, or None if there is none that we wrote."""
        done = COUNTED.fullmatch(fields.get(DONE, ""))
        parts = [NOT_CHANGED.fullmatch(one) for one in fields.get(LEFT, "").split(",") if one]
        if done is None or any(part is None or part[2] not in REASONS for part in parts):
            return None
        return cls(done[1], int(done[2]), tuple((part[1], part[2]) for part in parts if part))

    @property
    def sentence(self) -> str:
        """Return how many were changed."""
        number = self.changed
        if self.verb == "claim":
            return ngettext("%(num)d thread was claimed.", "%(num)d threads were claimed.", number)
        if self.verb == "release":
            return ngettext(
                "%(num)d thread was released.", "%(num)d threads were released.", number
            )
        return ngettext("%(num)d thread was assigned.", "%(num)d threads were assigned.", number)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Return which were not changed, each with its reason in words."""
        return [(alias, gettext(REASONS[reason])) for alias, reason in self.left]


def problem_words(fields: Mapping[str, str]) -> str:
    """Return why nothing was changed, or nothing if an address does not say so."""
    problem = PROBLEMS.get(fields.get(PROBLEM, ""))
    return gettext(problem) if problem else ""


@bulk.post("/inbox/change")
def change() -> Response:
    """Claim, assign or release the ticked threads, and say what came of it."""
    verb, to = request.form.get("do", ""), request.form.get("to", "")
    if verb not in VERBS:
        raise NoSuchPageError
    picked = [PICKED.fullmatch(value) for value in request.form.getlist("threads")]
    if len(picked) > MOST_AT_ONCE or any(one is None for one in picked):
        raise NoSuchPageError
    if not picked:
        return _back({PROBLEM: NOBODY_PICKED})
    if verb == "assign" and not to:
        return _back({PROBLEM: NO_ASSIGNEE})
    wanted = [_Picked(*one.groups()) for one in picked if one]
    # All lines first: one that cannot be opened must not end it half way.
    changer = _Changer(verb, to, {one.slug for one in wanted})
    outcomes = [(one.alias, changer.outcome(one)) for one in wanted]
    left = tuple((alias, reason) for alias, reason in outcomes if reason)
    return _back(Result(verb, len(outcomes) - len(left), left).fields())


@dataclass(frozen=True, slots=True)
class _Picked:
    slug: str
    alias: str
    thread_id: str
    seen: str | None


class _Changer:
    """Changes one thread after the other, having opened each line once."""

    def __init__(self, verb: str, to: str, slugs: set[str]) -> None:
        self._verb = verb
        self._to = to
        self._lines = {slug: line_or_404(slug) for slug in slugs}
        self._people = {slug: people_of(line) for slug, line in self._lines.items()}

    def outcome(self, one: _Picked) -> str:
        """Change a thread and return nothing, or the reason why it was not changed."""
        line = self._lines[one.slug]
        try:
            act = act_on(line, one.alias)
            if act.thread.summary.id != one.thread_id:
                return "gone"  # another thread has this alias now
            if self._verb == "assign" and not self._may_be_given(line, act):
                return "outside"
            self._change(one.seen)(act)
        except ThreadTakenError:
            return "taken"
        except AlreadySoError:
            return "same"
        except NoSuchThreadError:
            return "gone"
        except RefusedError:
            return "shut"
        except SQLAlchemyError as error:
            # Those before it are changed, and the page must say so.
            logs.failure("bulk_change_failed", error)
            return "busy"
        return ""

    def _may_be_given(self, line: OpenLine, act: Act) -> bool:
        readers = readers_of(line, act.thread.summary, self._people[line.slug])
        if self._to not in {person.id for person in readers}:
            return False
        acting().subject = self._to
        return True

    def _change(self, seen: str | None) -> Callable[[Act], None]:
        changes = triage()
        if self._verb == "claim":
            return changes.claim
        if self._verb == "release":
            return partial(changes.release, seen=seen)
        return partial(changes.assign, to=self._to, seen=seen)


def _back(outcome: dict[str, str]) -> Response:
    """Go back to the page of the inbox from which the form came, with what came of it."""
    fields = Choices.read(request.args).fields()
    if position(request.args) is not None:
        fields[AFTER] = request.args[AFTER]
    return redirect(inbox_address(fields | outcome), 303)
