"""Making lines and their keys, from the admin's form to the first tip; recovery."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from tests.console.enrolling import APPROVALS, WHY, act
from tests.console.house import ADDRESSES, NAMES, TIPS, Browser, House, visible
from tests.console.test_two_admins import more_admins
from tipline.lines.founding import grant
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, Line, LineKey
from tipline.lines.registry import all_lines
from tipline.lines.roles import Role

NEW_LINE = {
    "name": "Gang Tips",
    "slug": "gang-tips",
    "address": "+1 209 555 0177",
    "acknowledgement": "Thank you. In an emergency call 911.",
    "time_zone": "America/Los_Angeles",
}
WORDS = re.compile(r"<code>((?:[A-Z2-7]{4}-){12}[A-Z2-7]{4})</code>")


def ask_for_line(browser: Browser, **fields: str) -> TestResponse:
    page = browser.get("/admin/new-line")
    return browser.submit("/admin/new-line", page, **{**NEW_LINE, "reason": WHY, **fields})


def make_line(admin: Browser, **fields: str) -> None:
    """Have a line made by two admins."""
    answer = ask_for_line(admin, **fields)
    assert (answer.status_code, answer.location) == (303, APPROVALS)
    if "bob" not in admin.house.people:
        more_admins(admin.house, "bob")
    admin.house.clock.move(seconds=30)
    bob = admin.house.signed_in("bob")
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303


def new_line(house: House, name: str = "sue") -> Browser:
    """A line that two admins have just made, and the browser of its new supervisor."""
    make_line(house.signed_in("ada"))
    (line,) = (
        entry for entry in all_lines(house.stores.main) if entry.description.slug == "gang-tips"
    )
    member_id = house.people[name].signed_in.member_id
    Memberships(house.stores.main).add(member_id, line.id, Role.SUPERVISOR)
    return house.signed_in(name)


def keys_made(browser: Browser) -> str:
    """The recovery key that the page shows after the keys were made."""
    page = browser.submit("/lines/gang-tips/keys/make", browser.get("/lines/gang-tips/keys"))
    assert page.status_code == 200
    (words,) = WORDS.findall(page.text)
    return str(words)


def confirm(browser: Browser, words: str) -> TestResponse:
    page = browser.get("/lines/gang-tips/keys")
    return browser.submit("/lines/gang-tips/keys/confirm", page, recovery_key=words)


def text_the_line(house: House, body: str) -> str:
    """A resident texts the new line. Returns the alias."""
    (line,) = (
        entry for entry in all_lines(house.stores.main) if entry.description.slug == "gang-tips"
    )
    ADDRESSES["gang-tips"] = line.description.address
    house.bundles["gang-tips"] = type("Known", (), {"line_id": line.id})()
    try:
        return house.text(body, line="gang-tips")
    finally:
        del ADDRESSES["gang-tips"], house.bundles["gang-tips"]


def test_from_the_admins_form_to_the_first_tip(house: House) -> None:
    browser = new_line(house)
    inbox = browser.get("/")
    assert "Gang Tips has no keys yet, so it takes no tips." in visible(inbox.text)
    assert 'href="/lines/gang-tips/keys"' in inbox.text
    page = browser.get("/lines/gang-tips/keys").text
    assert "+12095550177" in page
    assert WORDS.findall(page) == []
    words = keys_made(browser)
    again = browser.get("/lines/gang-tips/keys").text
    assert words not in again, "it is shown once"
    assert "Type in the recovery key that was shown" in again
    answer = confirm(browser, words.lower())
    assert (answer.status_code, answer.location) == (303, "/lines/gang-tips/members")
    assert "sue@example.org" in browser.get("/lines/gang-tips/members").text
    alias = text_the_line(house, "The first tip")
    assert "The first tip" in browser.get(f"/lines/gang-tips/threads/{alias}").text
    assert browser.get("/lines/gang-tips/keys").status_code == 303
    house.clock.move(minutes=1)
    table = visible(house.signed_in("ada").get("/admin/lines").text)
    assert table.count("Takes tips") == 3


def test_wrong_words_are_refused_beside_the_field_and_starting_over_helps(house: House) -> None:
    browser = new_line(house)
    first = keys_made(browser)
    refused = confirm(browser, first.replace(first[0], "A" if first[0] != "A" else "B"))
    assert refused.status_code == 400
    assert "This is not the recovery key that was shown." in visible(refused.text)
    assert "Start over" in refused.text
    second = keys_made(browser)
    assert confirm(browser, first).status_code == 400
    assert len(house.rows(LineKey)) == 2, "the two lines that were there"
    assert confirm(browser, second).status_code == 303


def test_keys_that_were_made_meanwhile_are_not_made_again(house: House) -> None:
    browser, other = new_line(house), None
    member_id = house.people["ben"].signed_in.member_id
    (line_id,) = (entry.id for entry in all_lines(house.stores.main) if not entry.has_keys)
    Memberships(house.stores.main).add(member_id, line_id, Role.SUPERVISOR)
    other = house.signed_in("ben")
    page = other.get("/lines/gang-tips/keys")
    confirm(browser, keys_made(browser))
    answer = other.submit("/lines/gang-tips/keys/make", page)
    assert (answer.status_code, answer.location) == (303, "/lines/gang-tips/members")
    text = other.get("/lines/gang-tips/members").text
    assert "you do not hold its keys" in text
    assert "/lines/gang-tips/recovery" in text


def test_a_supervisor_without_keys_recovers_them(house: House) -> None:
    browser = new_line(house)
    words = keys_made(browser)
    confirm(browser, words)
    alias = text_the_line(house, "The first tip")
    from sqlalchemy import delete

    with house.stores.main.begin() as connection:
        connection.execute(
            delete(KeyGrant).where(KeyGrant.holder == house.people["sue"].signed_in.member_id)
        )
    assert browser.get(f"/lines/gang-tips/threads/{alias}").status_code == 404
    assert 'href="/lines/gang-tips/recovery"' in browser.get("/").text
    path = "/lines/gang-tips/recovery"
    for wrong in ("", "AAAA-AAAA", words[:-4] + "AAAA"):
        answer = browser.submit(path, browser.get(path), recovery_key=wrong)
        assert answer.status_code == 400
        assert "This recovery key does not open this line's keys." in visible(answer.text)
    assert browser.submit(path, browser.get(path), recovery_key=words).status_code == 303
    assert "The first tip" in browser.get(f"/lines/gang-tips/threads/{alias}").text


@pytest.mark.parametrize("name", ["ann", "ada", "cyd"])
def test_nobody_but_a_supervisor_of_the_line_finds_its_key_pages(house: House, name: str) -> None:
    new_line(house)
    house.clock.move(minutes=1)
    browser = house.signed_in(name)
    for path in ("keys", "recovery", "members"):
        assert browser.get(f"/lines/gang-tips/{path}").status_code == 404


def test_a_supervisor_of_one_line_finds_no_other(house: House) -> None:
    """Not even one that they read as an investigator, and whose keys they hold."""
    sue, other = house.people["sue"].signed_in, house.bundles["complaints"]
    Memberships(house.stores.main).add(sue.member_id, other.line_id, Role.INVESTIGATOR)
    grant(house.stores.main, other, sue.member_id, sue.key.public)
    browser = house.signed_in("sue")
    assert "Complaints" in browser.get("/").text
    member = house.people["cyd"].signed_in.member_id
    for path in ("keys", "recovery", "members", f"members/{member}/remove"):
        assert browser.get(f"/lines/complaints/{path}").status_code == 404
    overview = browser.get("/lines").text
    assert NAMES[TIPS] in overview
    assert "Complaints" not in overview


def test_only_admins_make_and_change_lines(house: House) -> None:
    for name in ("sue", "ann"):
        browser = house.signed_in(name)
        for path in ("/admin/lines", "/admin/new-line", "/admin/lines/police-tips"):
            assert browser.get(path).status_code == 404


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(house: House) -> None:
    before = house.rows(Line)
    browser = house.signed_in("ada")
    answer = ask_for_line(browser, slug="Gang Tips", time_zone="California", name='"><b>')
    assert answer.status_code == 400
    for field in ("slug", "time_zone"):
        assert f'id="{field}-error"' in answer.text
        assert f'aria-describedby="{field}-hint {field}-error" aria-invalid="true"' in answer.text
    assert 'id="name-error"' not in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text
    assert 'value="California"' in answer.text
    taken = ask_for_line(browser, address=ADDRESSES[TIPS])
    assert taken.status_code == 400
    assert "Another line has this number." in taken.text
    assert house.rows(Line) == before


def test_an_edited_line_stays_open_to_its_members(house: House) -> None:
    alias = house.text("A tip")
    browser, path = house.signed_in("ada"), "/admin/lines/police-tips"
    page = browser.get(path)
    assert f'value="{NAMES[TIPS]}"' in page.text
    fields = {**NEW_LINE, "slug": TIPS, "name": "City Tips"}
    assert browser.submit(path, page, **fields).status_code == 303
    house.clock.move(seconds=11)
    reader = house.signed_in("ann")
    assert "City Tips" in reader.get("/").text
    assert "A tip" in reader.get(f"/lines/{TIPS}/threads/{alias}").text
    assert browser.get("/admin/lines/nope").status_code == 404


def test_an_edit_after_a_swapped_key_is_refused(house: House) -> None:
    from sqlalchemy import update

    from tipline.crypto.opening import OpeningKey

    swapped = OpeningKey.generate().public.raw
    with house.stores.main.begin() as connection:
        connection.execute(update(LineKey).values(sealing_public=swapped))
    browser, path = house.signed_in("ada"), "/admin/lines/police-tips"
    answer = browser.submit(path, browser.get(path), **NEW_LINE)
    assert answer.status_code == 409
    assert "not authentic" in answer.text
    assert "Gang Tips" not in browser.get("/admin/lines").text
