"""Time: one-time codes live thirty seconds, keys a day, certificates of TLS some weeks."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tipline.db.reading import reading
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.doctor.public_url import asking, public_url_of

CHECK = "clock"
# A one-time code of the step before and after is taken (RFC 6238): at most half a minute.
TOO_FAR_SECONDS = 25.0
FAR_SECONDS = 3.0
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
SIZE_OF_TIMEX = 512  # at least that of struct timex


def check_clock(patient: Patient, state: Callable[[], int | None] | None = None) -> list[Finding]:
    """Compare this machine's time with the database server's and the public web server's."""
    return [
        *_against_database(patient),
        *_against_public_url(patient),
        _synchronised((state or kernel_state)()),
    ]


def _against_database(patient: Patient) -> list[Finding]:
    findings = []
    for store, engine in patient.both_stores():
        if engine.dialect.name != "postgresql":
            continue
        try:
            with reading(engine) as connection:
                there: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        except (SQLAlchemyError, OSError):
            continue  # said by the check of the database
        findings.append(_offset(patient, there.astimezone(UTC), f"the {store} store's server"))
    return findings


def _against_public_url(patient: Patient) -> list[Finding]:
    url = public_url_of(patient)
    if not url:
        return []
    try:
        with asking() as session:
            said = session.get(f"{url}/healthz", timeout=10, allow_redirects=False).headers["Date"]
        there = parsedate_to_datetime(said)
    except (requests.RequestException, KeyError, ValueError):
        return []  # said by the check of the public URL
    return [_offset(patient, there.astimezone(UTC), "the web server at the public URL")]


def _offset(patient: Patient, there: datetime, who: str) -> Finding:
    seconds = abs((patient.clock() - there).total_seconds())
    looked = f"This machine and {who} differ by {seconds:.0f} seconds."
    advice = "Set both by NTP (timedatectl set-ntp true)."
    if seconds > TOO_FAR_SECONDS:
        return failure(CHECK, looked, advice)
    if seconds > FAR_SECONDS:
        return warning(CHECK, looked, advice)
    return ok(CHECK, f"This machine and {who} agree on the time.")


def _synchronised(state: int | None) -> Finding:
    if state is None:
        return ok(CHECK, "Whether this machine's clock is kept by NTP cannot be seen here.")
    if state == TIME_ERROR:
        looked = "Nobody keeps this machine's clock: the kernel says it is not synchronised."
        return warning(CHECK, looked, "Turn NTP on (timedatectl set-ntp true), or the host's.")
    return ok(CHECK, "This machine's clock is kept by NTP.")


def kernel_state() -> int | None:
    """Return what adjtimex(2) says of the clock when asked to change nothing; None if it cannot."""
    if sys.platform != "linux":
        return None
    answer: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(SIZE_OF_TIMEX))
    return None if answer < 0 else answer
