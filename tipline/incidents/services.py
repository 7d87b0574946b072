"""Reporting and counting incidents."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, func, select

from tipline import logs
from tipline.clock import day_of
from tipline.db.reading import reading
from tipline.db.upserts import add_to_counter
from tipline.incidents.models import Incident


class IncidentKind(StrEnum):
    """What can be refused."""

    FORGED_ENVELOPE = "forged_envelope"
    UNOPENABLE_ENVELOPE = "unopenable_envelope"
    FORGED_STATUS = "forged_status_report"
    SWAPPED_KEY = "swapped_public_key"
    SWAPPED_TAG = "swapped_address_tag"
    FORGED_OUTBOX = "unsigned_outbox_row"
    FORGED_MESSAGE = "forged_message"
    MISSING_MESSAGE = "missing_message"
    FORGED_CONTACT = "forged_contact"
    FORGED_WORD_LIST = "forged_word_list"
    FORGED_CASEWORK = "forged_casework"
    FOREIGN_JOB = "foreign_job"
    MESSAGE_SET_ASIDE = "message_set_aside"
    PROVIDER_LOCKED_OUT = "provider_locked_out"
    FORGED_CALL = "forged_called_in_tip"
    UNKNOWN_MAILBOX = "message_to_unknown_mailbox"
    SWAPPED_MAILBOX = "swapped_mailbox"
    ALERT_REFUSED = "alert_refused"
    ALERT_GIVEN_UP = "alert_given_up"


@dataclass(frozen=True, slots=True)
class IncidentCount:
    """How often something was refused, and the last day on which it was."""

    kind: str
    count: int
    last_day: str


def report(connection: Connection, kind: IncidentKind, now: datetime, count: int = 1) -> None:
    """Count an incident in the caller's transaction, and log it as an error."""
    logs.event("incident", logging.ERROR, kind=kind.value, count=count)
    key = {"kind": kind.value, "day": day_of(now)}
    add_to_counter(connection, Incident, key, "count", count)


def report_alone(engine: Engine, kind: IncidentKind, now: datetime) -> None:
    """Count an incident in a transaction of its own."""
    with engine.begin() as connection:
        report(connection, kind, now)


def counts(engine: Engine) -> list[IncidentCount]:
    """Return all incidents by kind, for the admin."""
    query = select(Incident.kind, func.sum(Incident.count), func.max(Incident.day)).group_by(
        Incident.kind
    )
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(Incident.kind)).all()
    return [IncidentCount(kind, int(count), str(day)) for kind, count, day in rows]
