"""A tip about a colleague: what the colleague finds of it in the console."""

from __future__ import annotations

import re

from tests.console.house import House, thread_path, visible
from tests.console.test_triage import assignees, change
from tipline.threads.models import Thread, ThreadGrant


def restrict(house: House, by: str, path: str, *others: str) -> None:
    browser = house.signed_in(by)
    page = path + "/restriction"
    form = browser.get(page)
    fields = {"member": [house.people[name].signed_in.member_id for name in others]}
    assert browser.submit(page, form, **fields).status_code == 303
    house.clock.move(minutes=1)  # a one-time code works once


def test_for_the_colleague_there_is_no_such_thread(house: House) -> None:
    alias = house.text("It was officer Ben")
    path = thread_path(alias)
    ben = house.signed_in("ben")
    before = ben.get(path)
    assert before.status_code == 200
    restrict(house, "ann", path, "sue")
    for method, where in (
        ("GET", path), ("GET", path + "/case"), ("GET", path + "/restriction"),
        ("GET", path + "/sheet?copy=2"),
    ):  # fmt: skip
        answer = ben.open(method, where)
        missing = ben.open(method, where.replace(alias, "quiet-heron-48"))
        assert answer.status_code == missing.status_code == 404
        assert visible(answer.text) == visible(missing.text), "like one that never was"
    assert alias not in ben.get("/").text
    for where in ("", "/note", "/close", "/print", "/draft", "/restriction/lift"):
        form = dict(re.findall(r'name="(csrf_token|thread|token|seen)" value="(\w*)"', before.text))
        answer = ben.client.post(path + where, data={**form, "reply": "Who are you?", "note": "x"})
        assert answer.status_code == 404
    assert len(house.deliver()) == 1, "the automatic answer alone"
    [thread] = house.rows(Thread)
    assert thread.wrapped_private == b""


def test_the_named_go_on_working_and_the_resident_is_heard(house: House) -> None:
    alias = house.text("It was officer Ben")
    path = thread_path(alias)
    restrict(house, "ann", path, "sue")
    assert house.text("He knows") == alias
    for name in ("ann", "sue"):
        browser = house.signed_in(name)
        page = visible(browser.get(path).text)
        assert "ann@example.org restricted this thread to ann@example.org, sue@example.org" in page
        assert "He knows" in page
        assert alias in browser.get("/").text
        assert browser.reply(path, f"{name} writes").status_code == 303
    assert [text.body for text in house.deliver()][1:] == ["ann writes", "sue writes"]


def test_a_named_member_lets_another_in_and_lifts_it(house: House) -> None:
    path = thread_path(house.text("It was officer Ben"))
    restrict(house, "ann", path, "sue")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    assert ben.get(path).status_code == 404
    page = ann.get(path + "/restriction")
    assert "ann@example.org (you)" in visible(page.text)
    member = house.people["ben"].signed_in.member_id
    assert ann.submit(path + "/restriction/name", page, member=member).status_code == 303
    assert "ann@example.org let ben@example.org read this thread" in visible(ben.get(path).text)
    stranger = house.people["cyd"].signed_in.member_id
    assert ann.submit(path + "/restriction/name", page, member=stranger).status_code == 404
    sue = house.signed_in("sue")
    page = ben.get(path + "/restriction")
    assert ben.submit(path + "/restriction/lift", page).status_code == 303
    assert "opened this thread to the whole line again" in visible(sue.get(path).text)
    assert house.rows(ThreadGrant) == []


def test_nobody_of_another_line_is_ever_offered(house: House) -> None:
    path = thread_path(house.text("A tip"))
    page = visible(house.signed_in("ann").get(path + "/restriction").text)
    assert "ben@example.org sue@example.org" in page
    for name in ("cyd", "ada", "aud"):
        assert f"{name}@example.org" not in page
    assert "only the line's recovery key opens it" in page


def test_a_restricted_thread_is_not_confirmed_as_a_related_one(house: House) -> None:
    from tests.console.house import OTHER_PHONE

    hidden = house.text("It was officer Ben", sender=OTHER_PHONE)
    path = thread_path(house.text("A tip"))
    restrict(house, "ann", thread_path(hidden), "sue")
    for name, status in (("ben", 400), ("ann", 303)):
        browser = house.signed_in(name)
        answer = browser.submit(path + "/case", browser.get(path + "/case"), related=hidden)
        assert answer.status_code == status


def test_one_alone_is_not_enough_on_a_line_with_several(house: House) -> None:
    """Whoever loses the one key has nobody who lets them in again."""
    path = thread_path(house.text("It was officer Ben"))
    ann, page = house.signed_in("ann"), path + "/restriction"
    answer = ann.submit(page, ann.get(page))
    assert answer.status_code == 400
    assert "Name at least one member besides yourself" in visible(answer.text)
    assert house.signed_in("ben").get(path).status_code == 200


def test_it_is_assigned_to_the_named_alone(house: House) -> None:
    """Another one would be the thread's worker and could not find it."""
    alias = house.text("It was officer Ben")
    path = thread_path(alias)
    restrict(house, "ann", path, "sue")
    ann = house.signed_in("ann")
    page = ann.get(path)
    ben, sue = (house.people[name].signed_in.member_id for name in ("ben", "sue"))
    assert (f'value="{ben}"' in page.text, f'value="{sue}"' in page.text) == (False, True)
    ann.submit(path + "/triage/assign", page, to=ben)
    shown = change(ann, ann.get("/"), [alias], do="assign", to=ben)
    assert "that member does not read it" in visible(shown.text)
    assert assignees(house) == {alias: None}
    ann.submit(path + "/triage/assign", page, to=sue)
    assert assignees(house) == {alias: sue}
