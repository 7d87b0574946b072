"""Opening a thread to change something about it: what is noted is sealed to the thread."""

from __future__ import annotations

from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member
from tipline.console.thread.opening import desk_at
from tipline.lines.holders import KeyHolder, key_holders
from tipline.threads.grants import Holder
from tipline.threads.reading import ThreadSummary
from tipline.threads.restriction import named_members
from tipline.threads.triage import Act, Triage


def triage() -> Triage:
    """Return what changes threads."""
    services = console()
    return Triage(services.stores, services.clock)


def act_on(line: OpenLine, alias: str) -> Act:
    """Open a thread for the member to change. Raises as `desk` does."""
    return Act(desk_at(line, alias).thread, line.bundle, current_member().id)


def people_of(line: OpenLine) -> list[KeyHolder]:
    """Return to whom threads of a line can be assigned that are not restricted."""
    return key_holders(console().stores.main, line.bundle)


def readers_of(
    line: OpenLine, thread: ThreadSummary, people: list[KeyHolder] | None = None
) -> list[KeyHolder]:
    """Return to whom a thread can be assigned: if it is restricted, to named members alone.

    `people`: those of the line, from whoever has looked them up before.
    """
    people = people_of(line) if people is None else people
    if not thread.is_restricted:
        return people
    holders = [Holder(person.id, person.public) for person in people]
    named = named_members(console().stores, thread, line.keyring, holders)
    return [person for person in people if person.id in named]
