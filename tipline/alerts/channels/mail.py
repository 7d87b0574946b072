"""Alerts by mail: SMTP (RFC 5321) with TLS, unless the server is this machine."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from tipline.alerts.channel import (
    SUBJECT,
    Alert,
    ReceiverBusyError,
    ReceiverRefusedError,
    ReceiverUncertainError,
)
from tipline.clock import Clock

TIMEOUT_SECONDS = 10.0
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `needs_tls`: nothing but STARTTLS is said in clear."""

    host: str
    port: int
    is_tls_from_start: bool
    needs_tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str


class MailChannel:
    """Hands alerts to one mail server, each over a connection of its own."""

    def __init__(
        self, server: MailServer, clock: Clock, context: ssl.SSLContext | None = None
    ) -> None:
        """Take the server; `context` says whom to trust, by default the system's authorities."""
        self._server = server
        self._clock = clock
        self._context = context or ssl.create_default_context()
        self._domain = server.sender.rpartition("@")[2]

    def send(self, alert: Alert, address: str) -> None:
        """Hand an alert over for one address.

        Raises:
            ReceiverBusyError: the server is down, wants no TLS, or says "later".
            ReceiverUncertainError: the connection broke before it answered.
            ReceiverRefusedError: it refuses this address or this mail for good.
        """
        message = self._message(alert, address)
        client = self._connect()
        try:
            self._hand_over(client, message)
        finally:
            # What was taken is taken, however the goodbye goes.
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def greet(self) -> None:
        """Connect as for an alert, say nothing, and leave: for the operator's checks.

        Raises:
            ReceiverBusyError: as `send` does.
        """
        client = self._connect()
        try:
            client.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            raise ReceiverBusyError from None
        finally:
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def _connect(self) -> smtplib.SMTP:
        client: smtplib.SMTP | None = None
        try:
            client = self._open()
            if self._server.needs_tls and not self._server.is_tls_from_start:
                client.starttls(context=self._context)
            if self._server.user:
                client.login(self._server.user, self._server.password)
        except (OSError, smtplib.SMTPException):
            if client is not None:
                client.close()
            # From None: the error's text may repeat what was typed into the settings.
            raise ReceiverBusyError from None
        return client

    def _open(self) -> smtplib.SMTP:
        # The name of this machine is nobody's business: HELO says the sender's domain.
        host, port, name = self._server.host, self._server.port, self._domain
        if self._server.is_tls_from_start:
            return smtplib.SMTP_SSL(
                host, port, name, timeout=TIMEOUT_SECONDS, context=self._context
            )
        return smtplib.SMTP(host, port, name, TIMEOUT_SECONDS)

    def _hand_over(self, client: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            client.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            raise _refusal(min(codes, default=0)) from None
        except smtplib.SMTPNotSupportedError:
            raise ReceiverRefusedError from None  # an address that this server cannot spell
        except smtplib.SMTPSenderRefused:
            raise ReceiverBusyError from None  # a setting that an admin can mend within the day
        except smtplib.SMTPResponseException as refusal:
            raise _refusal(refusal.smtp_code) from None
        except (OSError, smtplib.SMTPException):
            raise ReceiverUncertainError from None

    def _message(self, alert: Alert, address: str) -> EmailMessage:
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=address)
        except (ValueError, IndexError, AttributeError):  # what the email package raises
            raise ReceiverRefusedError from None
        except Exception as error:
            if type(error).__module__.startswith("email."):
                raise ReceiverRefusedError from None
            raise
        message["From"] = self._server.sender
        message["Subject"] = SUBJECT
        message["Date"] = format_datetime(self._clock())
        # The same when it is repeated, so that a mailbox can tell.
        message["Message-ID"] = f"<{alert.uid}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(alert.sentence + "\n")
        return message


def _refusal(code: int) -> ReceiverRefusedError | ReceiverBusyError:
    """Tell "never" (5yz) from "not now" (RFC 5321, section 4.2.1)."""
    return ReceiverRefusedError() if code >= PERMANENT else ReceiverBusyError()
