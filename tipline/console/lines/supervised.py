"""The lines that a member supervises: a role on another line opens none of these pages."""

from __future__ import annotations

from tipline.audit.recording import acting
from tipline.console.refusals import NoSuchPageError
from tipline.console.staff import OpenLine, StaffLine, current_member, open_line
from tipline.lines.roles import Role


def supervised_lines() -> list[StaffLine]:
    """Return the lines on which the member is a supervisor."""
    return [line for line in current_member().lines if Role.SUPERVISOR in line.roles]


def supervised_line(slug: str) -> StaffLine:
    """Return a line by its short name.

    Raises:
        NoSuchPageError: there is none, or the member does not supervise it.
    """
    for line in supervised_lines():
        if line.slug == slug:
            acting().line = line.id
            return line
    raise NoSuchPageError


def supervised_open_line(slug: str) -> OpenLine:
    """Open the keys of a line that the member supervises.

    Raises:
        NoSuchPageError: as `supervised_line`, or the member holds no keys of it.
        LineKeysRefusedError: the granted keys are not the certified line's.
    """
    line = open_line(supervised_line(slug))
    if line is None:
        raise NoSuchPageError
    return line
