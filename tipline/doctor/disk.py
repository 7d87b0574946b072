"""Disk space: how much is free, and for how long at the growth of the last day."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tipline.clock import hour_of
from tipline.db.reading import reading
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.threads.models import Message

CHECK = "disk_space"
GIB = 1024**3
MIB = 1024**2
SMALLEST_BYTES, SMALLEST_SHARE, SMALLEST_DAYS = 200 * MIB, 0.02, 3
SMALL_BYTES, SMALL_SHARE, SMALL_DAYS = 2 * GIB, 0.10, 30

Usage = Callable[[Path], Any]


def check_disk_space(patient: Patient, usage: Usage = shutil.disk_usage) -> list[Finding]:
    """Look at the free space of each store's disk; a full disk answers every tip with 503.

    `usage` returns total, used and free bytes, as shutil.disk_usage does.
    """
    files = {name: file for name, file in patient.database_files().items() if file.exists()}
    findings = [
        _space(name, file, _share_of_last_day(patient), usage) for name, file in files.items()
    ]
    if len(files) < len(patient.both_stores()):
        looked = "The free space of a database server's disk cannot be seen from here."
        findings.append(ok(CHECK, looked))
        if patient.settings.home.is_dir():
            findings.append(_space("key files'", patient.settings.home, 0.0, usage))
    return findings


def _space(name: str, path: Path, share: float, usage: Usage) -> Finding:
    disk = usage(path.parent if path.is_file() else path)
    size = path.stat().st_size if path.is_file() else 0
    growth = size * share
    days = disk.free / growth if growth else None
    part = disk.free / disk.total if disk.total else 0.0
    lasting = f", which lasts about {int(days)} days at the last day's growth" if days else ""
    looked = (
        f"The {name} store's disk has {_readable(disk.free)} free ({part:.0%}){lasting}."
        if not name.endswith("'")
        else f"The {name} disk has {_readable(disk.free)} free ({part:.0%})."
    )
    advice = "Make room or move the store to a larger disk, before tips are refused."
    if _is_below(disk.free, part, days, SMALLEST_BYTES, SMALLEST_SHARE, SMALLEST_DAYS):
        return failure(CHECK, looked, advice)
    if _is_below(disk.free, part, days, SMALL_BYTES, SMALL_SHARE, SMALL_DAYS):
        return warning(CHECK, looked, advice)
    return ok(CHECK, looked)


def _is_below(
    free: int, part: float, days: float | None, least: int, least_part: float, least_days: int
) -> bool:
    """Tell whether too little is free. A small share of a very large disk is enough."""
    is_small = free < least or (part < least_part and free < 10 * least)
    return is_small or (days is not None and days < least_days)


def _share_of_last_day(patient: Patient) -> float:
    """Return which part of all messages came in the last day; the stores grow with messages."""
    since = hour_of(patient.clock() - timedelta(days=1))
    try:
        with reading(patient.stores.main) as connection:
            total = connection.execute(select(func.count()).select_from(Message)).scalar_one()
            recent = connection.execute(
                select(func.count()).select_from(Message).where(Message.hour >= since)
            ).scalar_one()
    except (SQLAlchemyError, OSError):
        return 0.0
    return recent / total if total else 0.0


def _readable(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB else f"{size // MIB} MiB"
