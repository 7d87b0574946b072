"""Twilio as a provider, through its own client.

Source: Twilio REST API, Messages resource (2010-04-01), and its error dictionary. The client's
exceptions carry the number in their text, so nothing of them leaves this module: codes are raised
`from None`.
"""

from __future__ import annotations

from typing import Any

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tipline.delivery.provider import (
    OutgoingText,
    ProviderBusyError,
    ProviderLockedOutError,
    ProviderRefusedError,
    ProviderUncertainError,
)

API_HOST = "https://api.twilio.com"
TIMEOUT_SECONDS = 12.0
# 401: wrong or revoked credentials; 403: the account is suspended, or its key may not send.
LOCKED_OUT = (401, 403)
NOT_FOUND = 404
TOO_MANY = 429
UNAVAILABLE = 503
SERVER_ERROR = 500
STATUS_PATH = "/webhooks/twilio/status"


class RebasedHttpClient(TwilioHttpClient):
    """Twilio's own HTTP client, talking to the configured base URL, and never retrying.

    A retried POST could send a text twice.
    """

    def __init__(self, base_url: str, *, keeps_connections: bool = True) -> None:
        """Take the base URL that stands for https://api.twilio.com."""
        super().__init__(keeps_connections, timeout=TIMEOUT_SECONDS, max_retries=0)
        self._base_url = base_url.rstrip("/")

    # The client names it `url`, and the class that the client is made from `uri`: none suits both.
    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a request to the base URL instead of Twilio's host."""
        if url.startswith(API_HOST):
            url = self._base_url + url.removeprefix(API_HOST)
        return super().request(method, url, *args, **kwargs)


class TwilioProvider:
    """Sends and erases through Twilio's REST API."""

    def __init__(
        self, account_sid: str, key_sid: str, key_secret: str, base_url: str, public_url: str
    ) -> None:
        """Take the account, an API key, the API's base URL and our own public URL."""
        # A server may close an idle connection in the moment in which a text is sent over it. Then
        # nobody can tell whether it was taken: each text has a connection of its own. Erasing
        # keeps them, for it can be asked for twice.
        sending = RebasedHttpClient(base_url, keeps_connections=False)
        erasing = RebasedHttpClient(base_url)
        self._sent = Client(key_sid, key_secret, account_sid, http_client=sending).messages
        self._held = Client(key_sid, key_secret, account_sid, http_client=erasing).messages
        self._callback = public_url.rstrip("/") + STATUS_PATH

    def send(self, text: OutgoingText) -> str:
        """Hand a text over and return its MessageSid. Raises as `Provider.send` does."""
        try:
            created = self._sent.create(
                to=text.recipient,
                from_=text.sender,
                body=text.body,
                status_callback=f"{self._callback}?ref={text.ref}",
                risk_check="disable",
            )
        except TwilioRestException as refusal:
            raise _sending_error(refusal.status, refusal.code) from None
        except requests.RequestException as failure:
            if _never_connected(failure):
                raise ProviderBusyError from None
            raise ProviderUncertainError from None
        return str(created.sid)

    def erase(self, provider_id: str) -> None:
        """Delete a message with its media. Raises as `Provider.erase` does."""
        try:
            self._held(provider_id).delete()
        except TwilioRestException as refusal:
            if refusal.status == NOT_FOUND:
                return
            raise ProviderBusyError from None
        except requests.RequestException:
            raise ProviderBusyError from None


def _sending_error(
    status: int, code: int | None
) -> ProviderBusyError | ProviderUncertainError | ProviderRefusedError:
    """Tell a refusal from a "not now" and from an answer that settles nothing."""
    if status in (TOO_MANY, UNAVAILABLE):
        return ProviderBusyError()
    if status in LOCKED_OUT:
        return ProviderLockedOutError()
    if status >= SERVER_ERROR:
        return ProviderUncertainError()
    return ProviderRefusedError(code or status)


def _never_connected(failure: requests.RequestException) -> bool:
    """Tell whether the request cannot have reached the provider."""
    if isinstance(failure, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))
