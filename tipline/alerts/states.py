"""How far an alert has come."""

from __future__ import annotations

from enum import StrEnum


class AlertState(StrEnum):
    """The states of an alert. `SENDING` is stored before the receiver is called."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
