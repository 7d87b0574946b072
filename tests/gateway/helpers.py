"""What the gateway's tests share: forms, edits of forms, and what was kept of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from flask import Flask
from sqlalchemy import text

from tests.support.carrier_signature import inbound_fields
from tests.support.house import ACCOUNT_SID, ANNA, LINE, House
from tipline.envelopes.models import DedupeTag, Envelope, StatusReport
from tipline.gateway.app import Gateway

Fields = list[tuple[str, str]]

BODY = "Lights in the old packing shed every night"
SHORTEST_TELLING = 6  # shorter values ("US", "0") stand in any log line by chance


def message_fields(
    body: str = BODY,
    *,
    sid: str | None = None,
    pictures: int = 0,
    sender: str = ANNA,
    line: str = LINE,
    account: str = ACCOUNT_SID,
) -> Fields:
    media = [
        (f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Media/ME{n}", "image/jpeg")
        for n in range(pictures)
    ]
    return inbound_fields(
        body, sender=sender, to=line, media=media, message_sid=sid, account_sid=account
    )


def changed(fields: Fields, **values: str) -> Fields:
    return [(name, values.get(name, value)) for name, value in fields]


def without(fields: Fields, *names: str) -> Fields:
    return [(name, value) for name, value in fields if name not in names]


def merged(fields: Fields, first: str, last: str) -> Fields:
    """`first` swallows the names and values of all that are signed after it, up to `last`."""
    ordered = sorted(fields)
    names = [name for name, _ in ordered]
    start, stop = names.index(first), names.index(last)
    swallowed = "".join(name + value for name, value in ordered[start + 1 : stop + 1])
    return [*ordered[:start], (first, ordered[start][1] + swallowed), *ordered[stop + 1 :]]


def gateway_of(app: Flask) -> Gateway:
    gateway: Gateway = app.extensions["gateway"]
    return gateway


def kept(house: House) -> tuple[int, int, int]:
    """How many envelopes, status reports and dedupe tags there are."""
    return (len(house.rows(Envelope)), len(house.rows(StatusReport)), len(house.rows(DedupeTag)))


NOTHING = (0, 0, 0)
ONE_MESSAGE = (1, 0, 1)
ONE_STATUS = (0, 1, 1)


def everything_stored(house: House) -> bytes:
    """Each value of each table of the main store, and on SQLite the files as they are."""
    parts: list[bytes] = []
    metadata = Envelope.__table__.metadata
    with house.stores.main.connect() as connection:
        for name in metadata.tables:
            for row in connection.execute(text(f"SELECT * FROM {name}")):
                parts += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    parts += [path.read_bytes() for path in house.home.glob("main.sqlite3*")]
    return b"\n".join(parts)


class LogLines:
    """The lines that a gateway process would have written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """As a stream has it."""

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def codes(self) -> list[object]:
        return [line["event"] for line in self.events()]

    def assert_silent_about(self, fields: Sequence[tuple[str, str]], *more: str) -> None:
        """No line repeats a value, nor the digits of one."""
        words = {value for _, value in fields} | set(more)
        words |= {re.sub(r"\D", "", word) for word in words}
        for word in words:
            assert len(word) < SHORTEST_TELLING or word not in self.text
