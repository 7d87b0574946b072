"""Letters as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tipline.gateway.web.services import pages
from tipline.lines.directory import NoSuchLineError
from tipline.mailboxes.reading import OpenMailbox


@dataclass(frozen=True, slots=True, repr=False)
class ShownLetter:
    """A reply, and the day on which it was written where the line is."""

    text: str
    day: date


def shown_letters(mailbox: OpenMailbox | None) -> list[ShownLetter]:
    """Return a mailbox's letters, oldest first."""
    if mailbox is None:
        return []
    zone = _zone_of(mailbox.line_id)
    return [
        ShownLetter(letter.text, letter.hour.astimezone(zone).date()) for letter in mailbox.letters
    ]


def _zone_of(line_id: str) -> ZoneInfo:
    try:
        return ZoneInfo(pages().lines.by_id(line_id).certificate.time_zone)
    except NoSuchLineError:
        return ZoneInfo("UTC")
