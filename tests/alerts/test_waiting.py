"""Whether an urgent tip waits: what counts is who has read the resident's newest message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, update

from tests.alerts.acts import (
    RecordingMail,
    escalations,
    open_it,
    set_thread,
    states,
    urgent_tip,
    wants,
    worker,
)
from tests.support.house import ANNA, BEN, House
from tipline.alerts.models import AlertRow, Escalation
from tipline.alerts.outbox import Result, claim, record
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts
from tipline.lines.models import Membership
from tipline.members.models import Member


@pytest.fixture
def mail() -> RecordingMail:
    return RecordingMail()


@pytest.fixture
def alerts(house: House, mail: RecordingMail) -> Alerts:
    return worker(house, Channels(mail=mail))


def run(alerts: Alerts) -> int:
    escalated = alerts.escalate()
    alerts.send_due()
    return escalated


def text(house: House, sender: str, body: str) -> None:
    assert house.text(sender, body).status_code == 200
    house.drain_intake()


def disable(house: House, name: str) -> None:
    statement = update(Member).where(Member.id == house.members[name].id)
    with house.stores.main.begin() as connection:
        connection.execute(statement.values(is_disabled=True))


def remove(house: House, name: str) -> None:
    statement = delete(Membership).where(Membership.member_id == house.members[name].id)
    with house.stores.main.begin() as connection:
        connection.execute(statement)


GONE: list[Callable[[House, str], None]] = [disable, remove]


def test_a_tip_that_becomes_urgent_after_somebody_read_its_beginning(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor")
    text(house, ANNA, "hello")
    open_it(house, house.only_thread().id)
    text(house, ANNA, "he has a gun now")
    house.clock.move(minutes=11)
    assert run(alerts) == 1
    assert len(mail.sent) == 1


def test_each_time_that_nobody_reads_what_the_resident_adds(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    """Also when no sweep came by between reading and the next message."""
    wants(house, "supervisor")
    tip = urgent_tip(house)
    house.clock.move(minutes=11)
    assert run(alerts) == 1
    open_it(house, tip)
    text(house, ANNA, "he is back")
    assert escalations(house) == [(tip, False)], "the clock was started with the message"
    house.clock.move(minutes=11)
    assert run(alerts) == 1
    assert len(mail.sent) == 2
    assert states(house) == ["sent"]


@pytest.mark.parametrize("how", ["read", "claimed"])
def test_what_a_reader_of_the_line_took_care_of(house: House, alerts: Alerts, how: str) -> None:
    tip = urgent_tip(house)
    if how == "read":
        open_it(house, tip)
    else:
        set_thread(house, tip, assignee=house.members["investigator"].id)
    house.clock.move(minutes=30)
    assert run(alerts) == 0
    assert escalations(house) == []


@pytest.mark.parametrize("go", GONE, ids=["disabled", "removed"])
@pytest.mark.parametrize("how", ["read", "claimed"])
def test_who_cannot_read_the_line_any_more_takes_care_of_nothing(
    house: House, alerts: Alerts, how: str, go: Callable[[House, str], None]
) -> None:
    tip = urgent_tip(house)
    if how == "read":
        open_it(house, tip)
    else:
        set_thread(house, tip, assignee=house.members["investigator"].id)
    go(house, "investigator")
    house.clock.move(minutes=11)
    assert run(alerts) == 1


def test_a_message_that_is_not_urgent_starts_no_clock(house: House) -> None:
    text(house, ANNA, "hello")
    assert house.rows(Escalation) == []


def test_the_row_of_an_earlier_alert_stops_no_other_tip(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    """Its tip was claimed and released while the alert was being handed over."""
    wants(house, "supervisor")
    tip = urgent_tip(house)
    house.clock.move(minutes=11)
    assert alerts.escalate() == 1
    (row,) = claim(house.stores.main, house.clock, 10)
    set_thread(house, tip, assignee=house.members["investigator"].id)
    alerts.escalate()
    set_thread(house, tip, assignee=None)
    house.clock.move(minutes=2)
    alerts.escalate()
    record(house.stores.main, row, Result.SENT, house.clock)
    urgent_tip(house, BEN)
    house.clock.move(minutes=11)
    assert run(alerts) == 2
    assert states(house) == ["sent", "sent"]
    assert len(mail.sent) == 2


def test_while_an_earlier_alert_is_being_handed_over_there_is_no_second_one(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor", "investigator")
    tip = urgent_tip(house)
    row = {
        "uid": "0" * 32, "line_id": house.only_thread().line_id, "thread_id": tip,
        "channel": "mail", "recipient": house.members["supervisor"].id, "state": "sending",
        "not_before": house.clock().replace(tzinfo=None),
        "claimed_until": house.clock().replace(tzinfo=None, year=2030),
        "give_up_at": house.clock().replace(tzinfo=None, year=2030),
    }  # fmt: skip
    with house.stores.main.begin() as connection:
        connection.execute(insert(AlertRow), row)
    house.clock.move(minutes=11)
    assert run(alerts) == 1
    assert mail.addresses == [house.members["investigator"].email]
    assert states(house) == ["sending", "sent"]
