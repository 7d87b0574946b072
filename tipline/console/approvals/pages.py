"""The page of what waits for a second person, and of what was decided lately."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template

from tipline.approvals.requests import Approval
from tipline.console.approvals.cards import Card, cards
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.lines.roles import Role

approvals = Blueprint("approvals", __name__, url_prefix="/approvals")


@approvals.get("")
def show() -> str:
    """Show what waits for this member, what they asked, what else waits, and what was decided."""
    return approvals_page()


def approvals_page(problem: str = "") -> str:
    """Return the page, with what went wrong."""
    services = console()
    everybody = services.approvals.everybody()
    open_ones = [_here(card) for card in cards(_shown(services.approvals.open_ones()), everybody)]
    return render_template(
        "console/approvals/approvals.html",
        for_me=[card for card in open_ones if card.may_agree],
        mine=[card for card in open_ones if card.is_mine],
        others=[card for card in open_ones if not (card.may_agree or card.is_mine)],
        decided=cards(_shown(services.approvals.decided()), everybody),
        called={account.id: account.called for account in services.overview.all()},
        problem=problem,
    )


def _here(card: Card) -> Card:
    """Return a card with the buttons that work here: a thread's readers decide on its own page."""
    if Role.ADMIN in card.asked.rule.decided_by:
        return card
    return replace(card, may_agree=False, may_decline=False)


def _shown(requests: list[Approval]) -> list[Approval]:
    """Return what admins decide on. What a thread's readers do is shown to auditors besides.

    Why somebody wants to read a thread may say what it is about, and admins read no tip.
    """
    if Role.AUDITOR in current_member().roles:
        return requests
    return [one for one in requests if Role.ADMIN in one.rule.decided_by]
