"""Opening a thread to change something about it: what is noted is sealed to the thread."""

from __future__ import annotations

from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member
from tipline.console.thread.opening import desk_at
from tipline.lines.holders import KeyHolder, key_holders
from tipline.threads.triage import Act, Triage


def triage() -> Triage:
    """Return what changes threads."""
    services = console()
    return Triage(services.stores, services.clock)


def act_on(line: OpenLine, alias: str) -> Act:
    """Open a thread for the member to change. Raises as `desk` does."""
    return Act(desk_at(line, alias).thread, line.bundle, current_member().id)


def people_of(line: OpenLine) -> list[KeyHolder]:
    """Return to whom threads of a line can be assigned."""
    return key_holders(console().stores.main, line.bundle)
