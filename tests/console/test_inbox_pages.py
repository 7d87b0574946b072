"""Live counts, shortcuts, urgent words, and times in the line's zone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.console.house import TIPS, Browser, House, incidents, thread_path, visible
from tests.console.test_restricted import restrict
from tipline.alerts.models import Escalation
from tipline.console.models import Session
from tipline.console.wording import (
    day_words,
    decimalformat,
    exact_time,
    machine_time,
    minute_time,
    rounded_time,
)
from tipline.lines.models import WordList
from tipline.lines.registry import all_lines, edit_line
from tipline.threads.models import Thread

WORDS = "/lines/police-tips/urgent-words"


def version(page: str) -> str:
    found = re.search(r'data-since="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_page_learns_how_much_is_new_and_nothing_else(house: House) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    since = version(browser.get("/").text)
    answer = browser.get(f"/inbox/updates?since={since}")
    assert answer.json == {"version": int(since), "new": 0, "unread": 1, "escalated": 0}
    house.text("More of it")
    house.text("A gun", sender="+12095550999")
    house.text("A complaint", line="complaints")
    answer = browser.get(f"/inbox/updates?since={since}")
    assert answer.json is not None
    assert (answer.json["new"], answer.json["unread"]) == (2, 2)
    assert alias not in answer.text


def test_what_a_member_cannot_see_is_not_counted(house: House) -> None:
    house.text("Graffiti")
    hidden = house.text("A gun", sender="+12095550999")
    restrict(house, "sue", thread_path(hidden), "ben")
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    house.text("He still has the gun", sender="+12095550999")
    with house.stores.main.begin() as connection:
        connection.execute(update(Escalation).values(escalated=True))
    seen, all_of_it = ann.get("/inbox/updates").json, sue.get("/inbox/updates").json
    assert seen is not None
    assert all_of_it is not None
    assert (seen["escalated"], all_of_it["escalated"]) == (0, 1)
    assert seen["version"] < all_of_it["version"]
    assert (version(ann.get("/").text), seen["new"]) == (str(seen["version"]), 0)


@pytest.mark.parametrize("since", ["x", "-1", "9" * 19, "1.5"])
def test_a_version_that_is_none_is_not_found(house: House, since: str) -> None:
    assert house.signed_in("ann").get(f"/inbox/updates?since={since}").status_code == 404


def test_asking_for_news_does_not_keep_a_session_alive(house: House) -> None:
    browser = house.signed_in("ann")
    for _ in range(3):
        house.clock.move(minutes=11)
        answer = browser.get("/inbox/updates")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in"
    assert browser.get("/").status_code == 303


def test_looking_does_keep_it_alive(house: House) -> None:
    browser = house.signed_in("ann")
    for _ in range(4):
        house.clock.move(minutes=20)
        assert browser.get("/").status_code == 200
    seen = house.rows(Session, Session.seen_at)
    assert seen == [(house.clock().replace(tzinfo=None),)]


def test_shortcuts_are_listed_and_can_be_switched_off(house: House) -> None:
    browser = house.signed_in("ann")
    assert "shortcuts.js" in browser.get("/").text
    page = browser.get("/shortcuts")
    for words in ("j Go to the next thread", "? Show this list", "c Claim", "u Mark the thread"):
        assert words in visible(page.text)
    browser.submit("/shortcuts", page, are="off")
    for path in ("/", "/shortcuts"):
        assert "shortcuts.js" not in browser.get(path).text
    assert "Shortcuts are off" in visible(browser.get("/shortcuts").text)
    browser.submit("/shortcuts", browser.get("/shortcuts"), are="on")
    assert "shortcuts.js" in browser.get("/").text


def test_every_key_of_the_list_is_in_the_script(house: House) -> None:
    browser = house.signed_in("ann")
    script = browser.get("/static/shortcuts.js").text
    listed = re.findall(r"<kbd>([^<]+)</kbd>", browser.get("/shortcuts").text)
    keys = {key for entry in listed for key in re.split(r" or | then ", entry)} - {"Enter"}
    for key in keys:
        assert f'"{key}"' in script or f"{key}:" in script, key


def edit(browser: Browser, words: str, **fields: str) -> str:
    """Change the list of urgent words and return the page that follows, as one reads it."""
    answer = browser.submit(WORDS, browser.get(WORDS), words=words, **fields)
    if answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
    return visible(answer.text)


def urgency(house: House) -> list[int]:
    return [row[0] for row in house.rows(Thread, Thread.urgency)]


def test_members_change_what_is_urgent(house: House) -> None:
    browser = house.signed_in("ann")
    assert "kidnapped" in browser.get(WORDS).text
    assert "The list was kept." in edit(browser, "Fuego\nsmells of gas\n")
    house.text("It smells of GAS")
    assert urgency(house) == [1]
    assert "Fuego" in house.signed_in("ben").get(WORDS).text
    assert "The list was kept." in edit(browser, "whatever", do="defaults")
    assert "kidnapped" in browser.get(WORDS).text


def test_a_list_that_cannot_be_kept_stays_in_the_box(house: House) -> None:
    browser = house.signed_in("ann")
    page = edit(browser, "fine\n!!!")
    assert "Each line needs at least one letter or digit." in page
    assert "fine !!!" in page
    assert "Keep at least one word" in edit(browser, " ")
    page = edit(browser, "fi\x07ne")
    assert "A word or phrase holds letters, digits and punctuation only." in page
    assert house.rows(WordList) == []


def test_two_members_do_not_overwrite_each_other(house: House) -> None:
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    before = ben.get(WORDS)
    edit(ann, "fire")
    answer = ben.submit(WORDS, before, words="water")
    assert answer.status_code == 409
    page = visible(answer.text)
    assert "Somebody else changed the list meanwhile" in page
    assert "water" in page
    assert "The list as it is now" in page
    assert "fire" in page
    assert "fire" in ann.get(WORDS).text


def test_a_list_that_nobody_of_the_line_signed_is_not_used(house: House) -> None:
    browser = house.signed_in("ann")
    edit(browser, "fire")
    with house.stores.main.begin() as connection:
        connection.execute(update(WordList).values(content="nothing at all"))
    page = browser.get(WORDS)
    assert "was not written by a member of this line" in page.text
    assert "nothing at all" not in page.text
    assert "kidnapped" in page.text
    assert "forged_word_list" in incidents(house)
    assert "The list was kept." in edit(browser, "fire")
    assert "was not written" not in browser.get(WORDS).text


def test_another_line_has_its_own_list(house: House) -> None:
    edit(house.signed_in("ann"), "fire")
    cyd = house.signed_in("cyd")
    assert cyd.get(WORDS).status_code == 404
    assert "kidnapped" in cyd.get("/lines/complaints/urgent-words").text


@pytest.mark.parametrize("stale", ["", "x", "-1", "1.5", "9" * 20])
def test_a_version_of_the_list_that_is_none_is_refused(house: House, stale: str) -> None:
    browser = house.signed_in("ann")
    answer = browser.submit(WORDS, browser.get(WORDS), words="fire", version=stale)
    assert answer.status_code == 400


PACIFIC = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        (datetime(2026, 7, 1, 6, 30, 5, tzinfo=UTC), PACIFIC, "30 Jun 2026, 23:30:05 PDT"),
        (datetime(2026, 12, 1, 6, 30, 5, tzinfo=UTC), PACIFIC, "30 Nov 2026, 22:30:05 PST"),
        (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), PACIFIC, "1 Nov 2026, 01:30:00 PDT"),
        (datetime(2026, 11, 1, 9, 30, tzinfo=UTC), PACIFIC, "1 Nov 2026, 01:30:00 PST"),
        (datetime(2026, 3, 8, 10, 0, tzinfo=UTC), PACIFIC, "8 Mar 2026, 03:00:00 PDT"),
        (datetime(2026, 7, 1, 6, 30, 5, tzinfo=UTC), "UTC", "1 Jul 2026, 06:30:05 UTC"),
        (datetime(2026, 7, 1, 6, 30, 5, tzinfo=UTC), "Nowhere/Land", "1 Jul 2026, 06:30:05 UTC"),
        (datetime(2026, 7, 1, 6, 30, 5, tzinfo=UTC), "../etc/passwd", "1 Jul 2026, 06:30:05 UTC"),
    ],
)
def test_a_moment_in_a_zone(moment: datetime, zone: str, words: str) -> None:
    assert exact_time(moment, zone) == words


def test_a_stored_hour_is_utc_and_shown_in_the_zone() -> None:
    hour = datetime(2026, 7, 1, 6)
    assert rounded_time(hour) == "1 Jul 2026, 06:00 UTC"
    assert rounded_time(hour, PACIFIC) == "30 Jun 2026, 23:00 PDT"
    assert rounded_time(hour, "Asia/Kolkata") == "1 Jul 2026, 11:30 IST"
    assert machine_time(hour) == "2026-07-01T06:00:00Z"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.text(max_size=30))
def test_no_zone_keeps_a_page_from_being_shown(moment: datetime, zone: str) -> None:
    shape = r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d \S+"
    assert re.fullmatch(shape, exact_time(moment, zone))


def test_times_and_figures_are_in_the_readers_language(house: House) -> None:
    """Figures are as people here write them, whatever their language: forms take them so, too."""
    moment, day = datetime(2026, 8, 1, 6, 30, 5), date(2026, 11, 20)
    with house.console().test_request_context(headers={"Accept-Language": "es-MX"}):
        assert exact_time(moment, PACIFIC) == "31 jul 2026, 23:30:05 PDT"
        assert rounded_time(moment) == "1 ago 2026, 06:30 UTC"
        assert minute_time(moment) == "1 ago 2026, 06:30 UTC"
        assert machine_time(moment) == "2026-08-01T06:30:05Z"
        assert day_words(day) == "Viernes, 20 nov 2026"
        assert decimalformat(1600) == "1,600"
    assert minute_time(moment) == "1 Aug 2026, 06:30 UTC"
    assert day_words(day) == "Friday, 20 Nov 2026"
    assert decimalformat(15_000) == "15,000"


def test_pages_show_the_lines_zone(house: House) -> None:
    """What machines read stays UTC."""
    alias = house.text("Graffiti")
    line_id = house.bundles[TIPS].line_id
    [line] = [one for one in all_lines(house.stores.main) if one.id == line_id]
    wanted = replace(line.description, time_zone=PACIFIC)
    edit_line(house.stores.main, house.console_keys.signing, line_id, wanted)
    browser = house.signed_in("ann")
    page = browser.get(thread_path(alias)).text
    assert '<time datetime="2026-11-20T09:41:17Z">20 Nov 2026, 01:41:17 PST</time>' in page
    assert "20 Nov 2026, 01:00 PST" in browser.get("/").text
