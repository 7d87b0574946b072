"""Threads that were restricted to members who are all gone: the recovery key opens them."""

from __future__ import annotations

from tests.console.house import TIPS, House, thread_path, visible
from tests.console.test_line_people import PEOPLE, remove
from tests.console.test_restricted import restrict

RECOVERY = f"/lines/{TIPS}/recovery"
SAID = "1 restricted thread that no member can open"


def test_the_recovery_key_lets_a_supervisor_in_where_nobody_else_gets_in(house: House) -> None:
    path = thread_path(house.text("It was officer Sue"))
    restrict(house, "ann", path, "ben")
    sue = house.signed_in("sue")
    bens_page = f"{PEOPLE}/{house.people['ben'].signed_in.member_id}/remove"
    assert "alone. After the removal only" not in visible(sue.get(bens_page).text)
    assert remove(sue, house, "ben").status_code == 303

    sue.submit(RECOVERY, sue.get(RECOVERY), recovery_key=house.recovery[TIPS])
    assert sue.get(path).status_code == 404, "others can open it, so it stays theirs"
    assert SAID not in visible(sue.get(PEOPLE).text)
    anns_page = f"{PEOPLE}/{house.people['ann'].signed_in.member_id}/remove"
    warned = visible(sue.get(anns_page).text)
    assert "1 restricted thread opens for ann@example.org alone." in warned

    assert remove(sue, house, "ann").status_code == 303
    assert sue.get(path).status_code == 404
    assert SAID in visible(sue.get(PEOPLE).text)
    answer = sue.submit(RECOVERY, sue.get(RECOVERY), recovery_key=house.recovery[TIPS])
    assert answer.status_code == 303
    assert SAID not in visible(sue.get(PEOPLE).text)
    shown = visible(sue.get(path).text)
    assert "It was officer Sue" in shown
    assert "sue@example.org let sue@example.org read this thread" in shown, "it is on record"
