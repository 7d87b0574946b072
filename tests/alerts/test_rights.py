"""Alerts end with the right to read a line, and that is nobody's fault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import delete, insert, update

from tests.alerts.acts import RecordingMail, states, urgent_tip, wants, worker
from tests.support.house import LINE, House
from tipline.alerts.models import AlertChoice
from tipline.alerts.receivers import forget_choices, reach
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts
from tipline.lines.models import KeyGrant, LineKey
from tipline.members.models import Member


@pytest.fixture
def mail() -> RecordingMail:
    return RecordingMail()


@pytest.fixture
def alerts(house: House, mail: RecordingMail) -> Alerts:
    return worker(house, Channels(mail=mail))


def lock(house: House, member_id: str) -> None:
    change(house, member_id, is_locked=True)


def leave_idle(house: House, member_id: str) -> None:
    change(house, member_id, enabled_on=date(2026, 8, 4), last_signed_in=date(2026, 8, 4))


def take_keys(house: House, member_id: str) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(delete(KeyGrant).where(KeyGrant.holder == member_id))


def follow_keys(house: House, member_id: str) -> None:
    """The line gets a newer generation, to which only the supervisor was admitted."""
    (key,) = [row for row in house.rows(LineKey) if row.line_id == line_id(house)]
    grants = [row for row in house.rows(KeyGrant) if row.line_id == line_id(house)]
    newer = [{**row._mapping, "generation": 2} for row in grants if row.holder != member_id]
    with house.stores.main.begin() as connection:
        connection.execute(insert(LineKey), {**key._mapping, "generation": 2})
        connection.execute(insert(KeyGrant), newer)


def change(house: House, member_id: str, **values: object) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == member_id).values(**values))


def line_id(house: House) -> str:
    return house.bundles[LINE].line_id


WITHOUT_RIGHT: list[Callable[[House, str], None]] = [lock, leave_idle, take_keys, follow_keys]


@pytest.mark.parametrize("lose", WITHOUT_RIGHT, ids=lambda lose: lose.__name__)
def test_who_could_not_sign_in_and_read_is_not_reached(
    house: House, lose: Callable[[House, str], None]
) -> None:
    wants(house, "supervisor", "investigator")
    today = house.clock().date()
    assert reach(house.stores.main, line_id(house), today).mail == 2
    lose(house, house.members["investigator"].id)
    assert reach(house.stores.main, line_id(house), today).mail == 1


def test_who_lost_the_right_after_it_escalated_is_no_refusal(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor", "investigator")
    urgent_tip(house)
    house.clock.move(minutes=11)
    alerts.escalate()
    lock(house, house.members["investigator"].id)
    alerts.send_due()
    assert mail.addresses == [house.members["supervisor"].email]
    assert sorted(states(house)) == ["refused", "sent"]
    assert house.incidents().get("alert_refused") is None


def test_the_choices_of_a_removed_member_are_forgotten(house: House) -> None:
    wants(house, "supervisor", "investigator")
    with house.stores.main.begin() as connection:
        forget_choices(connection, house.members["investigator"].id, line_id(house))
    (row,) = house.rows(AlertChoice)
    assert row.member_id == house.members["supervisor"].id
