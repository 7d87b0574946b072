"""Claiming, assigning, releasing and marking threads, from the thread's page and in bulk."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.console.house import COMPLAINTS, TIPS, Browser, House, thread_path, visible
from tipline.members.models import Member
from tipline.threads.models import EraseKey, Thread
from tipline.threads.triage import Act, Triage


def act(browser: Browser, alias: str, what: str, **fields: str) -> TestResponse:
    """Press a button of the thread page's triage."""
    path = thread_path(alias)
    action = f"{path}/triage/{what}"
    return follow(browser, browser.submit(action, browser.get(path), **fields))


def follow(browser: Browser, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"])


def member(house: House, name: str) -> str:
    return house.people[name].signed_in.member_id


def assignees(house: House) -> dict[str, str | None]:
    return {row.alias: row.assignee for row in house.rows(Thread)}


def picks(page: str) -> dict[str, str]:
    """The check boxes of the inbox, by alias."""
    values = re.findall(r'name="threads" value="([^"]*)"', page)
    return {value.split("/")[1]: value for value in values}


def change(browser: Browser, page: TestResponse, aliases: list[str], **fields: str) -> TestResponse:
    """Tick threads of an inbox page and press a button below them."""
    found = re.search(r'action="(/inbox/change[^"]*)"', page.text)
    assert found is not None
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    boxes = picks(page.text)
    data: dict[str, Any] = {"csrf_token": token[1], "threads": [boxes[one] for one in aliases]}
    answer = browser.client.post(html.unescape(found[1]), data={**data, **fields})
    return follow(browser, answer)


def three(house: House) -> list[str]:
    return [house.text("Graffiti", sender=f"+120955500{number}0") for number in (1, 2, 3)]


def test_claiming_shows_who_works_on_it_to_everybody_of_the_line(house: House) -> None:
    alias = house.text("Graffiti")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    assert "You work on this thread." in visible(act(ann, alias, "claim").text)
    assert "ann@example.org works on this thread." in visible(ben.get(thread_path(alias)).text)
    assert "ann@example.org works on it" in visible(ben.get("/").text)
    assert "yours" in visible(ann.get("/").text)
    assert "Nobody works on this thread." in visible(act(ben, alias, "release").text)


def test_claiming_what_somebody_claimed_meanwhile_says_so(house: House) -> None:
    alias = house.text("Graffiti")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    path = thread_path(alias)
    before = ann.get(path)
    act(ben, alias, "claim")
    for what, fields in (("claim", {}), ("assign", {"to": member(house, "sue")})):
        answer = follow(ann, ann.submit(f"{path}/triage/{what}", before, **fields))
        assert "Somebody else changed who works on this thread meanwhile." in answer.text
        assert "ben@example.org works on this thread." in visible(answer.text)
    assert assignees(house) == {alias: member(house, "ben")}


def test_assigning_to_a_member_who_reads_the_line(house: House) -> None:
    alias = house.text("Graffiti")
    page = act(house.signed_in("ann"), alias, "assign", to=member(house, "sue"))
    assert "sue@example.org works on this thread." in visible(page.text)
    assert "You work on this thread." in visible(
        house.signed_in("sue").get(thread_path(alias)).text
    )


@pytest.mark.parametrize("name", ["cyd", "ada", "cus", ""])
def test_nobody_else_can_be_assigned(house: House, name: str) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    assert "cyd@example.org" not in browser.get(thread_path(alias)).text
    page = act(browser, alias, "assign", to=member(house, name) if name else "")
    assert "Choose to whom it is to be assigned." in page.text
    assert assignees(house) == {alias: None}


def test_a_disabled_member_cannot_be_assigned(house: House) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    with house.stores.main.begin() as connection:
        sue = Member.id == member(house, "sue")
        connection.execute(update(Member).where(sue).values(is_disabled=True))
    assert "Choose to whom" in act(browser, alias, "assign", to=member(house, "sue")).text


def test_marking_as_urgent_brings_it_to_the_top_and_back(house: House) -> None:
    older, newer = three(house)[:2]
    browser = house.signed_in("ann")
    page = act(browser, older, "urgency", urgent="1")
    assert "Not urgent" in visible(page.text)
    inbox = visible(browser.get("/").text)
    assert inbox.index(older) < inbox.index(newer)
    assert f"{older} Urgent" in inbox
    act(browser, older, "urgency", urgent="0")
    inbox = visible(browser.get("/").text)
    assert inbox.index(newer) < inbox.index(older)


@pytest.mark.parametrize("urgent", ["", "2", "yes"])
def test_another_urgency_is_not_known(house: House, urgent: str) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    action = thread_path(alias) + "/triage/urgency"
    answer = browser.submit(action, browser.get(thread_path(alias)), urgent=urgent)
    assert answer.status_code == 404


@pytest.mark.parametrize("what", ["claim", "release", "assign", "urgency"])
def test_another_lines_member_changes_nothing(house: House, what: str) -> None:
    alias = house.text("Graffiti")
    house.text("A complaint", line=COMPLAINTS)
    browser = house.signed_in("cyd")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/").text)
    assert token is not None
    (row,) = [row for row in house.rows(Thread) if row.alias == alias]
    fields = {"csrf_token": token[1], "thread": row.id, "to": member(house, "cyd"), "urgent": "1"}
    answer = browser.client.post(f"{thread_path(alias)}/triage/{what}", data=fields)
    assert answer.status_code == 404
    assert house.rows(Thread, Thread.assignee, Thread.urgency)[0] == (None, 0)


def test_a_form_made_for_another_thread_of_that_alias_is_refused(house: House) -> None:
    alias = house.text("Graffiti")
    browser = house.signed_in("ann")
    answer = browser.submit(
        thread_path(alias) + "/triage/claim", browser.get(thread_path(alias)), thread="0" * 32
    )
    assert answer.status_code == 400
    assert assignees(house) == {alias: None}


def test_claiming_several_says_how_many(house: House) -> None:
    aliases = three(house)
    browser = house.signed_in("ann")
    page = change(browser, browser.get("/?who=nobody"), aliases[:2], do="claim")
    assert "2 threads were claimed." in visible(page.text)
    assert picks(page.text).keys() == {aliases[2]}, "the filter stays"
    assert set(assignees(house).values()) == {member(house, "ann"), None}


def test_a_whole_page_can_be_claimed_at_once(house: House) -> None:
    for number in range(50):
        house.post("Graffiti", sender=f"+1209555{number:04}")
    house.intake_worker.drain(60)
    browser = house.signed_in("ann")
    page = browser.get("/")
    assert len(picks(page.text)) == 50
    after = change(browser, page, list(picks(page.text)), do="claim")
    assert "50 threads were claimed." in visible(after.text)
    assert "Mine (50)" in visible(after.text)


def test_what_was_not_changed_is_named_with_the_reason(house: House) -> None:
    mine, taken, gone = three(house)
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    page = ann.get("/")
    act(ann, mine, "claim")
    act(ben, taken, "claim")
    ids = {row.alias: row.id for row in house.rows(Thread)}
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(EraseKey).where(EraseKey.thread_id == ids[gone]))
    after = visible(change(ann, page, [mine, taken, gone], do="claim").text)
    assert "0 threads were claimed. 3 were not changed:" in after
    assert f"{mine}: it was so already" in after
    assert f"{taken}: somebody else changed who works on it meanwhile" in after
    assert f"{gone}: it is no longer there" in after
    assert assignees(house)[taken] == member(house, "ben")


def test_another_thread_that_has_the_alias_now_is_left_as_it_is(house: House) -> None:
    """As when one was destroyed while the page was open."""
    alias, other = house.text("Graffiti"), house.text("More", sender="+12095550222")
    browser = house.signed_in("ann")
    page = browser.get("/")
    boxes = picks(page.text)
    value = boxes[alias].replace(alias, other)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert csrf is not None
    data = {"csrf_token": csrf[1], "threads": value, "do": "claim"}
    answer = browser.client.post("/inbox/change", data=data)
    after = visible(follow(browser, answer).text)
    assert f"{other}: it is no longer there" in after
    assert set(assignees(house).values()) == {None}


def test_a_database_that_fails_half_way_is_said_with_what_was_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    aliases = three(house)
    browser = house.signed_in("ann")
    page = browser.get("/")
    claim, claimed = Triage.claim, []

    def fails_at_the_second(self: Triage, act: Act) -> None:
        claimed.append(act)
        if len(claimed) == 2:
            raise OperationalError("", None, Exception())
        claim(self, act)

    monkeypatch.setattr(Triage, "claim", fails_at_the_second)
    after = visible(change(browser, page, aliases, do="claim").text)
    assert "2 threads were claimed." in after
    assert f"{aliases[1]}: the database was busy, so try this one again" in after
    assert assignees(house)[aliases[1]] is None


def test_assigning_and_releasing_several(house: House) -> None:
    aliases = three(house)
    browser, sue = house.signed_in("ann"), member(house, "sue")
    page = change(browser, browser.get("/"), aliases, do="assign", to=sue)
    assert "3 threads were assigned." in visible(page.text)
    assert set(assignees(house).values()) == {sue}
    page = change(browser, browser.get("/"), aliases[:1], do="release")
    assert "1 thread was released." in visible(page.text)
    page = change(browser, browser.get("/"), aliases, do="assign", to=member(house, "cyd"))
    assert "3 were not changed:" in visible(page.text)
    assert "that member does not read it" in page.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"do": "claim"}, "tick the threads that you mean first"), ({"do": "assign"}, "tick")],
)
def test_nothing_ticked_changes_nothing(
    house: House, fields: dict[str, str], sentence: str
) -> None:
    three(house)
    browser = house.signed_in("ann")
    assert sentence in change(browser, browser.get("/"), [], **fields).text


def test_assigning_to_nobody_says_so(house: House) -> None:
    aliases = three(house)
    browser = house.signed_in("ann")
    page = change(browser, browser.get("/"), aliases, do="assign", to="")
    assert "choose to whom the threads are to be assigned" in page.text


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"do": "destroy"}, id="verb"),
        pytest.param({"do": "claim", "threads": "x"}, id="shape"),
        pytest.param({"do": "claim", "threads": [f"police-tips/a/{'0' * 32}/"] * 51}, id="many"),
        pytest.param({"do": "claim", "threads": f"complaints/a/{'0' * 32}/"}, id="foreign line"),
    ],
)
def test_what_no_page_of_ours_sends_is_not_found(house: House, fields: dict[str, Any]) -> None:
    three(house)
    browser = house.signed_in("ann")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/").text)
    assert token is not None
    answer = browser.client.post("/inbox/change", data={"csrf_token": token[1], **fields})
    assert answer.status_code == 404
    assert set(assignees(house).values()) == {None}


@pytest.mark.parametrize(
    "query", ["done=claim.x", "done=win.3", "done=claim.3&left=a.b", "done=claim.3&left=<b>.taken"]
)
def test_a_made_up_result_is_not_shown(house: House, query: str) -> None:
    house.text("Graffiti")
    assert 'id="result"' not in house.signed_in("ann").get(f"/?{query}").text


def test_the_page_of_a_line_holds_no_member_of_another(house: House) -> None:
    house.text("Graffiti")
    page = house.signed_in("ann").get("/").text
    assert "cyd@example.org" not in page
    assert TIPS in page
