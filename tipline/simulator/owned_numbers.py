"""The numbers that the account owns, and where messages to each are posted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from tipline.simulator.settings import Line, SimulatorSettings

# As docs/operating.md wants it: three tries more, whatever went wrong.
OVERRIDES = "#rc=3&rp=all"


@dataclass(frozen=True)
class OwnedNumber:
    """A number of the account. `sid` follows from the number, as long as nobody releases it."""

    sid: str
    number: str
    label: str
    sms_url: str
    sms_fallback_url: str
    updated: datetime


class OwnedNumbers:
    """All numbers of the account, in the order of the settings."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Have all messages posted to the gateway again."""
        with self._lock:
            self._numbers = {one.sid: one for one in map(self._new, self._settings.lines)}

    def all(self) -> list[OwnedNumber]:
        """Every number."""
        with self._lock:
            return list(self._numbers.values())

    def find(self, sid: str) -> OwnedNumber | None:
        """The number with this identifier, or None."""
        with self._lock:
            return self._numbers.get(sid)

    def lead(self, sid: str, sms_url: str, fallback_url: str) -> OwnedNumber:
        """Have messages to a number posted elsewhere."""
        with self._lock:
            changed = replace(
                self._numbers[sid],
                sms_url=sms_url,
                sms_fallback_url=fallback_url,
                updated=datetime.now(UTC),
            )
            self._numbers[sid] = changed
            return changed

    def url_of(self, number: str) -> str:
        """Where messages to a number are posted, with its overrides; "" for nowhere."""
        return next((one.sms_url for one in self.all() if one.number == number), "")

    def _new(self, line: Line) -> OwnedNumber:
        return OwnedNumber(
            sid=f"PN{sha256(line.number.encode()).hexdigest()[:32]}",
            number=line.number,
            label=line.label,
            sms_url=self._settings.webhook_url + OVERRIDES,
            sms_fallback_url=self._settings.webhook_url,
            updated=datetime.now(UTC),
        )
