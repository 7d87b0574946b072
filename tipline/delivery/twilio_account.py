"""What the provider says of our account: for the operator's checks, which send nothing.

Source: Twilio REST API 2010-04-01, IncomingPhoneNumbers and Accounts resources. A standard API key
may list numbers; only the account's own SID and auth token may look at the account.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tipline.delivery.provider import ProviderBusyError, ProviderLockedOutError
from tipline.delivery.twilio import LOCKED_OUT, RebasedHttpClient

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """A number of the account, and where messages to it are posted."""

    number: str = field(repr=False)
    message_url: str
    message_method: str
    fallback_url: str


class TwilioAccount:
    """Looks at one account with one pair of credentials."""

    def __init__(self, account_sid: str, username: str, password: str, base_url: str) -> None:
        """Take the account, an API key or the account's own credentials, and the API's URL."""
        self._account_sid = account_sid
        http_client = RebasedHttpClient(base_url)
        self._client = Client(username, password, account_sid, http_client=http_client)

    def numbers(self) -> list[AccountNumber]:
        """Return all numbers of the account.

        Raises:
            ProviderLockedOutError: these credentials are refused.
            ProviderBusyError: the provider does not answer, or says something else.
        """
        try:
            found = self._client.incoming_phone_numbers.list(page_size=PAGE_SIZE)
        except (TwilioException, requests.RequestException) as error:
            raise _translated(error) from None
        return [
            AccountNumber(
                number=one.phone_number or "",
                message_url=one.sms_url or "",
                message_method=(one.sms_method or "").upper(),
                fallback_url=one.sms_fallback_url or "",
            )
            for one in found
        ]

    def is_active(self) -> bool:
        """Tell whether the account is neither suspended nor closed. Raises as `numbers` does."""
        try:
            return str(self._client.api.accounts(self._account_sid).fetch().status) == "active"
        except (TwilioRestException, requests.RequestException) as error:
            raise _translated(error) from None


def _translated(error: Exception) -> ProviderBusyError:
    """Return our own error: the client's repeats URLs and what was sent."""
    if _status(error) in LOCKED_OUT:
        return ProviderLockedOutError()
    return ProviderBusyError()


def _status(error: Exception) -> int | None:
    """Return the HTTP status that an error stands for. Of a list's page it is in the response."""
    if isinstance(error, TwilioRestException):
        return int(error.status)
    return getattr(error.args[-1], "status_code", None) if error.args else None
