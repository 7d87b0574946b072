"""A request as one member sees it, on whichever page, and what they may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tipline.approvals.deciding import Person, may_agree, may_decline
from tipline.approvals.kinds import Kind
from tipline.approvals.new_admins import KINDS as HANDED_OVER
from tipline.approvals.new_lines import line_of
from tipline.approvals.requests import Approval, State, Words
from tipline.clock import stored
from tipline.console.approvals.wording import next_step, outcome_words, title_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.lines.descriptions import LineDescription


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """A request as one member sees it, and what they may do with it.

    `next_step`: who has to do something now; empty where a button says it, and when it has ended.
    """

    asked: Approval
    title: str
    words: Words | None
    line: LineDescription | None
    outcome: str
    next_step: str
    is_mine: bool
    is_agreed: bool
    may_agree: bool
    may_decline: bool
    may_fetch: bool


def cards(requests: Iterable[Approval], everybody: dict[str, Person]) -> list[Card]:
    """Return what the member who is signed in sees of some requests."""
    return [_card(one, everybody) for one in requests]


def _card(asked: Approval, everybody: dict[str, Person]) -> Card:
    services = console()
    me = everybody[current_member().id]
    state = asked.state(stored(services.clock()))
    is_open, is_mine = state in (State.WAITING, State.AGREED), asked.asked_by == me.id
    is_for_me = state is State.WAITING and may_agree(asked, me, everybody.get(asked.asked_by))
    may_fetch = state is State.AGREED and is_mine and asked.kind in HANDED_OVER
    return Card(
        asked=asked,
        title=title_of(asked),
        words=services.approvals.words(asked),
        line=line_of(asked) if asked.kind is Kind.MAKE_LINE else None,
        outcome=outcome_words(asked, state),
        next_step="" if is_for_me or may_fetch else next_step(asked, state),
        is_mine=is_mine,
        is_agreed=state is State.AGREED,
        may_agree=is_for_me,
        may_decline=is_open and may_decline(asked, me),
        may_fetch=may_fetch,
    )
