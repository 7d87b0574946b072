"""Posting signed forms to the gateway, again if need be.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

from tipline.simulator.scheduler import Scheduler
from tipline.simulator.signature import sign

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class Post:
    """One form post and how often to try it again, the pause doubling after each try."""

    url: str
    fields: Mapping[str, str]
    retries: int
    retry_pause_seconds: float
    # The same token on every try of a post, as Twilio sends it; it is not part of the signature.
    idempotency_token: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Attempt:
    """How one try went. `http_status` is None when there was no answer at all."""

    number: int
    http_status: int | None
    will_retry: bool

    @property
    def accepted(self) -> bool:
        """Whether the gateway took it: any 2xx."""
        return self.http_status is not None and 200 <= self.http_status < 300


class Courier:
    """Delivers posts in the background, each to its end before its caller's next step."""

    def __init__(self, scheduler: Scheduler, auth_token: str) -> None:
        self._scheduler = scheduler
        self._auth_token = auth_token

    def deliver(self, post: Post, report: Callable[[Attempt], None], number: int = 1) -> None:
        """Try `post` now, on this thread; `report` hears of each try, the last included."""
        http_status = self._send(post)
        failed = http_status is None or http_status >= 500
        will_retry = failed and number <= post.retries
        # Before the next try can begin, or its report could come first.
        report(Attempt(number, http_status, will_retry))
        if will_retry:
            pause = post.retry_pause_seconds * 2 ** (number - 1)
            self._scheduler.after(pause, lambda: self.deliver(post, report, number + 1))

    def _send(self, post: Post) -> int | None:
        # Overrides after '#' are for the carrier alone: neither sent nor signed.
        url = post.url.partition("#")[0]
        headers = {
            "X-Twilio-Signature": sign(self._auth_token, url, post.fields),
            "I-Twilio-Idempotency-Token": post.idempotency_token,
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            # A connection kept from before a gateway's restart would fail without reaching it, so
            # each post gets a new one.
            with requests.Session() as session:
                # A proxy or .netrc of the machine must not carry these posts elsewhere.
                session.trust_env = False
                response = session.post(
                    url,
                    data=dict(post.fields),
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
                    allow_redirects=False,
                )
        except (requests.RequestException, ValueError):
            # ValueError: a URL that urllib3 cannot read, which requests passes on.
            return None
        return response.status_code
