"""What was asked for, and what came of it, in the reader's language."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from tipline.approvals.kinds import Kind
from tipline.approvals.new_admins import KINDS, newcomer_of
from tipline.approvals.new_lines import line_of
from tipline.approvals.requests import Approval, State
from tipline.approvals.restricted_threads import alias_of, line_of_orphans
from tipline.language.marking import marked

ABOUT_ADMINS: Final = {
    Kind.INVITE_ADMIN: marked("Invite %(name)s (%(email)s) as an admin"),
    Kind.MAKE_ADMIN: marked("Make %(name)s (%(email)s) an admin"),
    Kind.RESET_ADMIN: marked("A new key for the admin %(name)s (%(email)s)"),
}
MAKE_LINE: Final = marked("Make the line %(name)s (%(number)s)")
READ_THREAD: Final = marked("Read the restricted thread %(alias)s")
OPEN_ORPHANS: Final = marked(
    "Open restricted threads of %(name)s that no member can open (%(count)d)"
)
STATES: Final = {
    State.WAITING: marked("Waiting"),
    State.AGREED: marked("Agreed to, and not carried out yet"),
    State.DECLINED: marked("Declined"),
    State.WITHDRAWN: marked("Withdrawn"),
    State.EXPIRED: marked("Expired: nobody decided in time"),
    State.CARRIED_OUT: marked("Carried out"),
}
# Who has to agree, and who then has to carry it out, where that is not the rule.
AGREES: Final = {
    Kind.READ_THREAD: marked("If there is such a thread, one of those who read it must agree."),
    Kind.OPEN_ORPHANS: marked("An admin must agree, but not one who let the asker in."),
}
ANOTHER_ADMIN: Final = marked("Another admin must agree.")
CARRIES_OUT: Final = {
    Kind.OPEN_ORPHANS: marked("Who asked can open them with the line’s recovery key."),
}
FETCHES: Final = marked("Who asked can fetch the link.")
NOT_USED: Final = marked("Expired: agreed to, and not carried out in time")


def title_of(request: Approval) -> str:
    """Return what is asked for, as the heading of a request."""
    if request.kind in KINDS:
        who = newcomer_of(request)
        name = who.name or who.email
        return str(gettext(ABOUT_ADMINS[request.kind], name=name, email=who.email))
    if request.kind is Kind.READ_THREAD:
        return str(gettext(READ_THREAD, alias=alias_of(request)))
    if request.kind is Kind.OPEN_ORPHANS:
        name, count = line_of_orphans(request)
        return str(gettext(OPEN_ORPHANS, name=name, count=count))
    line = line_of(request)
    return str(gettext(MAKE_LINE, name=line.name, number=line.address))


def next_step(request: Approval, state: State) -> str:
    """Return who has to do something now; nothing when the request has ended."""
    if state is State.WAITING:
        return str(gettext(AGREES.get(request.kind, ANOTHER_ADMIN)))
    if state is State.AGREED:
        return str(gettext(CARRIES_OUT.get(request.kind, FETCHES)))
    return ""


def outcome_words(request: Approval, state: State) -> str:
    """Return how far a request has come."""
    if state is State.EXPIRED and request.agreed_by:
        return str(gettext(NOT_USED))
    return str(gettext(STATES[state]))
