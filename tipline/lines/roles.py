"""Roles: what a member may do on a line."""

from __future__ import annotations

from enum import StrEnum


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
