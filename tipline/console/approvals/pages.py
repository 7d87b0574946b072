"""The page of what waits for a second person, and of what was decided lately."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from tipline.approvals.deciding import Person, may_agree, may_decline
from tipline.approvals.kinds import Kind
from tipline.approvals.new_lines import line_of
from tipline.approvals.requests import Approval, State, Words
from tipline.clock import stored
from tipline.console.approvals.wording import outcome_words, title_of
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.lines.descriptions import LineDescription

approvals = Blueprint("approvals", __name__, url_prefix="/approvals")


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """A request as one member sees it, and what they may do with it."""

    asked: Approval
    title: str
    words: Words | None
    line: LineDescription | None
    outcome: str
    is_mine: bool
    may_agree: bool
    may_decline: bool
    may_fetch: bool


@approvals.get("")
def show() -> str:
    """Show what waits for this member, what they asked, what else waits, and what was decided."""
    return approvals_page()


def approvals_page(problem: str = "") -> str:
    """Return the page, with what went wrong."""
    services = console()
    everybody = services.approvals.everybody()
    open_ones = [_card(one, everybody) for one in services.approvals.open_ones()]
    return render_template(
        "console/approvals/approvals.html",
        for_me=[card for card in open_ones if card.may_agree],
        mine=[card for card in open_ones if card.is_mine],
        others=[card for card in open_ones if not (card.may_agree or card.is_mine)],
        decided=[_card(one, everybody) for one in services.approvals.decided()],
        called={account.id: account.called for account in services.overview.all()},
        problem=problem,
    )


def _card(asked: Approval, everybody: dict[str, Person]) -> Card:
    services = console()
    me = everybody[current_member().id]
    state = asked.state(stored(services.clock()))
    is_open, is_mine = state in (State.WAITING, State.AGREED), asked.asked_by == me.id
    return Card(
        asked=asked,
        title=title_of(asked),
        words=services.approvals.words(asked),
        line=line_of(asked) if asked.kind is Kind.MAKE_LINE else None,
        outcome=outcome_words(asked, state),
        is_mine=is_mine,
        may_agree=state is State.WAITING and may_agree(asked, me, everybody.get(asked.asked_by)),
        may_decline=is_open and may_decline(asked, me),
        may_fetch=state is State.AGREED and is_mine,
    )
