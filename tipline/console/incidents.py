"""Reporting from a page. A page that can be shown is shown even when the report cannot be kept."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.audit.recording import housekeeping
from tipline.console.services import console
from tipline.incidents.services import IncidentKind, report_alone


def note_incident(kind: IncidentKind) -> None:
    """Count an incident for the admin."""
    services = console()
    try:
        with housekeeping():
            report_alone(services.stores.main, kind, services.clock())
    except SQLAlchemyError as error:
        logs.failure("incident_not_kept", error, kind=kind.value)
