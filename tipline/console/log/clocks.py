"""The clocks of lines: night is what it is where a line's members work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select

from tipline.audit.unusual import NIGHT
from tipline.lines.models import Line


def zones_of(connection: Connection) -> dict[str, ZoneInfo]:
    """Return the time zone of each line, by its id; UTC where this machine does not know it."""
    rows = connection.execute(select(Line.id, Line.time_zone)).all()
    return {row.id: _zone(row.time_zone) for row in rows}


def is_night_at(zones: Collection[ZoneInfo], moment: datetime) -> bool:
    """Tell whether it is between midnight and five at each of these places, if there are any."""
    return bool(zones) and all(moment.astimezone(zone).hour in NIGHT for zone in zones)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
