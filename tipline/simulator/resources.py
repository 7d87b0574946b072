"""The JSON in which Twilio shows messages and media.

Source: https://www.twilio.com/docs/messaging/api/message-resource#message-properties and
https://www.twilio.com/docs/messaging/api/media-resource#media-properties
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from tipline.simulator.errors import FAILURES
from tipline.simulator.model import Media, Message
from tipline.simulator.owned_numbers import OwnedNumber

API_VERSION = "2010-04-01"


def messages_path(account_sid: str) -> str:
    """Path of an account's messages, without the ending that names the format."""
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages"


def media_path(account_sid: str, message_sid: str, media_sid: str) -> str:
    """Path of an attachment: bytes as it is, its description with `.json` after it."""
    return f"{messages_path(account_sid)}/{message_sid}/Media/{media_sid}"


def _date(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def message_resource(message: Message, account_sid: str) -> dict[str, Any]:
    """A Message resource; counts are strings and dates RFC 2822, as Twilio has them."""
    path = f"{messages_path(account_sid)}/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _date(message.created),
        "date_sent": _date(message.sent),
        "date_updated": _date(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": FAILURES[message.error_code][1] if message.error_code else None,
        "from": message.from_number,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(message.num_segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message.to_number,
        "uri": f"{path}.json",
    }


def media_resource(media: Media, message: Message, account_sid: str) -> dict[str, Any]:
    """A Media resource: what it is, never the bytes."""
    return {
        "account_sid": account_sid,
        "content_type": media.content_type,
        "date_created": _date(media.created),
        "date_updated": _date(media.created),
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"{media_path(account_sid, message.sid, media.sid)}.json",
    }


def account_resource(account_sid: str) -> dict[str, Any]:
    """An Account resource, without the auth token: nothing of ours needs it from here."""
    return {
        "date_created": None,
        "date_updated": None,
        "friendly_name": "The pretend account",
        "owner_account_sid": account_sid,
        "sid": account_sid,
        "status": "active",
        "subresource_uris": {"messages": f"{messages_path(account_sid)}.json"},
        "type": "Full",
        "uri": f"/{API_VERSION}/Accounts/{account_sid}.json",
    }


def number_resource(number: OwnedNumber, account_sid: str) -> dict[str, Any]:
    """An IncomingPhoneNumber resource; of voice there is nothing here."""
    path = f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{number.sid}.json"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "beta": False,
        "capabilities": {"fax": False, "mms": True, "sms": True, "voice": False},
        "date_created": _date(number.updated),
        "date_updated": _date(number.updated),
        "friendly_name": number.label,
        "origin": "twilio",
        "phone_number": number.number,
        "sid": number.sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": number.sms_fallback_url,
        "sms_method": "POST",
        "sms_url": number.sms_url,
        "status": "in-use",
        "status_callback": "",
        "uri": path,
    }
