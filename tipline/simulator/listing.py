"""Lists in pages, with Twilio's filters.

Source: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
and https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from tipline.simulator.errors import ApiError
from tipline.simulator.model import Message
from tipline.simulator.numbers import is_whole_number

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
_PAGING = ("Page", "PageToken", "PageSize")


def message_filter(query: Mapping[str, str]) -> Callable[[Message], bool]:
    """A test for To, From and DateSent (also `<` and `>`, both inclusive)."""
    on = _moment(query, "DateSent")
    before = _moment(query, "DateSent<")
    after = _moment(query, "DateSent>")

    def matches(message: Message) -> bool:
        at = message.sent or message.created
        return (
            query.get("To", message.to_number) == message.to_number
            and query.get("From", message.from_number) == message.from_number
            and (on is None or _same(at, on))
            and (before is None or at.replace(microsecond=0) <= _end(before))
            and (after is None or at >= _start(after))
        )

    return matches


def _moment(query: Mapping[str, str], name: str) -> date | datetime | None:
    value = query.get(name)
    if not value:
        return None
    try:
        if len(value) == len("2026-11-21"):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        raise ApiError(20001, f"Invalid parameter {name}") from None


def _start(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _end(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, 23, 59, 59, tzinfo=UTC)


def _same(at: datetime, moment: date | datetime) -> bool:
    if isinstance(moment, datetime):
        return at.replace(microsecond=0) == moment
    return at.date() == moment


def page_of(
    messages: list[Message], query: Mapping[str, str], path: str
) -> tuple[list[Message], dict[str, Any]]:
    """One page of `messages` (newest first) and the paging fields to send with it.

    The token holds the place by serial number and not by offset: a client that deletes what it
    reads, as erasure does, skips nothing.
    """
    size = min(max(_whole(query, "PageSize", DEFAULT_PAGE_SIZE), 1), MAX_PAGE_SIZE)
    number = _whole(query, "Page", 0)
    token = query.get("PageToken")
    if token is not None:
        limit = _serial_in(token)
        messages = [message for message in messages if message.serial < limit]
    page = messages[:size]
    more = len(messages) > size
    start = number * size
    return page, {
        "end": start + max(len(page) - 1, 0),
        "first_page_uri": _uri(path, query, size, 0, None),
        "next_page_uri": _uri(path, query, size, number + 1, page[-1]) if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": _uri(path, query, size, number, None),
    }


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not is_whole_number(value):
        raise ApiError(20001, f"Invalid parameter {name}")
    return int(value)


def _serial_in(token: str) -> int:
    try:
        return int(token.removeprefix("PA"), 16)
    except ValueError:
        raise ApiError(20001, "Invalid parameter PageToken") from None


def _uri(path: str, query: Mapping[str, str], size: int, number: int, last: Message | None) -> str:
    fields = {name: value for name, value in query.items() if name not in _PAGING}
    fields |= {"PageSize": str(size), "Page": str(number)}
    if last is not None:
        fields["PageToken"] = f"PA{last.serial:032x}"
    return f"{path}?{urlencode(fields)}"
