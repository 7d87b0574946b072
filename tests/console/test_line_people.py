"""The line's page: who is admitted by a fingerprint, who is removed, and what goes on meanwhile."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from tests.console.house import PASSWORD, TIPS, Browser, House, Person, thread_path, visible
from tipline.console.lines.background import RETRY_PAUSE
from tipline.console.services import EXTENSION, Console
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.members import new_totp_secret
from tipline.incidents.services import counts
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant
from tipline.lines.roles import Role
from tipline.members.accounts import Accounts
from tipline.members.models import Member
from tipline.threads.models import Thread

PEOPLE = f"/lines/{TIPS}/members"


def newcomer(house: House, name: str = "new", role: Role = Role.INVESTIGATOR) -> str:
    """A member who has enrolled and was given a role. Returns the id."""
    totp_secret, clock = new_totp_secret(), house.clock
    accounts = Accounts(house.stores.main, house.console_keys.pepper, clock)
    member = accounts.create(f"{name}@example.org", PASSWORD, totp_secret)
    line_id = house.bundles[TIPS].line_id
    Memberships(house.stores.main).add(member.member_id, line_id, role)
    person = Person(f"{name}@example.org", totp_secret, member, role, TIPS)
    house.people = {**house.people, name: person}
    return member.member_id


def admit(browser: Browser, member_id: str, typed: str) -> TestResponse:
    path = f"{PEOPLE}/{member_id}/admit"
    return browser.submit(path, browser.get(PEOPLE), fingerprint=typed)


def remove(browser: Browser, house: House, name: str) -> TestResponse:
    path = f"{PEOPLE}/{house.people[name].signed_in.member_id}/remove"
    return browser.submit(path, browser.get(path))


def services(app: Flask) -> Console:
    found: Console = app.extensions[EXTENSION]
    return found


def finish(browser: Browser) -> None:
    """Wait until what runs in the background has ended."""
    services(browser.app).resealing.wait(60)


def shown_fingerprint(browser: Browser) -> str:
    found = re.search(r'class="fingerprint">([A-Z2-7 -]{24})<', browser.get("/").text)
    assert found
    return found[1]


def test_a_newcomer_is_admitted_by_what_they_read_out(house: House) -> None:
    alias = house.text("A tip")
    member_id = newcomer(house)
    new, supervisor = house.signed_in("new"), house.signed_in("sue")
    assert new.get(thread_path(alias)).status_code == 404
    read_out = shown_fingerprint(new)
    page = supervisor.get(PEOPLE).text
    assert "new@example.org" in page.partition("Who is to be admitted")[2]
    assert read_out not in page, "it is typed, never clicked away"
    answer = admit(supervisor, member_id, f" {read_out.lower()} ")
    assert (answer.status_code, answer.location) == (303, PEOPLE)
    assert "new@example.org" in supervisor.get(PEOPLE).text.partition("Who is to be admitted")[0]
    assert "A tip" in new.get(thread_path(alias)).text


def test_a_wrong_fingerprint_is_said_beside_the_field_and_grants_nothing(house: House) -> None:
    alias = house.text("A tip")
    member_id = newcomer(house)
    new, supervisor = house.signed_in("new"), house.signed_in("sue")
    wrong = fingerprint(house.people["sue"].signed_in.key.public.raw)
    answer = admit(supervisor, member_id, wrong)
    assert answer.status_code == 400
    assert "This is not the fingerprint of this member's key" in visible(answer.text)
    assert f'value="{wrong}"' in answer.text
    assert "Nobody waits" not in answer.text
    assert new.get(thread_path(alias)).status_code == 404


def test_a_key_swapped_in_the_database_is_not_admitted(house: House) -> None:
    member_id = newcomer(house)
    new, supervisor = house.signed_in("new"), house.signed_in("sue")
    read_out = shown_fingerprint(new)
    attacker = house.people["cyd"].signed_in.key.public.raw
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == member_id).values(public=attacker))
    assert new.get("/").status_code == 303, "a session with another key than the account's ends"
    assert admit(supervisor, member_id, read_out).status_code == 400


def test_whoever_is_removed_is_out_at_the_next_request(house: House) -> None:
    alias = house.text("Before")
    gone, stays, supervisor = (house.signed_in(name) for name in ("ann", "ben", "sue"))
    assert gone.get(thread_path(alias)).status_code == 200
    path = f"{PEOPLE}/{house.people['ann'].signed_in.member_id}/remove"
    assert "Earlier reading is not undone" in supervisor.get(path).text
    assert remove(supervisor, house, "ann").status_code == 303
    assert gone.get("/").status_code == 303, "signed out"
    house.clock.move(minutes=1)
    back = house.signed_in("ann")
    assert alias not in back.get("/").text
    assert back.get(thread_path(alias)).status_code == 404
    assert "ann@example.org" not in supervisor.get(PEOPLE).text
    finish(supervisor)
    newer = house.text("After", sender="+12095550188")
    for browser in (stays, supervisor):
        assert "Before" in browser.get(thread_path(alias)).text
        assert "After" in browser.get(thread_path(newer)).text
        finish(browser)


def test_open_threads_are_resealed_by_the_next_request_of_a_key_holder(house: House) -> None:
    aliases = [house.text(f"Tip {n}", sender=f"+1209555010{n}") for n in range(3)]
    supervisor = house.signed_in("sue")

    def generations() -> list[int]:
        return sorted(row[0] for row in house.rows(Thread, Thread.line_generation))

    remove(supervisor, house, "ann")
    assert generations() == [1, 1, 1]
    supervisor.get("/")
    finish(supervisor)
    assert generations() == [2, 2, 2]
    assert "threads left" not in supervisor.get(PEOPLE).text
    reader = house.signed_in("ben")
    for number, alias in enumerate(aliases):
        assert f"Tip {number}" in reader.get(thread_path(alias)).text
    assert not services(supervisor.app).resealing.is_running(house.bundles[TIPS].line_id)


def test_a_thread_that_does_not_open_is_counted_shown_and_left(house: House) -> None:
    aliases = [house.text(f"Tip {n}", sender=f"+1209555010{n}") for n in range(3)]
    with house.stores.main.begin() as connection:
        broken = update(Thread).where(Thread.alias == aliases[0])
        connection.execute(broken.values(wrapped_private=b"no key"))
    supervisor = house.signed_in("sue")
    remove(supervisor, house, "ann")
    supervisor.get("/")
    finish(supervisor)
    page = visible(supervisor.get(PEOPLE).text)
    assert "1 of 3 threads left" in page
    assert "1 of them does not open with the line’s keys and was left as it is" in page
    assert [(entry.kind, entry.count) for entry in counts(house.stores.main)] == [
        ("swapped_public_key", 1)
    ]
    house.clock.move(minutes=20)
    supervisor.get("/")
    finish(supervisor)
    assert [entry.count for entry in counts(house.stores.main)] == [1], "not tried at each request"
    house.clock.move(seconds=RETRY_PAUSE.total_seconds())
    supervisor = house.signed_in("sue")
    finish(supervisor)


def test_an_interrupted_run_is_taken_up_again(house: House) -> None:
    """As when the store is busy: it is logged, and a later request goes on."""
    house.text("A tip")
    supervisor = house.signed_in("sue")
    remove(supervisor, house, "ann")
    broken = services(supervisor.app).resealing
    stores, broken._stores = broken._stores, replace(broken._stores, perishable=None)
    supervisor.get("/")
    broken.wait(60)
    assert house.rows(Thread, Thread.line_generation) == [(1,)]
    broken._stores = stores
    house.clock.move(seconds=16)
    supervisor.get("/")
    broken.wait(60)
    assert house.rows(Thread, Thread.line_generation) == [(2,)]


def test_the_last_supervisor_with_keys_cannot_leave(house: House) -> None:
    newcomer(house, "sub", Role.SUPERVISOR)
    supervisor = house.signed_in("sue")
    answer = remove(supervisor, house, "sue")
    assert answer.status_code == 409
    assert "You are the last supervisor who holds this line's keys" in visible(answer.text)
    assert supervisor.get(PEOPLE).status_code == 200
    sub = house.people["sub"].signed_in
    admit(supervisor, sub.member_id, fingerprint(sub.key.public.raw))
    assert remove(supervisor, house, "sue").status_code == 303
    assert supervisor.get("/").status_code == 303
    assert "sue@example.org" not in house.signed_in("sub").get(PEOPLE).text


def test_one_with_a_swapped_key_is_listed_to_be_admitted_again(house: House) -> None:
    ben = house.people["ben"].signed_in
    attacker = house.people["cyd"].signed_in.key.public.raw
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == ben.member_id).values(public=attacker))
    supervisor = house.signed_in("sue")
    remove(supervisor, house, "ann")
    waiting = supervisor.get(PEOPLE).text.partition("Who is to be admitted")[2]
    assert "ben@example.org" in waiting
    assert "To be admitted again" in waiting
    assert [entry.kind for entry in counts(house.stores.main)] == ["swapped_public_key"]


def test_a_recovery_key_without_the_newest_keys_is_said(house: House) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(delete(KeyGrant).where(KeyGrant.holder == "recovery"))
    page = house.signed_in("sue").get(PEOPLE).text
    assert "The recovery key does not open the newest keys of this line." in page


def test_members_that_are_not_there_are_no_page(house: House) -> None:
    supervisor = house.signed_in("sue")
    token = {"csrf_token": re.findall(r'"csrf_token" value="(\w+)"', supervisor.get("/").text)[0]}
    stranger = house.people["cyd"].signed_in.member_id
    for member_id in (stranger, "recovery", "0" * 32, "%00", "x"):
        assert supervisor.get(f"{PEOPLE}/{member_id}/remove").status_code == 404
        for act in ("remove", "admit"):
            form = {**token, "fingerprint": "ABCD"}
            answer = supervisor.client.post(f"{PEOPLE}/{member_id}/{act}", data=form)
            assert answer.status_code == 404
