"""The weekly review: what the rules point out, and that somebody looked at it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.console.enrolling import prove
from tests.console.house import House, hidden_fields, thread_path, visible
from tests.console.test_log_pages import Records, rows
from tipline.audit.unusual import MANY_EMPTY_SEARCHES, MANY_REFUSALS

TIP = "A tip from a window across the road"


@pytest.fixture
def records(house: House) -> Records:
    return Records(house)


def test_a_quiet_week(house: House, records: Records) -> None:
    house.signed_in("ann")
    records.work()
    said = visible(house.signed_in("aud").get("/log/review").text)
    assert "The rules point nothing out." in said
    assert "has not been reviewed for a week" in said


def test_each_with_its_rule_and_the_way_to_the_entries(house: House, records: Records) -> None:
    alias = house.text(TIP)
    ann, cyd = house.signed_in("ann"), house.signed_in("cyd")
    for _ in range(MANY_EMPTY_SEARCHES):
        answer = ann.submit("/search", ann.get("/search"), words="nothing like it")
        ann.get(answer.headers["Location"])
    for _ in range(MANY_REFUSALS):
        cyd.get(thread_path(alias))
    records.work()
    auditor = house.signed_in("aud")
    page = auditor.get("/log/review").text
    found = sorted(rows(page))
    assert len(found) == 2
    assert "ann@example.org searched 10 times and found nothing" in found[0]
    assert "10 searches or more on a day that found nothing" in found[0]
    assert "cyd@example.org asked 10 times for what is not for them" in found[1]
    ann_id = house.people["ann"].signed_in.member_id
    path = f"/log?who={ann_id}&since=2026-11-20&until=2026-11-20"
    assert path.replace("&", "&amp;") in page
    assert len(rows(auditor.get(path).text)) == 11
    assert TIP not in page


def test_at_night(house: House, records: Records) -> None:
    alias = house.text(TIP)
    house.clock.now = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    house.signed_in("ann").get(thread_path(alias))
    records.work()
    found = rows(house.signed_in("aud").get("/log/review").text)
    assert len(found) == 1
    assert "did 1 thing at night" in found[0]


def test_that_somebody_reviewed_it_is_in_the_log(house: House, records: Records) -> None:
    auditor = house.signed_in("aud")
    records.work()
    answer = auditor.submit("/log/review", auditor.get("/log/review"))
    assert answer.status_code == 303
    said = visible(auditor.get("/log/review").text)
    assert "The review is noted." in said, "nobody must think that it failed, and sign again"
    assert "has not been reviewed for a week" not in said
    records.work()
    said = visible(auditor.get("/log/review").text)
    assert "aud@example.org reviewed the log on 20 Nov 2026" in said
    assert "has not been reviewed for a week" not in said
    assert "Reviewed a week of this log" in rows(auditor.get("/log?act=review_log").text)[0]
    house.clock.move(days=8)
    auditor = house.signed_in("aud")
    assert "has not been reviewed for a week" in visible(auditor.get("/log/review").text)


def test_it_takes_a_fresh_proof_to_sign(house: House, records: Records) -> None:
    auditor = house.signed_in("aud")
    records.work()
    house.clock.move(minutes=6)
    page = auditor.get("/log/review")
    answer = auditor.submit("/log/review", page)
    assert "Prove that it is you" in answer.text
    records.work()
    assert "reviewed the log on" not in visible(auditor.get("/log/review").text)
    proved = prove(auditor, "aud", answer)
    signed = auditor.client.post("/log/review", data=hidden_fields(proved.text, "/log/review"))
    assert signed.status_code == 303
    records.work()
    assert "reviewed the log on 20 Nov 2026" in visible(auditor.get("/log/review").text)


def test_before_there_is_a_log(house: House) -> None:
    said = visible(house.signed_in("aud").get("/log/review").text)
    assert "The rules point nothing out." in said
