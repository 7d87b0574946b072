"""What Twilio posts: checking that it was Twilio, and reading the fields that we keep.

Sources: Twilio, "Webhooks security" (X-Twilio-Signature) and "Twilio's request to your incoming
message webhook URL". The signature joins names and values without separators, so a field that is
missing, doubled or merged into another must be refused even when the signature holds.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tipline.envelopes.messages import InboundMessage, MediaItem, StatusNotice
from tipline.errors import TiplineError

MESSAGE_PATH = "/webhooks/twilio/message"
STATUS_PATH = "/webhooks/twilio/status"
SIGNATURE_HEADER = "X-Twilio-Signature"

MESSAGE_FIELDS = ("MessageSid", "AccountSid", "From", "To", "Body", "NumMedia")
STATUS_FIELDS = ("MessageSid", "AccountSid", "MessageStatus")
MAX_MEDIA = 10
MAX_BODY_CHARACTERS = 1600 * 4
MAX_FIELD_CHARACTERS = 4096
MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
REF = re.compile(r"[0-9a-f]{32}")
# E.164 with or without its plus, a short code, a name, or an address with its channel. Strict,
# because a field that was merged into this one (FromCity, say) leaves the signature as it was.
SENDER = re.compile(
    r" ?\+[0-9 ().-]{2,24}|[0-9]{1,15}|[A-Za-z0-9 &._-]{1,11}|[a-z]{2,16}:\+?[0-9A-Za-z._@-]{1,128}"
)
MEDIA_COUNT = re.compile(r"[0-9]{1,2}")
ERROR_CODE = re.compile(r"[0-9]{1,6}")
STATUS_WORD = re.compile(r"[a-z_]{1,32}")
OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})


class Refusal(StrEnum):
    """Why a webhook was refused. Logged; the fields themselves never are."""

    NOT_SIGNED = "not_signed"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_ACCOUNT = "wrong_account"
    FIELD_MISSING = "field_missing"
    FIELD_DOUBLED = "field_doubled"
    FIELD_MALFORMED = "field_malformed"


class WebhookRefusedError(TiplineError):
    """A webhook is not believed (403) or not understood (400)."""

    code = "webhook_refused"
    message = "A webhook was refused."

    def __init__(self, reason: Refusal) -> None:
        """Keep the reason."""
        super().__init__()
        self.reason = reason

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        unbelieved = {Refusal.NOT_SIGNED, Refusal.WRONG_SIGNATURE, Refusal.WRONG_ACCOUNT}
        return 403 if self.reason in unbelieved else 400


class WebhookReader:
    """Checks and reads webhooks of one account, whose URL is the configured one.

    The URL is never built from the Host header: a client could choose it.
    """

    def __init__(self, public_url: str, account_sid: str, auth_tokens: Sequence[str]) -> None:
        """Take the public base URL, and one or (during rotation) two auth tokens."""
        self._public_url = public_url
        self._account_sid = account_sid
        self._validators = [RequestValidator(token) for token in auth_tokens]

    def signed(self, fields: dict[str, str]) -> tuple[str, str]:
        """Return our public URL, and the signature of a message posted to it: for the self-test."""
        url = self._public_url + MESSAGE_PATH
        return self._public_url, str(self._validators[0].compute_signature(url, fields))

    def message(
        self, form: MultiDict[str, str], query: str, signature: str | None, now: datetime
    ) -> InboundMessage:
        """Return the resident's message; the provider's geography is dropped here.

        Raises:
            WebhookRefusedError: see `Refusal`.
        """
        self._check(MESSAGE_PATH, form, query, signature, MESSAGE_FIELDS)
        count = form["NumMedia"]
        if (
            not MEDIA_COUNT.fullmatch(count)
            or int(count) > MAX_MEDIA
            or len(form["Body"]) > MAX_BODY_CHARACTERS
        ):
            raise WebhookRefusedError(Refusal.FIELD_MALFORMED)
        opt_out = form.get("OptOutType", "")
        return InboundMessage(
            provider_id=_matching(MESSAGE_SID, form["MessageSid"]),
            sender=_matching(SENDER, form["From"]),
            recipient=_filled(form["To"]),
            body=form["Body"],
            media=tuple(_media(form, index) for index in range(int(count))),
            opt_out=opt_out if opt_out in OPT_OUT_TYPES else "",
            received_at=now,
        )

    def status(
        self,
        form: MultiDict[str, str],
        query: str,
        refs: Sequence[str],
        signature: str | None,
        now: datetime,
    ) -> StatusNotice:
        """Return what became of a message of ours.

        Raises:
            WebhookRefusedError: see `Refusal`.
        """
        self._check(STATUS_PATH, form, query, signature, STATUS_FIELDS)
        if len(refs) != 1:
            raise WebhookRefusedError(Refusal.FIELD_MISSING)
        error_code = form.get("ErrorCode", "")
        return StatusNotice(
            ref=_matching(REF, refs[0]),
            provider_id=_matching(MESSAGE_SID, form["MessageSid"]),
            status=_matching(STATUS_WORD, form["MessageStatus"]),
            error_code=error_code if ERROR_CODE.fullmatch(error_code) else "",
            received_at=now,
        )

    def _check(
        self,
        path: str,
        form: MultiDict[str, str],
        query: str,
        signature: str | None,
        required: Sequence[str],
    ) -> None:
        if not signature:
            raise WebhookRefusedError(Refusal.NOT_SIGNED)
        url = self._public_url + path + (f"?{query}" if query else "")
        fields = _single_fields(form)
        # Every token is tried, so that timing does not say which one is in use.
        matches = [_is_valid(validator, url, fields, signature) for validator in self._validators]
        if not any(matches):
            raise WebhookRefusedError(Refusal.WRONG_SIGNATURE)
        if any(name not in fields for name in required):
            raise WebhookRefusedError(Refusal.FIELD_MISSING)
        if form["AccountSid"] != self._account_sid:
            raise WebhookRefusedError(Refusal.WRONG_ACCOUNT)


class SingleFields(dict[str, str]):
    """Fields that occur once each, in the form in which Twilio's validator asks for them first."""

    def getall(self, name: str) -> tuple[str]:
        """Return the one value of a field."""
        return (self[name],)


def _single_fields(form: MultiDict[str, str]) -> SingleFields:
    """Return the fields, none of which may be doubled: the signature would not tell."""
    fields = SingleFields()
    for name, values in form.lists():
        if len(values) != 1:
            raise WebhookRefusedError(Refusal.FIELD_DOUBLED)
        fields[name] = values[0]
    return fields


def _is_valid(validator: RequestValidator, url: str, fields: SingleFields, signature: str) -> bool:
    """Ask Twilio's validator, which raises TypeError when the query names a body hash.

    What is signed for our URL as it is configured is right without asking on: the validator would
    sign twice, for the URL with a port and without one. What is not takes as long with every token.
    """
    try:
        exact = validator.compute_signature(url, fields)
        if hmac.compare_digest(exact.encode(), signature.encode()):
            return True
        return bool(validator.validate(url, fields, signature))
    except (TypeError, ValueError):
        return False


def _media(form: MultiDict[str, str], index: int) -> MediaItem:
    try:
        url, content_type = form[f"MediaUrl{index}"], form[f"MediaContentType{index}"]
    except KeyError:
        raise WebhookRefusedError(Refusal.FIELD_MISSING) from None
    return MediaItem(_filled(url), content_type[:128])


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise WebhookRefusedError(Refusal.FIELD_MALFORMED)
    return value


def _filled(value: str) -> str:
    if not value or len(value) > MAX_FIELD_CHARACTERS:
        raise WebhookRefusedError(Refusal.FIELD_MALFORMED)
    return value
