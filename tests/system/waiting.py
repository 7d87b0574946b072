"""Waiting for a condition, with a deadline: no test sleeps for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

POLL_SECONDS = 0.05
# Generous: a machine may have two cores and other tests to run.
DEADLINE_SECONDS = 60.0


class NotInTimeError(AssertionError):
    """A condition did not come about before its deadline."""


def until(condition: Callable[[], Value], what: str, seconds: float = DEADLINE_SECONDS) -> Value:
    """The first true value of `condition`, or NotInTimeError that says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise NotInTimeError(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
    return value
