"""An urgent tip that nobody opens escalates in time, once, and no other does."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, insert, text, update

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
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.alerts.channel import Channel
from tipline.alerts.escalations import (
    BadMinutesError,
    minutes_of,
    open_escalations,
    set_minutes,
    start_escalation,
)
from tipline.alerts.models import AlertChoice, Escalation, EscalationRule
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts
from tipline.db.engines import open_stores
from tipline.lines.models import Membership
from tipline.members.models import Member


@pytest.fixture
def mail() -> RecordingMail:
    return RecordingMail()


@pytest.fixture
def alerts(house: House, mail: RecordingMail) -> Alerts:
    return worker(house, Channels(mail=mail))


def run(alerts: Alerts) -> int:
    """A sweep, and the handing over that it starts, one after the other."""
    escalated = alerts.escalate()
    alerts.send_due()
    return escalated


def line_id(house: House, line: str = LINE) -> str:
    return house.bundles[line].line_id


def email(house: House, name: str) -> str:
    return house.members[name].email


def test_ten_minutes_unless_somebody_opens_it(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor", "investigator")
    tip = urgent_tip(house)
    house.clock.move(minutes=9, seconds=50)
    assert run(alerts) == 0
    assert mail.sent == []
    assert open_escalations(house.stores.main, [line_id(house)]) == 0
    house.clock.move(minutes=1, seconds=5)
    assert run(alerts) == 1
    assert sorted(mail.addresses) == [email(house, "investigator"), email(house, "supervisor")]
    assert open_escalations(house.stores.main, [line_id(house)]) == 1
    assert open_escalations(house.stores.main, [line_id(house, OTHER_LINE)]) == 0
    assert open_escalations(house.stores.main, []) == 0
    assert escalations(house) == [(tip, True)]


def test_it_escalates_once_however_long_nobody_comes(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor")
    urgent_tip(house)
    for _ in range(40):
        house.clock.move(minutes=33)
        run(alerts)
    assert len(mail.sent) == 1
    assert states(house) == ["sent"]


def test_the_time_in_clear_is_a_whole_minute(house: House) -> None:
    urgent_tip(house)  # at 15:04:05
    (row,) = house.rows(Escalation)
    assert row.due.isoformat() == "2026-11-02T15:15:00"


@pytest.mark.parametrize(
    "values",
    [
        {"is_waiting": False},
        {"is_closed": True},
        {"urgency": 0},
    ],
    ids=["answered", "closed", "not urgent"],
)
def test_what_somebody_took_care_of_does_not_escalate(
    house: House, alerts: Alerts, mail: RecordingMail, values: dict[str, object]
) -> None:
    """Also when nobody said so to this room: the thread itself decides."""
    wants(house, "supervisor")
    tip = urgent_tip(house)
    set_thread(house, tip, **values)
    house.clock.move(minutes=30)
    assert run(alerts) == 0
    assert mail.sent == []
    assert escalations(house) == []


def test_opening_silences_the_page_at_once_and_alerts_that_wait(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor")
    tip = urgent_tip(house)
    house.clock.move(minutes=11)
    assert alerts.escalate() == 1
    open_it(house, tip)
    assert open_escalations(house.stores.main, [line_id(house)]) == 0
    alerts.send_due()
    assert mail.sent == []
    run(alerts)
    assert (escalations(house), states(house)) == ([], [])


def test_what_was_claimed_and_given_back_unopened_begins_anew(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor")
    tip = urgent_tip(house)
    set_thread(house, tip, assignee=house.members["investigator"].id)
    run(alerts)
    set_thread(house, tip, assignee=None)
    house.clock.move(minutes=2)
    run(alerts)
    house.clock.move(minutes=9)
    assert run(alerts) == 0
    house.clock.move(minutes=2)
    assert run(alerts) == 1
    assert len(mail.sent) == 1


def test_a_tip_whose_clock_was_never_started_is_found(house: House, alerts: Alerts) -> None:
    tip = urgent_tip(house)
    with house.stores.main.begin() as connection:
        connection.execute(delete(Escalation))
    run(alerts)
    assert escalations(house) == [(tip, False)]
    house.clock.move(minutes=11)
    assert run(alerts) == 1


def test_starting_twice_does_not_move_the_clock(house: House, alerts: Alerts) -> None:
    tip = urgent_tip(house)
    house.clock.move(minutes=9)
    with house.stores.main.begin() as connection:
        start_escalation(connection, tip, line_id(house), house.clock())
    house.clock.move(minutes=2)
    assert run(alerts) == 1


def test_each_line_has_its_own_minutes(house: House, alerts: Alerts) -> None:
    set_minutes(house.stores.main, line_id(house), 3)
    assert minutes_of(house.stores.main, line_id(house)) == 3
    assert minutes_of(house.stores.main, line_id(house, OTHER_LINE)) == 10
    tip = urgent_tip(house)
    urgent_tip(house, BEN, OTHER_LINE)
    house.clock.move(minutes=4)
    assert run(alerts) == 1
    assert (tip, True) in escalations(house)
    set_minutes(house.stores.main, line_id(house), 25)
    assert minutes_of(house.stores.main, line_id(house)) == 25


def test_nothing_escalates_on_a_line_that_has_it_off(house: House, alerts: Alerts) -> None:
    urgent_tip(house)
    set_minutes(house.stores.main, line_id(house), 0)
    assert escalations(house) == []
    urgent_tip(house, BEN)
    house.clock.move(hours=30)
    assert run(alerts) == 0
    assert escalations(house) == []
    set_minutes(house.stores.main, line_id(house), 5)
    house.clock.move(minutes=2)
    run(alerts)
    house.clock.move(minutes=6)
    assert run(alerts) == 2, "switched on again, nothing that still waits is forgotten"


@pytest.mark.parametrize("minutes", [-1, 1441, 10**6])
def test_minutes_out_of_range_are_refused(house: House, minutes: int) -> None:
    with pytest.raises(BadMinutesError):
        set_minutes(house.stores.main, line_id(house), minutes)
    assert minutes_of(house.stores.main, line_id(house)) == 10


def test_minutes_that_somebody_else_wrote_do_not_keep_a_tip_from_escalating(
    house: House, alerts: Alerts
) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(insert(EscalationRule), {"line_id": line_id(house), "minutes": 32000})
    urgent_tip(house)
    house.clock.move(minutes=11)
    assert run(alerts) == 1


def test_only_who_may_read_the_line_and_wants_it_is_told(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor")
    # A choice alone opens nothing: neither an admin's nor that of another line's member.
    wants(house, "admin", "other")
    wants(house, "other", line=OTHER_LINE)
    urgent_tip(house)
    house.clock.move(minutes=11)
    run(alerts)
    assert mail.addresses == [email(house, "supervisor")]
    (alert,) = [alert for _, alert in mail.sent]
    assert alert.sentence == (
        "A tip on Police tips is waiting. Open the console: https://staff.example.org"
    )


@pytest.mark.parametrize("how", ["disabled", "removed", "no longer wants it"])
def test_who_is_disabled_or_removed_after_it_escalated_is_not_told(
    house: House, alerts: Alerts, mail: RecordingMail, how: str
) -> None:
    wants(house, "supervisor", "investigator")
    urgent_tip(house)
    house.clock.move(minutes=11)
    alerts.escalate()
    member = house.members["investigator"].id
    statement = {
        "disabled": update(Member).where(Member.id == member).values(is_disabled=True),
        "removed": delete(Membership).where(Membership.member_id == member),
        "no longer wants it": delete(AlertChoice).where(AlertChoice.member_id == member),
    }[how]
    with house.stores.main.begin() as connection:
        connection.execute(statement)
    alerts.send_due()
    assert mail.addresses == [email(house, "supervisor")]


def test_by_default_nobody_is_told_but_the_page(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    urgent_tip(house)
    house.clock.move(minutes=11)
    assert run(alerts) == 1
    assert mail.sent == []
    assert open_escalations(house.stores.main, [line_id(house)]) == 1


def test_without_a_mail_server_a_choice_of_mail_leaves_nothing_to_send(house: House) -> None:
    wants(house, "supervisor")
    urgent_tip(house)
    house.clock.move(minutes=11)
    assert run(worker(house, Channels())) == 1
    assert states(house) == []


def test_two_workers_escalate_and_send_each_once(house: House) -> None:
    wants(house, "supervisor", "investigator")
    tips = [urgent_tip(house, f"+1209555{number:04}") for number in range(300, 312)]
    house.clock.move(minutes=11)
    mail = RecordingMail()
    others = open_stores(house.urls.main, house.urls.perishable)
    workers = [worker(house, Channels(mail=mail)), worker(house, Channels(mail=mail), others)]
    together = threading.Barrier(2)
    escalated: list[int] = []

    def work(number: int) -> None:
        together.wait(30)
        escalated.append(run(workers[number]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    others.main.dispose()
    others.perishable.dispose()
    assert sum(escalated) == len(tips), "each was escalated by one of them"
    assert len(mail.sent) == 2 * len(tips)
    assert len({alert.uid for _, alert in mail.sent}) == 2 * len(tips)
    assert not any(alert.is_repetition for _, alert in mail.sent)


def test_nothing_of_a_tip_is_in_the_tables_of_alerts(house: House, alerts: Alerts) -> None:
    wants(house, "supervisor")
    urgent_tip(house)
    house.clock.move(minutes=11)
    run(alerts)
    alias = house.only_thread().alias
    with house.stores.main.connect() as connection:
        for table in ("alerts", "escalations", "alert_choices", "escalation_rules"):
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert alias not in rows
            assert ANNA not in rows
            assert "gun" not in rows


def test_the_alert_of_a_line_that_is_not_certified_waits(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    """Whoever writes to the database cannot put words of their own into a line's name."""
    wants(house, "supervisor")
    urgent_tip(house)
    with house.stores.main.begin() as connection:
        connection.execute(text("UPDATE lines SET name = 'Police tips: call +1 900 1234567 now'"))
    house.clock.move(minutes=11)
    run(alerts)
    assert mail.sent == []
    assert states(house, [Channel.MAIL]) == ["queued"]
