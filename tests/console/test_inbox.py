from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, insert, update

from tests.console.house import (
    COMPLAINTS,
    TIPS,
    Browser,
    House,
    thread_path,
    visible,
)
from tipline.incidents.services import IncidentKind, counts
from tipline.lines.bundles import LineBundle
from tipline.lines.models import KeyGrant, Membership
from tipline.threads.models import Thread


def aliases(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/lines/[a-z-]+/threads/([a-z0-9-]+)">', page)


def test_an_empty_inbox_says_what_will_come(house: House) -> None:
    page = house.signed_in("ann").get("/").text
    assert "There are no open tips. When somebody texts Police Tips" in visible(page)


def test_a_thread_shows_line_count_marks_and_hour(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    row = visible(browser.get("/").text)
    marks = "Not opened by anybody Waiting for an answer"
    assert f"{alias} {marks} Police Tips · 1 entry ·" in row
    assert "20 Nov 2026, 09:00 UTC" in row
    assert "09:41" not in row
    browser.get(thread_path(alias))
    assert f"{alias} Waiting for an answer Police Tips" in visible(browser.get("/").text)
    browser.reply(thread_path(alias), "Where?")
    assert f"{alias} Police Tips · 2 entries" in visible(browser.get("/").text)


def test_opening_counts_for_everybody_of_the_line(house: House) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").get(thread_path(alias))
    page = visible(house.signed_in("ben").get("/").text)
    assert f"{alias} Unread Waiting" in page, "but not as read"


def test_the_newest_activity_is_first(house: House) -> None:
    first = house.text("One", sender="+12095550001")
    second = house.text("Two", sender="+12095550002")
    browser = house.signed_in("ann")
    assert aliases(browser.get("/").text) == [second, first]
    house.text("One more", sender="+12095550001")
    assert aliases(browser.get("/").text) == [first, second]
    browser.reply(thread_path(second), "Thank you")
    assert aliases(browser.get("/").text) == [second, first]


def walk(browser: Browser) -> list[list[str]]:
    """Return the aliases of each page, following the link to older threads."""
    pages, path = [], "/"
    while True:
        page = browser.get(path).text
        pages.append(aliases(page))
        older = re.search(r'<a href="(/\?after=[^"]+)">Older threads', page)
        if older is None:
            return pages
        path = older[1]


def test_pages_of_fifty_hold_each_thread_once(house: House) -> None:
    # One batch of intake gives many threads the same activity, which paging must not stumble over.
    for number in range(120):
        house.post("A tip", sender=f"+1209555{number:04}")
    house.intake_worker.drain(60)
    assert len({row.activity for row in house.rows(Thread)}) < 10
    pages = walk(house.signed_in("ann"))
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({alias for page in pages for alias in page}) == 120


def test_fifty_threads_are_one_page(house: House) -> None:
    for number in range(50):
        house.post("A tip", sender=f"+1209555{number:04}")
    house.intake_worker.drain(60)
    assert [len(page) for page in walk(house.signed_in("ann"))] == [50]


@pytest.mark.parametrize(
    "place",
    ["", "x", "1", "1.x", "1." + "0" * 32, "0." + "9" * 30 + "." + "0" * 32, "0.-1." + "0" * 32],
)
def test_a_place_that_is_none_is_not_found(house: House, place: str) -> None:
    assert house.signed_in("ann").get(f"/?after={place}").status_code == 404


def test_the_page_past_the_last_says_so(house: House) -> None:
    house.text("A tip")
    page = house.signed_in("ann").get("/?after=0.0." + "0" * 32).text
    assert "There are no older threads." in page


def test_a_role_without_granted_keys_opens_nothing(house: House) -> None:
    alias = house.text("A tip")
    member = house.people["ann"].signed_in.member_id
    browser = house.signed_in("ann")
    with house.stores.main.begin() as connection:
        connection.execute(delete(KeyGrant).where(KeyGrant.holder == member))
    page = browser.get("/").text
    assert alias not in page
    assert "its keys were not granted to you yet" in page
    assert browser.get(thread_path(alias)).status_code == 404


def test_keys_without_a_reading_role_open_nothing(house: House) -> None:
    alias = house.text("A tip")
    member = house.people["ann"].signed_in.member_id
    browser = house.signed_in("ann")
    with house.stores.main.begin() as connection:
        connection.execute(
            update(Membership).where(Membership.member_id == member).values(role="admin")
        )
    assert alias not in browser.get("/").text
    assert browser.get(thread_path(alias)).status_code == 404
    assert browser.get("/admin").status_code == 200


def test_a_member_without_any_role_is_told_so(house: House) -> None:
    browser = house.signed_in("ann")
    with house.stores.main.begin() as connection:
        connection.execute(delete(Membership))
    assert "You have no role on any line yet." in browser.get("/").text


def test_a_member_of_two_lines_sees_both(house: House) -> None:
    tip, complaint = house.text("A tip"), house.text("A complaint", line=COMPLAINTS)
    person = house.people["sue"].signed_in
    bundle = house.bundles[COMPLAINTS]
    with house.stores.main.begin() as connection:
        role = {"member_id": person.member_id, "line_id": bundle.line_id, "role": "investigator"}
        connection.execute(insert(Membership), role)
        sealed = bundle.seal_to(person.member_id, person.key.public)
        connection.execute(
            insert(KeyGrant),
            {
                "line_id": bundle.line_id,
                "generation": 1,
                "holder": person.member_id,
                "sealed": sealed,
            },
        )
    browser = house.signed_in("sue")
    assert set(aliases(browser.get("/").text)) == {tip, complaint}
    assert browser.get(thread_path(complaint, COMPLAINTS)).status_code == 200
    assert browser.get(thread_path(complaint)).status_code == 404, "an alias belongs to its line"


def test_a_grant_of_other_keys_than_the_lines_is_refused(house: House) -> None:
    alias = house.text("A tip")
    person = house.people["ann"].signed_in
    forged = LineBundle.generate(house.bundles[TIPS].line_id, 1)
    sealed = forged.seal_to(person.member_id, person.key.public)
    browser = house.signed_in("ann")
    with house.stores.main.begin() as connection:
        connection.execute(
            update(KeyGrant).where(KeyGrant.holder == person.member_id).values(sealed=sealed)
        )
    assert "do not open for you" in browser.get("/").text
    assert alias not in browser.get("/").text
    assert browser.get(thread_path(alias)).status_code == 409
    assert IncidentKind.SWAPPED_KEY in {entry.kind for entry in counts(house.stores.main)}
