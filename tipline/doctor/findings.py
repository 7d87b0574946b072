"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to do about it ("" when it is well)."""

    check: str
    level: Level
    looked_at: str
    advice: str = ""


def ok(check: str, looked_at: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(check, Level.OK, looked_at)


def warning(check: str, looked_at: str, advice: str) -> Finding:
    """Return a finding with which an instance works, with less than it promises."""
    return Finding(check, Level.WARNING, looked_at, advice)


def failure(check: str, looked_at: str, advice: str) -> Finding:
    """Return a finding with which tips are lost, or are not kept as promised."""
    return Finding(check, Level.FAILURE, looked_at, advice)
