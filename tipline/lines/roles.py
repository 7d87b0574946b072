"""Roles: what a member may do, on a line or on the whole installation."""

from __future__ import annotations

from enum import StrEnum

# In the place of a line's id: the role is one of the whole installation.
INSTALLATION = ""


class Role(StrEnum):
    """The roles of an installation."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    INVESTIGATOR = "investigator"
    CUSTODIAN = "custodian"
    APPROVER = "approver"
    AUDITOR = "auditor"


# Only these are granted a line's keys; an admin runs the installation and reads no tip.
READING_ROLES = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR})
# Whoever has one of these has it everywhere, and none of them opens a tip.
INSTALLATION_ROLES = frozenset({Role.ADMIN, Role.AUDITOR})
LINE_ROLES = frozenset(Role) - INSTALLATION_ROLES


def home_of(role: Role, line_id: str) -> str:
    """Return where a role is kept: on the line, or on the whole installation."""
    return INSTALLATION if role in INSTALLATION_ROLES else line_id
