"""All checks, in the order in which one would mend what they find."""

from __future__ import annotations

from collections.abc import Callable

from tipline import logs
from tipline.doctor.disk import check_disk_space
from tipline.doctor.findings import Finding, failure
from tipline.doctor.keys import check_keys, check_unlock_secret
from tipline.doctor.machine import check_core_dumps, check_swap, check_users
from tipline.doctor.mail import check_mail
from tipline.doctor.patient import Patient
from tipline.doctor.permissions import check_permissions
from tipline.doctor.provider import check_provider
from tipline.doctor.public_url import check_public_url
from tipline.doctor.queue import check_queue
from tipline.doctor.stores import check_database, check_migrations
from tipline.doctor.timekeeping import check_clock

CHECKS: dict[str, Callable[[Patient], list[Finding]]] = {
    "keys": check_keys,
    "unlock_secret": check_unlock_secret,
    "permissions": check_permissions,
    "users": check_users,
    "core_dumps": check_core_dumps,
    "swap": check_swap,
    "database": check_database,
    "migrations": check_migrations,
    "disk_space": check_disk_space,
    "queue": check_queue,
    "clock": check_clock,
    "public_url": check_public_url,
    "provider": check_provider,
    "mail": check_mail,
}


def examine(patient: Patient) -> list[Finding]:
    """Make all checks. One that breaks is a finding of its own, and keeps no other from being made.

    What a check broke on is told by type and place in the log: its text may hold anything.
    """
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings += check(patient)
        except Exception as error:
            logs.failure("check_failed", error)
            looked = "This check could not be made to its end."
            advice = "The log line says where it broke; look there by hand."
            findings.append(failure(name, looked, advice))
    return findings
