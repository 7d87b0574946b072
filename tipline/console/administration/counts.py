"""The admin's page: counts only. Whoever runs the installation reads no tip and sees no alias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask_babel import gettext
from sqlalchemy import Engine, Select, func, select

from tipline.console.services import console
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.models import Envelope, SetAside, StatusReport
from tipline.incidents.services import IncidentKind, counts
from tipline.language.marking import marked

REASONS = {
    "handling": marked("It could not be handled, after several tries"),
    "conflict": marked("It could not be stored, after several tries"),
    "no_such_line": marked("It was sent to an address that belongs to no line"),
    "malformed_content": marked("It opened, but held no message that this version understands"),
    IncidentKind.FORGED_ENVELOPE.value: marked("The gateway did not write it"),
    IncidentKind.UNOPENABLE_ENVELOPE.value: marked("It does not open"),
    IncidentKind.FORGED_CALL.value: marked("No member of its line signed it"),
}
INCIDENTS = {
    IncidentKind.FORGED_ENVELOPE.value: marked("Messages that the gateway did not write"),
    IncidentKind.UNOPENABLE_ENVELOPE.value: marked("Messages that do not open"),
    IncidentKind.FORGED_STATUS.value: marked("Delivery reports that the gateway did not write"),
    IncidentKind.SWAPPED_KEY.value: marked("Swapped keys"),
    IncidentKind.SWAPPED_TAG.value: marked(
        "Ways from a sender to another thread that intake did not make"
    ),
    IncidentKind.FORGED_OUTBOX.value: marked("Outgoing messages that nobody signed"),
    IncidentKind.FORGED_MESSAGE.value: marked(
        "Views of a message in a thread that is not authentic"
    ),
    IncidentKind.MISSING_MESSAGE.value: marked("Views of a thread in which a message is missing"),
    IncidentKind.FORGED_CONTACT.value: marked("Replies to a way back that is not authentic"),
    IncidentKind.FORGED_WORD_LIST.value: marked("Lists of urgent words that no member signed"),
    IncidentKind.FORGED_CASEWORK.value: marked("Views of casework that is not authentic"),
    IncidentKind.FOREIGN_JOB.value: marked("Jobs in the queue that no worker was made for"),
    IncidentKind.MESSAGE_SET_ASIDE.value: marked("Messages set aside"),
    IncidentKind.PROVIDER_LOCKED_OUT.value: marked(
        "Tries to send that the provider refused because of our credentials: check the account and "
        "the API key"
    ),
    IncidentKind.FORGED_CALL.value: marked("Called-in tips that no member of their line signed"),
    IncidentKind.UNKNOWN_MAILBOX.value: marked(
        "Messages from the web page to a tip whose way back was closed"
    ),
    IncidentKind.SWAPPED_MAILBOX.value: marked("Mailboxes for replies that intake did not make"),
    IncidentKind.ALERT_REFUSED.value: marked(
        "Alerts about a waiting tip that their receiver refused"
    ),
    IncidentKind.ALERT_GIVEN_UP.value: marked(
        "Alerts about a waiting tip that nobody took for a day"
    ),
}

administration = Blueprint("administration", __name__)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: for the intake worker, for the delivery worker, and for a person."""

    envelopes: int
    status_reports: int
    queued: int
    uncertain: int


@administration.get("/admin")
def show() -> str:
    """Show how much waits, what was set aside, and what was refused."""
    engine = console().stores.main
    return render_template(
        "console/admin.html",
        backlog=_backlog(engine),
        set_aside=_set_aside_by_reason(engine),
        incidents=_incidents(engine),
    )


def _backlog(engine: Engine) -> Backlog:
    with reading(engine) as connection:
        return Backlog(
            envelopes=connection.execute(_count(Envelope)).scalar_one(),
            status_reports=connection.execute(_count(StatusReport)).scalar_one(),
            queued=connection.execute(_in_state(OutgoingState.QUEUED)).scalar_one(),
            uncertain=connection.execute(_in_state(OutgoingState.UNCERTAIN)).scalar_one(),
        )


def _count(model: type[Envelope] | type[StatusReport]) -> Select[int]:
    return select(func.count()).select_from(model)


def _in_state(state: OutgoingState) -> Select[int]:
    return select(func.count()).select_from(Outgoing).where(Outgoing.state == state.value)


def _set_aside_by_reason(engine: Engine) -> list[tuple[str, int]]:
    query = select(SetAside.reason, func.count()).group_by(SetAside.reason)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(SetAside.reason)).all()
    return [(_words(REASONS, reason), count) for reason, count in rows]


def _incidents(engine: Engine) -> list[tuple[str, int]]:
    return [(_words(INCIDENTS, entry.kind), entry.count) for entry in counts(engine)]


def _words(table: Mapping[str, str], code: str) -> str:
    return str(gettext(table[code])) if code in table else code
