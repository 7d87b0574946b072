"""No alert is lost, and none arrives twice without saying so."""

from __future__ import annotations

import logging

import pytest

from tests.alerts.acts import RecordingMail, open_it, states, urgent_tip, wants, worker
from tests.support.house import BEN, House
from tipline.alerts.channel import (
    ReceiverBusyError,
    ReceiverRefusedError,
    ReceiverUncertainError,
)
from tipline.alerts.models import AlertRow
from tipline.alerts.outbox import CLAIM, Result, claim, record
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts


@pytest.fixture
def mail() -> RecordingMail:
    return RecordingMail()


@pytest.fixture
def alerts(house: House, mail: RecordingMail) -> Alerts:
    return worker(house, Channels(mail=mail))


@pytest.fixture
def waiting(house: House, alerts: Alerts) -> str:
    """A tip that has escalated, with one alert that waits. Its thread's id."""
    wants(house, "supervisor")
    tip = urgent_tip(house)
    house.clock.move(minutes=11)
    assert alerts.escalate() == 1
    return tip


def said(mail: RecordingMail) -> list[bool]:
    """Of each alert that went out, whether it says that it may be a repetition."""
    return ["This may be a repetition" in alert.sentence for _, alert in mail.sent]


@pytest.mark.usefixtures("waiting")
def test_a_receiver_that_is_down_is_tried_again_ever_more_patiently(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    mail.answers = [ReceiverBusyError() for _ in range(6)]
    pauses = []
    for _ in range(7):
        waited = 0
        while not alerts.send_due():
            house.clock.move(seconds=10)
            waited += 10
        pauses.append(waited)
    assert pauses == [0, 30, 60, 120, 240, 480, 900]
    assert states(house) == ["sent"]
    assert said(mail) == [False] * 7, "none of those before was taken"
    assert house.incidents().get("alert_given_up") is None


@pytest.mark.usefixtures("waiting")
def test_after_a_day_it_is_given_up_and_counted_for_the_admin(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    mail.answers = [ReceiverBusyError() for _ in range(500)]
    for _ in range(26 * 12):
        alerts.send_due()
        house.clock.move(minutes=5)
    assert 90 < len(mail.sent) < 110, "for the whole day, four times an hour"
    assert states(house) == ["given_up"]
    assert house.incidents()["alert_given_up"] == 1


@pytest.mark.usefixtures("waiting")
def test_a_worker_that_was_away_for_days_still_tries_once(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    house.clock.move(days=3)
    alerts.send_due()
    assert (len(mail.sent), states(house)) == (1, ["sent"])


@pytest.mark.usefixtures("waiting")
def test_a_refusal_is_final_and_counted(house: House, alerts: Alerts, mail: RecordingMail) -> None:
    mail.answers = [ReceiverRefusedError()]
    alerts.send_due()
    house.clock.move(hours=2)
    alerts.send_due()
    assert (len(mail.sent), states(house)) == (1, ["refused"])
    assert house.incidents()["alert_refused"] == 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "failure", [ReceiverUncertainError(), RuntimeError("of +12095550141")], ids=["lost", "bug"]
)
def test_after_a_lost_answer_the_second_says_that_it_may_be_one(
    house: House,
    alerts: Alerts,
    mail: RecordingMail,
    failure: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    mail.answers = [failure, ReceiverBusyError()]
    for _ in range(3):
        alerts.send_due()
        house.clock.move(minutes=5)
    assert said(mail) == [False, True, True]
    assert len({alert.uid for _, alert in mail.sent}) == 1, "and a mailbox can tell, too"
    assert states(house) == ["sent"]
    assert "+12095550141" not in caplog.text


@pytest.mark.usefixtures("waiting")
def test_a_worker_that_is_killed_while_it_hands_over(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    """KeyboardInterrupt passes every handler, as a kill does."""
    mail.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        alerts.send_due()
    assert states(house) == ["sending"]
    again = worker(house, Channels(mail=mail))
    again.escalate()
    again.send_due()
    assert len(mail.sent) == 1, "somebody may still be at it"
    house.clock.move(seconds=CLAIM.total_seconds() + 1)
    again.escalate()
    again.send_due()
    assert said(mail) == [False, True]
    assert states(house) == ["sent"]
    for _ in range(3):
        house.clock.move(hours=1)
        again.escalate()
        again.send_due()
    assert len(mail.sent) == 2


@pytest.mark.usefixtures("waiting")
def test_a_worker_that_is_killed_before_it_hands_over(house: House, mail: RecordingMail) -> None:
    assert len(claim(house.stores.main, house.clock, 8)) == 1
    assert claim(house.stores.main, house.clock, 8) == [], "one at a time"
    house.clock.move(seconds=CLAIM.total_seconds() + 1)
    alerts = worker(house, Channels(mail=mail))
    alerts.escalate()
    alerts.send_due()
    assert said(mail) == [True]


def test_opened_after_a_crash_nothing_is_repeated(
    house: House, alerts: Alerts, mail: RecordingMail, waiting: str
) -> None:
    claim(house.stores.main, house.clock, 8)
    open_it(house, waiting)
    house.clock.move(seconds=CLAIM.total_seconds() + 1)
    for _ in range(2):
        alerts.escalate()
        alerts.send_due()
    assert mail.sent == []
    assert house.rows(AlertRow) == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("late", "state"),
    [(Result.SENT, "sent"), (Result.BUSY, "queued"), (Result.REFUSED, "queued")],
    ids=["sent", "busy", "refused"],
)
def test_an_outcome_that_comes_after_the_claim_ran_out(
    house: House, alerts: Alerts, late: Result, state: str
) -> None:
    (row,) = claim(house.stores.main, house.clock, 8)
    house.clock.move(seconds=CLAIM.total_seconds() + 1)
    alerts.escalate()
    assert states(house) == ["queued"]
    record(house.stores.main, row, late, house.clock)
    assert states(house) == [state]
    assert "alert_refused" not in house.incidents()


def test_one_that_fails_holds_up_no_other(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    wants(house, "supervisor", "investigator")
    urgent_tip(house)
    urgent_tip(house, BEN)
    house.clock.move(minutes=11)
    mail.answers = [ReceiverUncertainError()]
    alerts.escalate()
    alerts.send_due()
    assert len(mail.sent) == 4
    assert sorted(states(house)) == ["queued", "sent", "sent", "sent"]


@pytest.mark.usefixtures("waiting")
def test_the_sweep_hands_over_in_the_background(
    house: House, alerts: Alerts, mail: RecordingMail
) -> None:
    alerts.sweep()
    assert alerts.thread is not None
    alerts.thread.join(60)
    assert (len(mail.sent), states(house)) == (1, ["sent"])
