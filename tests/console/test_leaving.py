"""What a member who is removed leaves behind: nothing of a thread, not even what only they held."""

from __future__ import annotations

from tests.console.house import COMPLAINTS, OTHER_PHONE, TIPS, House, thread_path
from tests.console.test_drafts import press
from tests.console.test_line_people import remove
from tests.console.test_restricted import restrict
from tipline.alerts.models import AlertChoice
from tipline.threads.models import DraftRow, SeenMark, Thread, ThreadGrant


def test_grants_drafts_marks_and_work_go_with_the_member(house: House) -> None:
    open_one = house.text("A tip")
    restricted = house.text("About a colleague", sender=OTHER_PHONE)
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    anns_id = house.people["ann"].signed_in.member_id
    path = thread_path(open_one)
    page = ann.get(path)
    assert ann.submit(f"{path}/triage/claim", page).status_code == 303
    assert press(ann, path, ann.get(path), "draft", reply="Half a sentence").status_code == 303
    house.clock.move(minutes=1)  # a one-time code works once
    restrict(house, "sue", thread_path(restricted), "ann")
    assert ann.get(thread_path(restricted)).status_code == 200
    assert anns_id in {row.holder for row in house.rows(ThreadGrant)}
    assert [row.member_id for row in house.rows(DraftRow)] == [anns_id]

    assert ann.submit("/alerts", ann.get("/alerts"), **{f"mail-{TIPS}": "on"}).status_code == 303
    assert [row.member_id for row in house.rows(AlertChoice)] == [anns_id]

    assert remove(sue, house, "ann").status_code == 303

    assert house.rows(AlertChoice) == []
    assert anns_id not in {row.holder for row in house.rows(ThreadGrant)}
    assert anns_id not in {row.member_id for row in house.rows(SeenMark)}
    assert house.rows(DraftRow) == []
    assert {row.assignee for row in house.rows(Thread)} == {None}
    assert sue.get(thread_path(restricted)).status_code == 200, "others keep theirs"


def test_what_somebody_has_on_another_line_stays(house: House) -> None:
    house.text("A tip")
    complaint = house.text("A complaint", line=COMPLAINTS)
    cyd, sue = house.signed_in("cyd"), house.signed_in("sue")
    path = thread_path(complaint, COMPLAINTS)
    assert cyd.submit(f"{path}/triage/claim", cyd.get(path)).status_code == 303
    assert remove(sue, house, "ben").status_code == 303
    cyds_id = house.people["cyd"].signed_in.member_id
    assert {row.assignee for row in house.rows(Thread)} == {None, cyds_id}
    assert TIPS not in cyd.get("/").text
