"""A supervisor gives a line new keys, and nobody loses anything by it."""

from __future__ import annotations

from tests.console.house import TIPS, Browser, House, thread_path
from tests.console.test_line_people import PEOPLE, finish
from tipline.lines.models import KeyGrant
from tipline.threads.models import Thread

NEW_KEYS = f"/lines/{TIPS}/new-keys"


def renew(browser: Browser) -> int:
    return browser.submit(NEW_KEYS, browser.get(NEW_KEYS)).status_code


def test_everybody_reads_on_and_threads_are_sealed_to_the_new_keys(house: House) -> None:
    alias = house.text("Before the new keys")
    supervisor, member = house.signed_in("sue"), house.signed_in("ben")
    before = {row.holder for row in house.rows(KeyGrant) if row.generation == 1}
    assert "Give this line new keys" in supervisor.get(PEOPLE).text
    assert renew(supervisor) == 303
    line_id = house.bundles[TIPS].line_id
    granted = {
        row.holder for row in house.rows(KeyGrant) if (row.line_id, row.generation) == (line_id, 2)
    }
    assert granted
    assert granted <= before
    supervisor.get("/")
    finish(supervisor)
    assert {row.line_generation for row in house.rows(Thread) if row.line_id == line_id} == {2}
    later = house.text("After the new keys")
    for browser in (member, supervisor):
        assert "Before the new keys" in browser.get(thread_path(alias)).text
        assert "After the new keys" in browser.get(thread_path(later)).text


def test_a_member_who_is_no_supervisor_cannot(house: House) -> None:
    member = house.signed_in("ben")
    assert member.get(NEW_KEYS).status_code in (403, 404)
    assert {row.generation for row in house.rows(KeyGrant)} == {1}
