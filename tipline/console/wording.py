"""What pages say: times, pictures, notices, and how far a reply has come, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, ngettext

from tipline.delivery.details import NO_WAY_BACK
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.reading import Progress
from tipline.language.languages import DEFAULT_LANGUAGE
from tipline.language.marking import marked
from tipline.threads.contents import Notice

STATES = {
    OutgoingState.QUEUED: marked("Waiting to be sent"),
    OutgoingState.SENDING: marked("Being sent"),
    OutgoingState.UNCERTAIN: marked(
        "It is not certain that this was sent. Ask before sending it again."
    ),
    OutgoingState.SENT: marked("Handed to the carrier"),
    OutgoingState.DELIVERED: marked("Delivered"),
    OutgoingState.UNDELIVERED: marked("Not delivered"),
    OutgoingState.FAILED: marked("Not sent"),
    OutgoingState.CANCELLED: marked("Withdrawn before it was sent: the way back was closed"),
    OutgoingState.REFUSED: marked("Refused and not sent: it was not authentic. Tell an admin."),
    OutgoingState.IN_MAILBOX: marked(
        "Put where this person finds it with their seven words. Whether they looked is not "
        "recorded."
    ),
}
# What stood where a placeholder stands, by `tipline.text.placeholders.KINDS`.
DETAILS = {
    "phone": marked("a telephone number"),
    "email": marked("an e-mail address"),
    "name": marked("a name"),
    "address": marked("a street address"),
    "ssn": marked("a social security number"),
    "dl": marked("the number of a driver's license"),
    "plate": marked("the plate of a vehicle"),
    "dob": marked("a date of birth"),
    "handle": marked("a name on a platform"),
    "ip": marked("the address of a device on the internet"),
    "card": marked("the number of a card"),
    "account": marked("the number of an account, a badge or the like"),
    "geo": marked("a position on a map"),
}
UNKNOWN_STATE = marked("How far this has come is not known")
IN_TROUBLE = frozenset(
    {
        OutgoingState.UNCERTAIN,
        OutgoingState.UNDELIVERED,
        OutgoingState.FAILED,
        OutgoingState.REFUSED,
    }
)
# Twilio's error codes (docs: "Error and Warning Dictionary"); -1 is our own.
CODES = {
    NO_WAY_BACK: marked("There was no way back to this person any more."),
    21211: marked("The carrier says that this is not a phone number."),
    21610: marked("This person has opted out. They can text START to hear from this line again."),
    21611: marked("Too much was waiting to be sent from this line's number. Send it again later."),
    30001: marked("Too much was waiting to be sent. Send it again later."),
    30003: marked("The phone could not be reached. It may be switched off or out of range."),
    30005: marked("The carrier does not know this phone. It may no longer be in use."),
    30006: marked("This is a landline, or a carrier that takes no text messages."),
    30007: marked("The carrier filtered it out as unwanted. Other words may get through."),
    30008: marked("The carrier gave no reason."),
    30034: marked("This line's number is not registered with the carriers. Tell an admin."),
    30036: marked("It could not be delivered in time."),
    63016: marked("The channel takes replies only within 24 hours of the person's last message."),
}
NOTICES = {
    Notice.OPTED_OUT.value: marked(
        "This person asked for no more messages. Their contact was destroyed: there is no way back."
    ),
    Notice.OPTED_IN.value: marked("This person allowed messages again. You can reply."),
    Notice.CALLED_IN.value: marked(
        "A member of staff typed this tip in from a call. There is no number to reply to; the "
        "caller was given seven words as a receipt."
    ),
    Notice.WEB_TIP.value: marked(
        "This tip was written on the web page. There is no number to reply to: replies wait until "
        "this person looks for them with their seven words."
    ),
}
UNKNOWN_NOTICE = marked("Something was noted here that this version of Tipline does not know.")
# Babel's letters (Unicode Technical Standard 35).
DAY = "d MMM y"
DAY_OF_WEEK = f"EEEE, {DAY}"
MINUTE, SECOND = f"{DAY}, HH:mm", f"{DAY}, HH:mm:ss"
# Whatever the language: 1,600 and 0.5, as the forms expect them.
COUNTRY = "US"


@dataclass(frozen=True, slots=True)
class DeliveryWords:
    """How far a message has come. `reason` is empty unless the carrier gave one."""

    words: str
    reason: str = ""
    is_trouble: bool = False


def delivery_words(progress: Progress | None) -> DeliveryWords:
    """Return a message's delivery state in words."""
    if progress is None:
        return DeliveryWords(gettext(UNKNOWN_STATE))
    reason = _reason(progress.code) if progress.code else ""
    return DeliveryWords(gettext(STATES[progress.state]), reason, progress.state in IN_TROUBLE)


def _reason(code: int) -> str:
    if code in CODES:
        return gettext(CODES[code])
    return gettext("The carrier's error code is %(code)d.", code=code)


def notice_words(notice: str) -> str:
    """Return what the program noted in a thread."""
    return gettext(NOTICES.get(notice, UNKNOWN_NOTICE))


def picture_words(pictures: int) -> str:
    """Say how many pictures the provider still holds, or nothing."""
    if not pictures:
        return ""
    return ngettext("1 picture not fetched yet", "%(num)d pictures not fetched yet", pictures)


def in_zone(moment: datetime, zone: str = "UTC") -> datetime:
    """Return a moment as clocks of a zone (IANA name) show it; without a zone of its own it is UTC.

    A zone that this machine does not know, which somebody may have written, counts as UTC.
    """
    at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(UTC)


def minute_time(moment: datetime) -> str:
    """Return a moment as the stores keep it, to the minute, in UTC."""
    return f"{_written(moment, MINUTE)} UTC"


def exact_time(moment: datetime, zone: str = "UTC") -> str:
    """Return a moment to the second in a zone, with the zone's abbreviation."""
    at = in_zone(moment, zone)
    return f"{_written(at, SECOND)} {at:%Z}"


def rounded_time(hour: datetime, zone: str = "UTC") -> str:
    """Return an hour as the stores keep it, in a zone.

    Where clocks are half an hour apart from UTC's, the hour begins at half past.
    """
    at = in_zone(hour, zone)
    return f"{_written(at, MINUTE)} {at:%Z}"


def day_words(day: date) -> str:
    """Return a day with its weekday, as a heading."""
    words = format_date(day, DAY_OF_WEEK, locale=_locale())
    return words[:1].upper() + words[1:]


def decimalformat(number: int | Decimal) -> str:
    """Return a figure as this country writes it in any language; in place of Flask-Babel's."""
    return format_decimal(number, locale=_locale())


def machine_time(moment: datetime) -> str:
    """Return a moment for the `datetime` attribute of a `time` element."""
    at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _written(moment: datetime, pattern: str) -> str:
    return format_datetime(moment, pattern, locale=_locale())


def _locale() -> Locale:
    """Return the page's language as this country speaks it."""
    spoken = get_locale()
    return Locale(spoken.language if spoken else DEFAULT_LANGUAGE, COUNTRY)


def register_filters(app: Flask) -> None:
    """Make the words available to templates."""
    for word in (
        picture_words,
        exact_time,
        minute_time,
        rounded_time,
        day_words,
        machine_time,
        decimalformat,
    ):
        app.add_template_filter(word)
