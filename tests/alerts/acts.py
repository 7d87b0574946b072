"""What happens to a tip and to its alerts, as few words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import update

from tests.support.house import LINE, House
from tipline.alerts.channel import Alert, Channel
from tipline.alerts.models import AlertRow, Escalation
from tipline.alerts.receivers import choose
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts
from tipline.db.engines import Stores
from tipline.lines.directory import LineDirectory
from tipline.threads.models import Thread
from tipline.threads.seen import mark_seen

CONSOLE_URL = "https://staff.example.org"
URGENT = "He has a gun and stands in front of the school"


@dataclass
class RecordingMail:
    """Takes every mail, or raises what `answers` holds for it."""

    sent: list[tuple[str, Alert]] = field(default_factory=list)
    answers: list[BaseException] = field(default_factory=list)

    def send(self, alert: Alert, address: str) -> None:
        self.sent.append((address, alert))
        if self.answers:
            raise self.answers.pop(0)

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.sent]


def urgent_tip(house: House, number: str = "+12095550141", line: str = LINE) -> str:
    """A tip comes in that intake marks as urgent. Return its thread's id."""
    before = {thread.id for thread in house.threads(line)}
    assert house.text(number, URGENT, line=line).status_code == 200
    house.drain_intake()
    (thread,) = [thread for thread in house.threads(line) if thread.id not in before]
    return thread.id


def set_thread(house: House, thread_id: str, **values: object) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).where(Thread.id == thread_id).values(**values))


def open_it(house: House, thread_id: str, name: str = "investigator") -> None:
    """A member reads the thread to its end; nobody ends its escalation."""
    (thread,) = [thread for thread in house.threads() if thread.id == thread_id]
    mark_seen(house.stores, thread, house.members[name].id)


def wants(house: House, *names: str, channel: Channel = Channel.MAIL, line: str = LINE) -> None:
    """Members choose a channel for a line."""
    line_id = house.bundles[line].line_id
    for name in names:
        choose(house.stores.main, house.members[name].id, [line_id], [(line_id, channel)])


def worker(house: House, channels: Channels, stores: Stores | None = None) -> Alerts:
    """A delivery worker's work of alerts; another one may bring its own stores."""
    engine = (stores or house.stores).main
    lines = LineDirectory(engine, house.delivery_keys.console_pin, house.clock)
    return Alerts(engine, lines, channels, CONSOLE_URL, house.clock)


def escalations(house: House) -> list[tuple[str, bool]]:
    return sorted((row.thread_id, row.escalated) for row in house.rows(Escalation))


def states(house: House, channels: Collection[Channel] = tuple(Channel)) -> list[str]:
    rows = [row for row in house.rows(AlertRow) if row.channel in channels]
    return [row.state for row in sorted(rows, key=lambda row: row.id)]
