"""What tests of mailboxes do: residents who write from the web, and look with their words."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, insert, update

from tests.intake.steps import engine_of
from tests.support.house import LINE, House
from tipline.crypto.receipts import Receipt
from tipline.envelopes.web import WebKind, WebMessage
from tipline.envelopes.writing import EnvelopeWriter
from tipline.gateway.app import Gateway
from tipline.lines.directory import LineDirectory
from tipline.mailboxes.reading import MailboxReader, OpenMailbox
from tipline.mailboxes.receipts import address_of

TIP = "Trucks unload behind the cannery at night. Señora, venga rápido."
REPLY = "Thank you. Which gate do they use?"


@dataclass
class Resident:
    """Somebody with seven words, who posts forms as the gateway's pages keep them."""

    house: House
    receipt: Receipt = field(default_factory=Receipt.generate)

    def message(self, kind: WebKind, text: str = "", **changes: Any) -> WebMessage:
        house = self.house
        address = address_of(house.stores.perishable, self.receipt)
        made = WebMessage(kind, address.tag, house.clock(), text)
        if kind is WebKind.TIP:
            line = house.bundles[LINE].line_id
            made = replace(made, line_id=line, mailbox_public=address.public)
        return replace(made, **changes)

    def post(
        self, kind: WebKind, text: str = "", token: bytes | None = None, **changes: Any
    ) -> bool:
        message = self.message(kind, text, **changes)
        return writer_of(self.house).keep_web(message, token or os.urandom(16))

    def tip(self, text: str = TIP, **changes: Any) -> None:
        assert self.post(WebKind.TIP, text, **changes)

    def add(self, text: str, **changes: Any) -> None:
        assert self.post(WebKind.FOLLOW_UP, text, **changes)

    def delete_replies(self) -> None:
        assert self.post(WebKind.DELETE_REPLIES)

    def forget(self) -> None:
        assert self.post(WebKind.FORGET)

    def look(self) -> OpenMailbox | None:
        """Look with the words as they are typed."""
        return reader_of(self.house).open(Receipt.parse(self.receipt.text.upper()))

    def letters(self) -> list[str]:
        mailbox = self.look()
        assert mailbox is not None
        return [letter.text for letter in mailbox.letters]


def writer_of(house: House) -> EnvelopeWriter:
    gateway: Gateway = house.app.extensions["gateway"]
    return gateway.writer


def reader_of(house: House) -> MailboxReader:
    """What the gateway opens mailboxes with."""
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    return MailboxReader(house.stores.perishable, lines, house.console_keys.intake_pin)


def answered(house: House, reply: str = REPLY) -> Resident:
    """A resident whose tip was answered."""
    resident = Resident(house)
    resident.tip()
    house.drain()
    house.reply(reply)
    house.drain()
    return resident


def write_in(house: House, model: Any, *where: Any, **values: Any) -> None:
    with engine_of(house, model).begin() as connection:
        assert connection.execute(update(model).where(*where).values(**values)).rowcount


def put(house: House, model: Any, **row: Any) -> None:
    with engine_of(house, model).begin() as connection:
        connection.execute(insert(model), row)


def remove(house: House, model: Any, *where: Any) -> None:
    with engine_of(house, model).begin() as connection:
        assert connection.execute(delete(model).where(*where)).rowcount
