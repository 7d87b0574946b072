"""What tests of casework share: one thread on a line, and the line's directory."""

from __future__ import annotations

from tests.support.house import ANNA, LINE, House
from tipline.lines.directory import LineDirectory
from tipline.threads.contents import MessageContent, MessageKind, open_message
from tipline.threads.reading import OpenThread, stored_messages


def directory(house: House) -> LineDirectory:
    return LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)


def one_thread(house: House, text: str = "ice") -> OpenThread:
    """A resident has texted the line once; a member opens the thread."""
    house.text(ANNA, text)
    house.drain()
    return house.open()


def staff_entries(house: House, thread: OpenThread) -> list[tuple[MessageKind, MessageContent]]:
    """What members have put into a thread, each opened and its signature checked."""
    signer = house.bundles[LINE].signing.public
    return [
        (item.place.kind, open_message(item.message, item.place, thread.key, signer))
        for item in stored_messages(house.stores, thread.summary)
        if item.place.kind not in (MessageKind.RESIDENT, MessageKind.NOTICE)
    ]
