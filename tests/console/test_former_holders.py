"""Members who lost a role or their account, but whom no supervisor has removed from a line."""

from __future__ import annotations

from tests.console.house import OTHER_PHONE, TIPS, House, thread_path, visible
from tests.console.test_line_people import PEOPLE, remove
from tests.console.test_restricted import restrict
from tipline.lines.models import KeyGrant
from tipline.threads.models import ThreadGrant


def test_a_role_that_an_admin_takes_and_gives_back_opens_nothing(house: House) -> None:
    """An admin reads no tip, and lets nobody read one alone."""
    alias, hidden = house.text("A tip"), house.text("About a colleague", sender=OTHER_PHONE)
    restrict(house, "sue", thread_path(hidden), "ann")
    ada, anns_id = house.signed_in("ada"), house.people["ann"].signed_in.member_id
    account, role = f"/admin/accounts/{anns_id}", f"investigator:{house.bundles[TIPS].line_id}"
    ada.submit(f"{account}/take", ada.get(account), role=role)
    sue = house.signed_in("sue")
    page = visible(sue.get(PEOPLE).text)
    assert "ann@example.org Has no role any more that reads this line." in page
    ada.submit(f"{account}/give", ada.get(account), role=role)
    ann = house.signed_in("ann")
    for one in (alias, hidden):
        assert ann.get(thread_path(one)).status_code == 404
        assert sue.get(thread_path(one)).status_code == 200
    assert anns_id not in {row.holder for row in house.rows(ThreadGrant)}
    assert "another one than the one that was admitted" not in sue.get(PEOPLE).text


def test_whoever_was_disabled_is_listed_and_removed(house: House) -> None:
    house.text("A tip")
    ada, anns_id = house.signed_in("ada"), house.people["ann"].signed_in.member_id
    account = f"/admin/accounts/{anns_id}"
    ada.submit(f"{account}/disable", ada.get(account))
    sue = house.signed_in("sue")
    assert "ann@example.org The account is disabled." in visible(sue.get(PEOPLE).text)
    assert remove(sue, house, "ann").status_code == 303
    assert "ann@example.org" not in sue.get(PEOPLE).text
    assert anns_id not in {row.holder for row in house.rows(KeyGrant)}
