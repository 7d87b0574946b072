"""How far a message has come: callbacks arrive in any order, and a late one undoes nothing."""

from __future__ import annotations

from tipline.delivery.outbox import OutgoingState

# Twilio's words for a message's status (Messages resource, "Message Status values").
BY_PROVIDER_STATUS = {
    "accepted": OutgoingState.SENT,
    "scheduled": OutgoingState.SENT,
    "queued": OutgoingState.SENT,
    "sending": OutgoingState.SENT,
    "sent": OutgoingState.SENT,
    "delivered": OutgoingState.DELIVERED,
    "partially_delivered": OutgoingState.DELIVERED,
    "read": OutgoingState.DELIVERED,
    "undelivered": OutgoingState.UNDELIVERED,
    "failed": OutgoingState.FAILED,
    "canceled": OutgoingState.FAILED,
}
FINAL = frozenset({OutgoingState.DELIVERED, OutgoingState.UNDELIVERED, OutgoingState.FAILED})
RANK = {
    OutgoingState.QUEUED: 0,
    OutgoingState.SENDING: 1,
    OutgoingState.UNCERTAIN: 1,
    OutgoingState.SENT: 2,
    OutgoingState.UNDELIVERED: 3,
    OutgoingState.FAILED: 3,
    OutgoingState.DELIVERED: 4,
}


def advance(present: OutgoingState, reported: OutgoingState) -> OutgoingState:
    """Return the state after a report. What a member or the program settled stays settled."""
    if present not in RANK:
        return present
    return reported if RANK[reported] > RANK[present] else present


def is_final(state: OutgoingState) -> bool:
    """Tell whether the provider will say nothing more that matters."""
    return state in FINAL
