"""Opening a thread to change something about it: what is noted is sealed to the thread."""

from __future__ import annotations

import re

from tipline.console.incidents import note_incident
from tipline.console.refusals import NoSuchPageError, ThreadClosedError, ThreadRefusedError
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.incidents.services import IncidentKind
from tipline.lines.holders import KeyHolder, key_holders
from tipline.threads.reading import open_thread
from tipline.threads.triage import Act, Triage

ALIAS = re.compile(r"[a-z0-9-]{1,40}")


def triage() -> Triage:
    """Return what changes threads."""
    services = console()
    return Triage(services.stores, services.clock)


def act_on(line: OpenLine, alias: str) -> Act:
    """Open a thread for the member to change.

    Raises:
        NoSuchPageError, NoSuchThreadError: there is none.
        ThreadRefusedError, ThreadClosedError: its key is not to be trusted, or does not open.
    """
    if not ALIAS.fullmatch(alias):
        raise NoSuchPageError
    services = console()
    pin = services.keys.intake_pin
    try:
        thread = open_thread(services.stores, line.id, alias, line.keyring, pin)
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise ThreadRefusedError from None
    except CannotOpenError:
        raise ThreadClosedError from None
    return Act(thread, line.bundle, current_member().id)


def people_of(line: OpenLine) -> list[KeyHolder]:
    """Return to whom threads of a line can be assigned."""
    return key_holders(console().stores.main, line.id, line.bundle.generation)
