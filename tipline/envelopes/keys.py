"""What the gateway seals, tags and sorts with."""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.generations import Generations


@dataclass(frozen=True, slots=True, repr=False)
class GatewayKeys:
    """The gateway's secret keys; all are symmetric, and none opens anything.

    `intake_tag` and `delivery_tag` are shared with the worker that checks them: HPKE does not say
    who sealed, so a row that somebody wrote straight into the database must not pass. `lane` stays:
    a sender whose lane changed could be overtaken by their own next message.
    """

    lane: bytes
    dedupe: Generations
    intake_tag: bytes
    delivery_tag: bytes
