"""Alerts to the installation's webhook: a signed POST of a few fixed fields."""

from __future__ import annotations

import hashlib
import hmac
import json

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tipline.alerts.channel import SUBJECT, Alert, ReceiverBusyError, ReceiverUncertainError
from tipline.clock import Clock

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0
SIGNATURE_HEADER = "Tipline-Signature"
SERVER_ERROR = 500


class WebhookChannel:
    """Posts alerts to one address.

    The header is `t=<Unix time>,v1=<hex>`, where hex is HMAC-SHA256 of `<Unix time>.<body>` under
    the secret: so a receiver can refuse what is not ours and what is old. `id` in the body stays
    the same when an alert is repeated.
    """

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        """Take the address and the secret that both sides know."""
        self._url = url
        self._secret = secret.encode()
        self._clock = clock

    def send(self, alert: Alert) -> None:
        """Post an alert.

        Raises:
            ReceiverBusyError: it was not reached, or refuses; an admin can mend that in time.
            ReceiverUncertainError: it did not answer, or failed while it took it.
        """
        now = self._clock()
        fields = {
            "event": "tip_waiting",
            "id": alert.uid,
            "line": alert.line_name,
            "title": SUBJECT,
            "text": alert.sentence,
            "console": alert.console_url,
            "sent_at": now.isoformat(timespec="seconds"),
            "may_be_repetition": alert.is_repetition,
        }
        body = json.dumps(fields, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(self._secret, int(now.timestamp()), body),
        }
        status = self._post(body, headers)
        if status >= SERVER_ERROR:
            raise ReceiverUncertainError
        if not 200 <= status < 300:
            raise ReceiverBusyError

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        with requests.Session() as session:
            # No proxy and no password file that the environment or the home folder may name.
            session.trust_env = False
            try:
                with session.post(
                    self._url,
                    data=body,
                    headers=headers,
                    timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                    allow_redirects=False,
                    stream=True,  # what it answers is not read
                ) as answer:
                    return answer.status_code
            except requests.RequestException as failure:
                if _never_connected(failure):
                    raise ReceiverBusyError from None
                raise ReceiverUncertainError from None


def signature(secret: bytes, at: int, body: bytes) -> str:
    """Return the header's value for a body that is posted at a Unix time (seconds)."""
    digest = hmac.digest(secret, f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hex()}"


def _never_connected(failure: requests.RequestException) -> bool:
    """Tell whether the request cannot have reached the receiver."""
    if isinstance(failure, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))
