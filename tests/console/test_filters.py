"""Filters of the inbox, and saved ones; what counts as opened."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from tests.console.house import Browser, House, thread_path, visible
from tipline.console.inbox.choices import Choices
from tipline.console.refusals import NoSuchPageError
from tipline.threads.models import SavedFilters, Thread
from tipline.threads.saved_filters import MOST_FILTERS


def aliases(page: str) -> set[str]:
    return set(re.findall(r'<h2><a href="/lines/[a-z-]+/threads/([a-z0-9-]+)">', page))


def shown(browser: Browser, query: str) -> set[str]:
    answer = browser.get(f"/?{query}")
    assert answer.status_code == 200
    return aliases(answer.text)


def change(house: House, alias: str, **values: object) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(update(Thread).where(Thread.alias == alias).values(**values))


def test_each_filter_shows_what_it_says(house: House) -> None:
    ann = house.people["ann"].signed_in.member_id
    ben = house.people["ben"].signed_in.member_id
    plain, urgent, closed, mine, bens = (
        house.text("Graffiti", sender=f"+120955500{number}0") for number in range(5)
    )
    browser = house.signed_in("ann")
    change(house, urgent, urgency=1)
    change(house, closed, is_closed=True)
    change(house, mine, assignee=ann)
    change(house, bens, assignee=ben)
    browser.reply(thread_path(plain), "Where?")
    everything = {plain, urgent, closed, mine, bens}
    assert shown(browser, "") == everything - {closed}
    assert shown(browser, "state=closed") == {closed}
    assert shown(browser, "state=all") == everything
    assert shown(browser, "who=me") == {mine}
    assert shown(browser, "who=nobody") == {plain, urgent}
    assert shown(browser, f"who={ben}") == {bens}
    assert shown(browser, "urgent=1") == {urgent}
    assert shown(browser, "waiting=1&state=all") == everything - {plain}
    assert shown(browser, "unread=1") == {urgent, mine, bens}
    assert shown(browser, "unopened=1&who=nobody") == {urgent}
    assert shown(browser, "line=police-tips") == everything - {closed}
    page = visible(browser.get("/").text)
    for words in ("Mine (1)", "Unread by me (3)", "Not opened by anybody (3)", "Urgent (1)"):
        assert words in page
    assert "No thread is like this. Show all open threads" in visible(
        browser.get("/?urgent=1&who=me").text
    )


@pytest.mark.parametrize(
    "query",
    [
        "state=ajar",
        "who=x",
        "unread=yes",
        "urgent=0",
        "line=complaints",
        "line=nope",
        "who=" + "g" * 32,
    ],
)
def test_a_filter_that_is_none_is_not_found(house: House, query: str) -> None:
    house.text("Graffiti")
    assert house.signed_in("ann").get(f"/?{query}").status_code == 404


NAMES = st.sampled_from(["state", "who", "line", "unread", "urgent", "after", "unopened"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, st.text(max_size=8)))
def test_choices_are_read_as_they_were_written_or_refused(fields: dict[str, str]) -> None:
    try:
        choices = Choices.read(MultiDict(fields))
    except NoSuchPageError:
        return
    assert Choices.read(choices.fields()) == choices


def test_saved_filters_are_links_for_their_member_alone(house: House) -> None:
    house.text("Graffiti")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    page = ann.get("/?urgent=1&state=all")
    action = "/inbox/filters?state=all&amp;urgent=1"
    assert action in page.text
    answer = ann.client.post(
        action.replace("&amp;", "&"),
        data={"csrf_token": token(page.text), "name": "The <b>worst</b>"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?state=all&urgent=1"
    page = ann.get("/")
    assert '<a href="/?state=all&amp;urgent=1">The &lt;b&gt;worst&lt;/b&gt;</a>' in page.text
    assert "worst" not in ben.get("/").text
    assert b"worst" not in b"".join(row.sealed for row in house.rows(SavedFilters))
    data = {"csrf_token": token(page.text), "name": "The <b>worst</b>"}
    assert ann.client.post("/inbox/filters/delete", data=data).status_code == 303
    assert "worst" not in ann.get("/").text


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def save(browser: Browser, name: str) -> str:
    page = browser.get("/").text
    data = {"csrf_token": token(page), "name": name}
    answer = browser.client.post("/inbox/filters", data=data)
    assert answer.status_code == 303
    return visible(browser.get(answer.headers["Location"]).text)


def test_why_a_filter_was_not_saved_stands_beside_the_field(house: House) -> None:
    house.text("Graffiti")
    browser = house.signed_in("ann")
    assert "Give it a name of at most 40 characters." in save(browser, " ")
    for number in range(MOST_FILTERS):
        save(browser, f"filter {number}")
    assert "which is the most. Delete one first." in save(browser, "one more")


AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"Sec-Fetch-Dest": "empty"},
]


@pytest.mark.parametrize("headers", AHEAD, ids=[str(one) for one in AHEAD])
def test_what_is_fetched_without_a_look_does_not_open_a_thread(
    house: House, headers: dict[str, str]
) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    assert browser.get(thread_path(alias), headers=headers).status_code == 200
    assert browser.open("HEAD", thread_path(alias)).status_code == 200
    for path in ("/", "/inbox/updates", f"{thread_path(alias)}/triage/claim"):
        browser.get(path)
    assert f"{alias} Not opened by anybody" in visible(browser.get("/").text)
    browser.get(thread_path(alias), headers={"Sec-Fetch-Dest": "document"})
    assert "Not opened by anybody Waiting" not in visible(browser.get("/").text)


def test_a_thread_that_nobody_opened_stays_so_for_all_until_one_does(house: House) -> None:
    alias = house.text("Graffiti")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    ann.get("/")
    assert f"{alias} Not opened by anybody" in visible(ben.get("/").text)
    ann.get(thread_path(alias))
    assert f"{alias} Unread" in visible(ben.get("/").text)
    assert f"{alias} Waiting" in visible(ann.get("/").text)
    house.text("More")
    assert f"{alias} Unread" in visible(ann.get("/").text)


@pytest.mark.parametrize("line", ["complaints", "no-such-line", "x" * 60_000])
def test_a_filter_of_a_line_that_is_not_the_members_is_not_saved(house: House, line: str) -> None:
    browser = house.signed_in("ann")
    data = {"csrf_token": token(browser.get("/").text), "name": "Mine"}
    assert browser.client.post(f"/inbox/filters?line={line}", data=data).status_code == 404
    assert house.rows(SavedFilters) == []
    assert browser.client.post("/inbox/filters?line=police-tips", data=data).status_code == 303
