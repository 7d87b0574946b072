"""What was asked for, and what came of it, in the reader's language."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from tipline.approvals.kinds import Kind
from tipline.approvals.new_admins import KINDS, newcomer_of
from tipline.approvals.new_lines import line_of
from tipline.approvals.requests import Approval, State
from tipline.language.marking import marked

ABOUT_ADMINS: Final = {
    Kind.INVITE_ADMIN: marked("Invite %(name)s (%(email)s) as an admin"),
    Kind.MAKE_ADMIN: marked("Make %(name)s (%(email)s) an admin"),
    Kind.RESET_ADMIN: marked("A new key for the admin %(name)s (%(email)s)"),
}
ABOUT_LINES: Final = {Kind.MAKE_LINE: marked("Make the line %(name)s (%(number)s)")}
STATES: Final = {
    State.WAITING: marked("Waiting"),
    State.AGREED: marked("Agreed to, and not carried out yet"),
    State.DECLINED: marked("Declined"),
    State.WITHDRAWN: marked("Withdrawn"),
    State.EXPIRED: marked("Expired: nobody decided in time"),
    State.CARRIED_OUT: marked("Carried out"),
}
NOT_USED: Final = marked("Expired: agreed to, and not carried out in time")


def title_of(request: Approval) -> str:
    """Return what is asked for, as the heading of a request."""
    if request.kind in KINDS:
        who = newcomer_of(request)
        name = who.name or who.email
        return str(gettext(ABOUT_ADMINS[request.kind], name=name, email=who.email))
    line = line_of(request)
    return str(gettext(ABOUT_LINES[request.kind], name=line.name, number=line.address))


def outcome_words(request: Approval, state: State) -> str:
    """Return how far a request has come."""
    if state is State.EXPIRED and request.agreed_by:
        return str(gettext(NOT_USED))
    return str(gettext(STATES[state]))
