"""Every route of the console, called as those who may: what is changed or shown has its entry."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from tests.console.house import CAST, PASSWORD, Browser, House, thread_path, visible
from tests.console.test_every_route import (
    NOBODY_TOO,
    SAMPLES,
    WHO_MAY,
    call,
    calls,
    keep_signed_in,
    path_of,
)
from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry
from tipline.audit.models import PendingEntry
from tipline.console.acting import ACTS, WITHOUT_ACT
from tipline.db.base import MainBase
from tipline.db.reading import reading
from tipline.threads.models import Thread

TIP = "A tip from a window across the road"
# Counted and noted by the program itself, whoever asks for a page.
ITS_OWN = {"audit_pending", "incidents", "seen_marks"}
# So is a password that was wrong.
FAILURES = {"failures", "first_failure_at", "is_locked"}
# And so is what it seals anew in the background, after a line got new keys.
RESEALED = {"line_generation", "wrapped_private"}


def entries(house: House) -> list[Entry]:
    with reading(house.stores.main) as connection:
        rows = connection.execute(select(PendingEntry.body).order_by(PendingEntry.id))
        return [Entry.from_bytes(row.body) for row in rows]


def kept(house: House) -> bytes:
    """A digest of all that the main store keeps."""
    digest = hashlib.sha256()
    with reading(house.stores.main) as connection:
        for name in sorted(set(MainBase.metadata.tables) - ITS_OWN):
            columns = [
                c for c in MainBase.metadata.tables[name].c if c.name not in FAILURES | RESEALED
            ]
            digest.update(repr(connection.execute(select(*columns)).all()).encode())
    return digest.digest()


def test_each_route_is_an_act_or_said_to_be_none(house: House) -> None:
    endpoints = {rule.endpoint for rule in house.console().url_map.iter_rules()}
    assert set(ACTS) | WITHOUT_ACT == endpoints
    assert not WITHOUT_ACT & set(ACTS)


@pytest.mark.parametrize("name", sorted(NOBODY_TOO))
def test_nothing_is_changed_or_shown_without_an_entry(name: str, house: House) -> None:
    alias = house.text(TIP)
    app = house.console()
    browser = house.browser(app)
    others = [one.email for other, one in house.people.items() if other != name]
    for rule, method in calls(app):
        if name not in WHO_MAY[rule.endpoint]:
            continue
        keep_signed_in(browser, name)
        about = house.people["cyd"].signed_in.member_id
        path = path_of(app, rule, alias=alias, member_id=about)
        before, had = kept(house), len(entries(house))
        answer = call(browser, path, method)
        new = [one.act for one in entries(house)[had:]]
        place = f"{method} {rule.rule} as {name}: {answer.status_code}"
        shown = [words for words in (TIP, alias, *others) if words in answer.text]
        if kept(house) != before or shown:
            assert ACTS.get(rule.endpoint) in new, (place, shown)
        if answer.status_code == 200 and rule.endpoint in ACTS:
            assert new[-1:] == [ACTS[rule.endpoint]], place


def test_the_whole_life_of_a_thread(house: House) -> None:
    alias = house.text(TIP)
    browser = house.signed_in("ann")
    path = thread_path(alias)
    browser.get(path)
    browser.reply(path, "Where exactly?")
    browser.submit(f"{path}/triage/claim", browser.get(path))
    browser.submit(f"{path}/close", browser.get(path), note="Nothing more to do")
    with reading(house.stores.main) as connection:
        thread = connection.execute(select(Thread.id)).scalar_one()
    ann = house.people["ann"].signed_in.member_id
    told = [(one.act, one.outcome) for one in entries(house) if one.thread == thread]
    shown = (Act.VIEW_THREAD, Outcome.DONE)
    assert told == [
        *(shown, shown, (Act.REPLY, Outcome.DONE)),
        *(shown, (Act.ASSIGN, Outcome.DONE)),
        *(shown, (Act.CLOSE, Outcome.DONE)),
    ]
    assert {(one.actor, one.place) for one in entries(house)} == {(ann, "console")}
    assert all(one.line for one in entries(house) if one.thread)


def test_nothing_of_a_resident_is_in_an_entry(house: House) -> None:
    alias = house.text(TIP)
    house.signed_in("ann").reply(thread_path(alias), "Where exactly?")
    with reading(house.stores.main) as connection:
        bodies = b"\n".join(connection.execute(select(PendingEntry.body)).scalars())
    for words in (TIP, "window", alias, "Where exactly", "+1209", "ann@example.org"):
        assert words.encode() not in bodies


def test_a_sign_in_and_a_failed_one(house: House) -> None:
    browser = house.browser()
    browser.sign_in("ann", password="not this one")
    browser.sign_in("ann", email="nobody@example.org")
    assert browser.sign_in("ann").status_code == 303
    ann = house.people["ann"].signed_in.member_id
    assert [(one.act, one.outcome, one.actor, one.subject) for one in entries(house)] == [
        (Act.SIGN_IN, Outcome.NOT_DONE, "", ann),
        (Act.SIGN_IN, Outcome.NOT_DONE, "", ""),
        (Act.SIGN_IN, Outcome.DONE, ann, ""),
    ]


def test_who_tries_no_password_does_not_fill_the_log(house: House) -> None:
    browser = house.browser()
    for path in ("/sign-in", "/enrol", "/enrol/confirm", "/admin/accounts", "/sign-out"):
        assert browser.client.post(path, data={"email": "ann@example.org"}).status_code >= 400
    browser.submit("/enrol", browser.get("/enrol"), code="nonsense")
    browser.get("/log")
    assert entries(house) == []


def test_a_thread_of_another_line_is_asked_for_in_vain(house: House) -> None:
    alias = house.text(TIP)
    browser = house.signed_in("cyd")
    assert browser.get(thread_path(alias)).status_code == 404
    newest = entries(house)[-1]
    assert (newest.act, newest.outcome) == (Act.VIEW_THREAD, Outcome.NOT_DONE)
    assert newest.actor == house.people["cyd"].signed_in.member_id


def test_a_wrong_password_changes_nothing_and_says_so(house: House) -> None:
    browser = house.signed_in("ann")
    page = browser.get("/account/password")
    new = "another battery staple horse"
    fields = {"old_password": "not this one", "new_password": new, "again": new}
    assert browser.submit("/account/password", page, **fields).status_code >= 400
    fields["old_password"] = PASSWORD
    assert browser.submit("/account/password", page, **fields).status_code == 303
    told = [one.outcome for one in entries(house) if one.act is Act.CHANGE_PASSWORD]
    assert told == [Outcome.NOT_DONE, Outcome.DONE]


def test_several_threads_at_once_have_an_entry_each(house: House) -> None:
    house.text(TIP)
    house.text("Another tip", sender="+12095550143")
    browser = house.signed_in("ann")
    with reading(house.stores.main) as connection:
        rows = connection.execute(select(Thread.id, Thread.alias)).all()
    page = browser.get("/")
    picked = [f"{SAMPLES['slug']}/{row.alias}/{row.id}/" for row in rows]
    answer = browser.submit("/inbox/change", page, do="claim", threads=picked)
    assert answer.status_code == 303
    told = [one.thread for one in entries(house) if one.act is Act.ASSIGN]
    assert sorted(told) == sorted(row.id for row in rows)


@pytest.mark.parametrize("together", [False, True])
def test_an_assignment_says_to_whom(together: bool, house: House) -> None:
    alias = house.text(TIP)
    browser = house.signed_in("ann")
    ben = house.people["ben"].signed_in.member_id
    if together:
        with reading(house.stores.main) as connection:
            row = connection.execute(select(Thread.id, Thread.alias)).one()
        picked = f"{SAMPLES['slug']}/{row.alias}/{row.id}/"
        browser.submit("/inbox/change", browser.get("/"), do="assign", to=ben, threads=picked)
    else:
        path = thread_path(alias)
        browser.submit(f"{path}/triage/assign", browser.get(path), to=ben)
    told = [(one.outcome, one.subject) for one in entries(house) if one.act is Act.ASSIGN]
    assert told == [(Outcome.DONE, ben)]


def test_a_search_says_how_much_it_found(house: House) -> None:
    house.text(TIP)
    browser = house.signed_in("ann")
    for words in ("window", "nothing like it"):
        answer = browser.submit("/search", browser.get("/search"), words=words)
        browser.get(answer.headers["Location"])
    assert [one.found for one in entries(house) if one.act is Act.SEARCH] == [1, 0]


@pytest.mark.parametrize("name", [name for name, *_ in CAST])
def test_a_log_that_cannot_be_written_shows_and_changes_nothing(name: str, house: House) -> None:
    alias = house.text(TIP)
    browser = house.signed_in(name)
    with house.stores.main.begin() as connection:
        connection.execute(text("ALTER TABLE audit_pending RENAME TO audit_gone"))
    before = kept(house)
    app = browser.app
    for rule, method in calls(app):
        if name not in WHO_MAY[rule.endpoint] or rule.endpoint in WITHOUT_ACT:
            continue
        about = house.people["cyd"].signed_in.member_id
        path = path_of(app, rule, alias=alias, member_id=about)
        answer = call_blindly(browser, path, method)
        place = f"{method} {rule.rule}: {answer.status_code}"
        assert answer.status_code >= 400 or answer.status_code == 303, place
        assert TIP not in answer.text, place
        assert kept(house) == before, place
        if answer.status_code == 503:
            assert "Try again in a moment." in visible(answer.text)


def call_blindly(browser: Browser, path: str, method: str) -> TestResponse:
    """Call a route without looking at another page first, which cannot be shown either."""
    if method not in ("POST", "PUT", "PATCH", "DELETE"):
        return browser.open(method, path)
    return browser.client.post(path, data={"csrf_token": token_of(browser)})


def token_of(browser: Browser) -> str:
    page = browser.get("/account").text
    return page.split('name="csrf_token" value="')[1].split('"')[0]
