"""The knobs: how the pretend carrier misbehaves, for all phones or for one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from tipline.simulator.errors import FAILURES


class CreateFailure(StrEnum):
    """What goes wrong when the gateway asks for a message to be sent."""

    NONE = "none"
    ERROR_500_BEFORE_ACCEPTING = "500_before_accepting"
    ERROR_500_AFTER_ACCEPTING = "500_after_accepting"
    DROP_AFTER_ACCEPTING = "drop_after_accepting"
    TOO_MANY_REQUESTS = "429"
    UNAVAILABLE = "503"
    OPTED_OUT = "21610"


@dataclass(frozen=True)
class Knobs:
    """Settings of one phone or of all. Durations are seconds; the defaults are a good day."""

    create_delay_seconds: float = 0.0
    create_failure: CreateFailure = CreateFailure.NONE
    create_failure_count: int = 0
    delivery_error_code: int = 0
    status_pause_seconds: float = 0.2
    callbacks_withheld: bool = False
    callbacks_doubled: bool = False
    callbacks_out_of_order: bool = False
    callback_retries: int = 1
    inbound_doubled: bool = False
    inbound_retries: int = 5
    retry_pause_seconds: float = 1.0
    keyword_replies: bool = True
    advanced_opt_out: bool = False


LABELS: dict[str, str] = {
    "create_delay_seconds": "Seconds before the carrier answers a request to send",
    "create_failure": "What goes wrong with a request to send",
    "create_failure_count": "How many requests it goes wrong for (0: all)",
    "delivery_error_code": "Error after acceptance (0: none, 30003: unreachable)",
    "status_pause_seconds": "Seconds between queued, sent and delivered",
    "callbacks_withheld": "Send no status callbacks",
    "callbacks_doubled": "Send each status callback twice",
    "callbacks_out_of_order": "Send status callbacks last state first",
    "callback_retries": "How often a failed status callback is tried again",
    "inbound_doubled": "Send each incoming text to the gateway twice",
    "inbound_retries": "How often a failed incoming text is tried again",
    "retry_pause_seconds": "Seconds before the first new try (each pause doubles)",
    "keyword_replies": "The carrier itself answers STOP, START and HELP",
    "advanced_opt_out": "Say OptOutType in the webhook (Advanced Opt-Out)",
}
"""Words for the page of knobs, in its order."""

KNOB_NAMES = tuple(field.name for field in fields(Knobs))
_DEFAULTS = Knobs()
_UPPER_BOUNDS = {
    "create_delay_seconds": 120.0,
    "status_pause_seconds": 3600.0,
    "retry_pause_seconds": 600.0,
    "callback_retries": 20,
    "inbound_retries": 20,
    "create_failure_count": 1_000_000,
}


class KnobError(ValueError):
    """A knob that is unknown or has a value it cannot have; the sentence says which."""


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with their values in the knobs' types, or KnobError for the first wrong one."""
    return {name: _checked_value(name, value) for name, value in changes.items()}


def _checked_value(name: str, value: Any) -> Any:
    if name not in KNOB_NAMES:
        raise KnobError(f"There is no knob of this name. Knobs: {', '.join(KNOB_NAMES)}.")
    default = getattr(_DEFAULTS, name)
    if isinstance(default, CreateFailure):
        return _checked_failure(value)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise KnobError(f"{name} must be true or false.")
        return value
    return _checked_amount(name, default, value)


def _checked_failure(value: Any) -> CreateFailure:
    try:
        return CreateFailure(value)
    except ValueError:
        choices = ", ".join(CreateFailure)
        raise KnobError(f"create_failure must be one of: {choices}.") from None


def _checked_amount(name: str, default: float, value: Any) -> float:
    whole = isinstance(default, int)
    is_amount = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if name == "delivery_error_code":
        if not is_amount or value not in (0, *FAILURES):
            codes = ", ".join(map(str, FAILURES))
            raise KnobError(f"delivery_error_code must be 0 or one of: {codes}.")
        return int(value)
    if not is_amount or not 0 <= value <= _UPPER_BOUNDS[name]:
        kind = "whole number" if whole else "number"
        raise KnobError(f"{name} must be a {kind} from 0 to {_UPPER_BOUNDS[name]:g}.")
    return int(value) if whole else float(value)


class KnobBoard:
    """The knobs for everybody and, over them, those of single phones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._global = Knobs()
        self._numbers: dict[str, dict[str, Any]] = {}

    def reset(self) -> None:
        """All knobs back to a good day."""
        with self._lock:
            self._global = Knobs()
            self._numbers.clear()

    def turn(self, changes: Mapping[str, Any], number: str | None = None) -> None:
        """Set the named knobs, for one phone if `number` is given. Raises KnobError."""
        values = checked(changes)
        with self._lock:
            if number is None:
                self._global = replace(self._global, **values)
            else:
                self._numbers.setdefault(number, {}).update(values)

    def turn_back(self, number: str) -> None:
        """Drop a phone's own knobs, so that those for everybody hold again."""
        with self._lock:
            self._numbers.pop(number, None)

    def of(self, number: str | None) -> Knobs:
        """The knobs that hold for this phone, or for everybody if `number` is None."""
        with self._lock:
            return replace(self._global, **self._numbers.get(number or "", {}))

    def own_knobs(self) -> dict[str, dict[str, Any]]:
        """Number to the knobs that were set for it alone."""
        with self._lock:
            return {number: dict(values) for number, values in self._numbers.items()}

    def take_create_failure(self, number: str) -> CreateFailure:
        """The failure for the next request to send to `number`, counting down a limited one."""
        with self._lock:
            own = self._numbers.get(number, {})
            held = replace(self._global, **own)
            if held.create_failure is CreateFailure.NONE or held.create_failure_count == 0:
                return held.create_failure
            left = held.create_failure_count - 1
            changes: dict[str, Any] = {"create_failure_count": left}
            if left == 0:
                changes["create_failure"] = CreateFailure.NONE
            if "create_failure" in own or "create_failure_count" in own:
                self._numbers[number] = own | changes
            else:
                self._global = replace(self._global, **changes)
            return held.create_failure
