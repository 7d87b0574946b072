"""What Twilio checks before it takes a message on, in the order in which it complains.

Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource and the
error pages of the codes named below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from tipline.simulator.errors import ApiError, invalid_to
from tipline.simulator.model import MAX_BODY_CHARACTERS
from tipline.simulator.numbers import is_e164, is_whole_number
from tipline.simulator.outbound import Request
from tipline.simulator.settings import SimulatorSettings

MAGIC_INVALID_NUMBER = "+15005550001"
"""Twilio's own test number for 21211."""

MAX_VALIDITY_PERIOD_SECONDS = 36_000
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")
_CHOICES = {
    "ContentRetention": ("retain", "discard"),
    "AddressRetention": ("retain", "obfuscate"),
    "RiskCheck": ("enable", "disable"),
}


def validate(form: Mapping[str, str], settings: SimulatorSettings) -> Request:
    """The request to send that this form is. Raises ApiError with Twilio's code if it is none."""
    to_number = _to_number(form)
    service = form.get("MessagingServiceSid") or None
    from_number = _from_number(form, service, settings)
    body = _body(form)
    _check_options(form)
    return Request(
        to_number=to_number,
        from_number=from_number,
        body=body,
        messaging_service_sid=service,
        status_callback=_status_callback(form, settings),
        discard_content=form.get("ContentRetention") == "discard",
        obfuscate_address=form.get("AddressRetention") == "obfuscate",
    )


def _to_number(form: Mapping[str, str]) -> str:
    number = form.get("To", "").strip()
    if not number:
        raise ApiError(21604, "A 'To' phone number is required.")
    if number == MAGIC_INVALID_NUMBER or not is_e164(number):
        raise invalid_to(number)
    return number


def _from_number(form: Mapping[str, str], service: str | None, settings: SimulatorSettings) -> str:
    number = form.get("From", "").strip()
    if service is not None and not _SERVICE_SID.fullmatch(service):
        raise ApiError(21705, "The Messaging Service Sid is invalid")
    if not number and service is None:
        raise ApiError(21603, "A 'From' phone number is required.")
    if not number:
        # A messaging service picks the sender from its pool; ours holds every line, in order.
        return settings.lines[0].number
    if settings.line(number) is None:
        raise ApiError(
            21606,
            f"The 'From' phone number {number} is not a valid, SMS-capable inbound phone number "
            "or short code for your account.",
        )
    return number


def _body(form: Mapping[str, str]) -> str:
    body = form.get("Body", "")
    if not body.strip():
        raise ApiError(21602, "Message body is required.")
    if len(body) > MAX_BODY_CHARACTERS:
        raise ApiError(21617, "The concatenated message body exceeds the 1600 character limit.")
    return body


def _check_options(form: Mapping[str, str]) -> None:
    for name, choices in _CHOICES.items():
        if name in form and form[name] not in choices:
            raise ApiError(20001, f"Invalid parameter {name}")
    period = form.get("ValidityPeriod", "1")
    if not is_whole_number(period) or not 1 <= int(period) <= MAX_VALIDITY_PERIOD_SECONDS:
        raise ApiError(20001, "Invalid parameter ValidityPeriod")


def _status_callback(form: Mapping[str, str], settings: SimulatorSettings) -> str | None:
    """The callback's URL, which must lead to the gateway or to this machine.

    Twilio would post anywhere. A simulator that promises to keep numbers on this machine must not.
    """
    url = form.get("StatusCallback")
    if not url:
        return None
    if not is_allowed_url(url, settings):
        raise ApiError(21609, "The 'StatusCallback' URL is not a valid URL.")
    return url


def is_allowed_url(url: str, settings: SimulatorSettings) -> bool:
    """Whether a URL leads to the gateway or to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    allowed = (*_LOOPBACK_NAMES, urlsplit(settings.public_url).hostname)
    return host is not None and parts.scheme in ("http", "https") and host in allowed
