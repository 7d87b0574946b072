"""Time as a parameter, so that tests can move it. Always UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SteadyClock:
    """How short times are measured and let pass.

    Attributes:
        now: returns seconds that never run backwards, from any start.
        sleep: waits for so many seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep


def system_clock() -> datetime:
    """Return the present time, in UTC."""
    return datetime.now(UTC)


def stored(moment: datetime) -> datetime:
    """Return a moment as the stores keep it: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def hour_of(moment: datetime) -> datetime:
    """Return the start of the hour: the only precision that is stored in the clear."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)


def day_of(moment: datetime) -> date:
    """Return the day in UTC."""
    return moment.astimezone(UTC).date()
