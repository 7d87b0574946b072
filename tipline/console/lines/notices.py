"""What the inbox says of lines whose keys the member does not hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tipline.console.services import console
from tipline.console.staff import StaffLine, current_member
from tipline.lines.registry import has_keys
from tipline.lines.roles import READING_ROLES, Role


@dataclass(frozen=True, slots=True)
class WithoutKeys:
    """A line that the member should read and cannot: the line has no keys, or the member none."""

    name: str
    slug: str
    has_keys: bool
    is_supervisor: bool


def lines_without_keys(known: Collection[str]) -> list[WithoutKeys]:
    """Return the lines on which the member has a reading role, but that are not among `known`."""
    return [
        _without_keys(line)
        for line in current_member().lines
        if line.id not in known and not READING_ROLES.isdisjoint(line.roles)
    ]


def _without_keys(line: StaffLine) -> WithoutKeys:
    made = has_keys(console().stores.main, line.id)
    return WithoutKeys(line.name, line.slug, made, Role.SUPERVISOR in line.roles)
