"""The provider's side of a webhook, written from its published description.

Tests that sign with the library that the gateway verifies with would share its mistakes, so
nothing here imports it. Description: the full URL as requested, query included; then every POST
field in the order of its name (case-sensitive), name and value without anything in between;
HMAC-SHA1 with the auth token as the key; base64.
https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

import requests

Fields = Sequence[tuple[str, str]]

API_VERSION = "2010-04-01"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TIMEOUT_SECONDS = 15.0  # how long the provider waits for an answer


def sign(auth_token: str, url: str, fields: Fields) -> str:
    """The `X-Twilio-Signature` for `fields` posted to `url`.

    A field that occurs several times counts once for each different value, ordered by value.
    """
    if not auth_token:
        raise ValueError("an empty auth token signs anything")
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def new_sid(prefix: str = "SM") -> str:
    """A provider id: two letters (SM text, MM with media, ME media, AC account), 32 hex digits."""
    return prefix + secrets.token_hex(16)


def inbound_fields(
    body: str,
    *,
    sender: str,
    to: str,
    media: Sequence[tuple[str, str]] = (),
    message_sid: str | None = None,
    account_sid: str = ACCOUNT_SID,
    extra: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """All form fields of an inbound text; `media` has (URL, content type).

    The geography is what the provider adds by itself. Channels other than SMS come as `sender` with
    their prefix (`whatsapp:+1...`) and their own fields (`ProfileName`, `WaId`) as `extra`, which
    adds or replaces.
    """
    sid = message_sid or new_sid("MM" if media else "SM")
    fields = {
        "ToCountry": "US", "ToState": "CA", "ToCity": "STOCKTON", "ToZip": "95202",
        "FromCountry": "US", "FromState": "CA", "FromCity": "LODI", "FromZip": "95240",
        "MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": account_sid,
        "From": sender, "To": to, "Body": body,
        "NumMedia": str(len(media)), "NumSegments": str(segments(body)),
        "SmsStatus": "received", "ApiVersion": API_VERSION,
    }  # fmt: skip
    for number, (url, content_type) in enumerate(media):
        fields[f"MediaUrl{number}"] = url
        fields[f"MediaContentType{number}"] = content_type
    return list({**fields, **(extra or {})}.items())


def status_fields(
    message_sid: str,
    status: str,
    *,
    sender: str,
    to: str,
    error_code: int | None = None,
    account_sid: str = ACCOUNT_SID,
    extra: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """All form fields of a status callback; `sender` is the line here, `to` the resident."""
    fields = {
        "MessageSid": message_sid, "SmsSid": message_sid, "AccountSid": account_sid,
        "From": sender, "To": to, "MessageStatus": status, "SmsStatus": status,
        "ApiVersion": API_VERSION,
    }  # fmt: skip
    if error_code is not None:
        fields["ErrorCode"] = str(error_code)
    return list({**fields, **(extra or {})}.items())


# GSM 03.38: the characters of a one-septet text, and those that cost two septets.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


def segments(body: str) -> int:
    """How many text messages `body` takes on the air: 160 or 153 septets, 70 or 67 UTF-16 units."""
    if set(body) <= _GSM | _GSM_EXTENDED:
        size, single, joined = len(body) + sum(c in _GSM_EXTENDED for c in body), 160, 153
    else:
        size, single, joined = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= single else -(-size // joined)


def post_signed(
    base_url: str,
    path: str,
    auth_token: str,
    fields: Fields,
    query: str = "",
    session: requests.Session | None = None,
    *,
    public_url: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """Post `fields` as the provider does and give back the answer, redirects not followed.

    `public_url` is the base URL that the provider knows, where the server listens elsewhere behind
    a proxy: it is signed, `base_url` is called. `headers` replace what is sent, the signature
    included. Raises what `requests` raises, after at most 15 s without an answer.
    """
    tail = path + (f"?{query}" if query else "")
    signature = sign(auth_token, (public_url or base_url).rstrip("/") + tail, fields)
    sent = {
        "X-Twilio-Signature": signature,
        "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        "User-Agent": "TwilioProxy/1.1",
        **(headers or {}),
    }
    post = session.post if session is not None else requests.post
    return post(
        base_url.rstrip("/") + tail,
        data=list(fields),
        headers=sent,
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
    )
