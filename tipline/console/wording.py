"""What pages say: times, pictures, notices, and how far a reply has come, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask

from tipline.delivery.details import NO_WAY_BACK
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.reading import Progress
from tipline.language.marking import marked
from tipline.threads.contents import Notice

STATES = {
    OutgoingState.QUEUED: "Waiting to be sent",
    OutgoingState.SENDING: "Being sent",
    OutgoingState.UNCERTAIN: ("It is not certain that this was sent. Ask before sending it again."),
    OutgoingState.SENT: "Handed to the carrier",
    OutgoingState.DELIVERED: "Delivered",
    OutgoingState.UNDELIVERED: "Not delivered",
    OutgoingState.FAILED: "Not sent",
    OutgoingState.CANCELLED: "Withdrawn before it was sent: the way back was closed",
    OutgoingState.REFUSED: "Refused and not sent: it was not authentic. Tell an admin.",
    OutgoingState.IN_MAILBOX: marked(
        "Put where this person finds it with their seven words. Whether they looked is not "
        "recorded."
    ),
}
UNKNOWN_STATE = "How far this has come is not known"
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
    NO_WAY_BACK: "There was no way back to this person any more.",
    21211: "The carrier says that this is not a phone number.",
    21610: "This person has opted out. They can text START to hear from this line again.",
    21611: "Too much was waiting to be sent from this line's number. Send it again later.",
    30001: "Too much was waiting to be sent. Send it again later.",
    30003: "The phone could not be reached. It may be switched off or out of range.",
    30005: "The carrier does not know this phone. It may no longer be in use.",
    30006: "This is a landline, or a carrier that takes no text messages.",
    30007: "The carrier filtered it out as unwanted. Other words may get through.",
    30008: "The carrier gave no reason.",
    30034: "This line's number is not registered with the carriers. Tell an admin.",
    30036: "It could not be delivered in time.",
    63016: "The channel takes replies only within 24 hours of the person's last message.",
}
NOTICES = {
    Notice.OPTED_OUT.value: (
        "This person asked for no more messages. Their contact was destroyed: there is no way back."
    ),
    Notice.OPTED_IN.value: "This person allowed messages again. You can reply.",
    Notice.CALLED_IN.value: (
        "A member of staff typed this tip in from a call. There is no number to reply to; the "
        "caller was given seven words as a receipt."
    ),
    Notice.WEB_TIP.value: marked(
        "This tip was written on the web page. There is no number to reply to: replies wait until "
        "this person looks for them with their seven words."
    ),
}
UNKNOWN_NOTICE = "Something was noted here that this version of Tipline does not know."


@dataclass(frozen=True, slots=True)
class DeliveryWords:
    """How far a message has come. `reason` is empty unless the carrier gave one."""

    words: str
    reason: str = ""
    is_trouble: bool = False


def delivery_words(progress: Progress | None) -> DeliveryWords:
    """Return a message's delivery state in words."""
    if progress is None:
        return DeliveryWords(UNKNOWN_STATE)
    reason = ""
    if progress.code:
        reason = CODES.get(progress.code, f"The carrier's error code is {progress.code}.")
    return DeliveryWords(STATES[progress.state], reason, progress.state in IN_TROUBLE)


def notice_words(notice: str) -> str:
    """Return what the program noted in a thread."""
    return NOTICES.get(notice, UNKNOWN_NOTICE)


def picture_words(pictures: int) -> str:
    """Say how many pictures the provider still holds, or nothing."""
    if not pictures:
        return ""
    return "1 picture not fetched yet" if pictures == 1 else f"{pictures} pictures not fetched yet"


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
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def exact_time(moment: datetime, zone: str = "UTC") -> str:
    """Return a moment to the second in a zone, with the zone's abbreviation."""
    at = in_zone(moment, zone)
    return f"{at.day} {at:%b %Y, %H:%M:%S %Z}"


def rounded_time(hour: datetime, zone: str = "UTC") -> str:
    """Return an hour as the stores keep it, in a zone.

    Where clocks are half an hour apart from UTC's, the hour begins at half past.
    """
    at = in_zone(hour, zone)
    return f"{at.day} {at:%b %Y, %H:%M %Z}"


def machine_time(moment: datetime) -> str:
    """Return a moment for the `datetime` attribute of a `time` element."""
    at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def register_filters(app: Flask) -> None:
    """Make the words available to templates."""
    for word in (picture_words, exact_time, minute_time, rounded_time, machine_time):
        app.add_template_filter(word)
