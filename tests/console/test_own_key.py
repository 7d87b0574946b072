"""A member's new key pair, made in their own session: what they see, and what others see of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.console.enrolling import act, enrol, invitation_code
from tests.console.house import (
    PASSWORD,
    TIPS,
    Browser,
    House,
    hidden_fields,
    incidents,
    thread_path,
    visible,
)
from tests.console.succession import (
    KEY,
    again,
    member_id,
    renew,
    restricted_to,
    row_of,
    sealed_to,
    secret_of,
)
from tests.console.test_drafts import in_box, press
from tests.console.test_filters import save
from tests.console.test_line_people import PEOPLE, admit
from tests.console.test_new_key import owners, takes_pushes
from tests.console.test_new_line_keys import NEW_KEYS
from tests.console.test_search import searched
from tipline.alerts.models import AlertChoice, PushSubscription
from tipline.console import staff
from tipline.console.thread import opening as thread_opening
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.members import Passkey
from tipline.incidents.services import IncidentKind
from tipline.lines.descriptions import LineDescription
from tipline.lines.founding import start_keys
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, LineKey
from tipline.lines.registry import insert_line
from tipline.lines.roles import Role
from tipline.members.models import Member
from tipline.search.models import SearchQuery
from tipline.threads.models import ThreadGrant

SEALED = {"drafts", "key_grants", "members", "saved_filters", "thread_grants"}


def furnish(house: House, browser: Browser) -> tuple[str, str]:
    """Ann holds one of everything. Return the pages of a plain and of a restricted thread."""
    plain, restricted = thread_path(house.text("A tip")), restricted_to(house, "ben", "ann")
    for path in (plain, restricted):
        press(browser, path, browser.get(path), "draft", reply=f"Half a sentence for {path}")
    save(browser, "The worst")
    searched(browser, words="tip")
    return plain, restricted


def test_all_opens_with_the_new_key_in_the_same_session_and_nothing_with_the_old(
    house: House,
) -> None:
    ann = house.signed_in("ann")
    plain, restricted = furnish(house, ann)
    old = secret_of(house, "ann")
    assert sealed_to(house, old.key) == SEALED
    token = hidden_fields(ann.get("/").text, "/sign-out")
    answer = renew(ann)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?changed=key")
    new = secret_of(house, "ann")
    assert sealed_to(house, old.key) == set()
    assert sealed_to(house, new.key) == SEALED
    assert member_id(house, "ann") not in owners(house, SearchQuery), "kept under the old key"

    page = visible(ann.get(answer.location).text)
    assert "You have a new key, and with it the fingerprint below" in page
    assert fingerprint(new.key.public.raw) in page
    assert fingerprint(old.key.public.raw) not in page
    assert hidden_fields(ann.get("/").text, "/sign-out") == token, "forms go on working"
    for browser in (ann, again(house, "ann")):
        for path in (plain, restricted):
            assert in_box(browser.get(path)) == f"Half a sentence for {path}"
        assert "The worst" in browser.get("/").text
    assert ann.reply(plain, "With the new key").status_code == 303
    assert "With the new key" in [text.body for text in house.deliver()]
    assert incidents(house) == set()


def test_password_codes_and_passkeys_stay(house: House) -> None:
    secret, who = secret_of(house, "ann"), member_id(house, "ann")
    secret = replace(secret, passkeys=(Passkey(b"an id", b"a public key"),))
    with house.stores.main.begin() as connection:
        blob = secret.seal(who, PASSWORD, house.console_keys.pepper)
        connection.execute(update(Member).where(Member.id == who).values(blob=blob, made_by="x"))
    assert renew(house.signed_in("ann")).status_code == 303
    after = secret_of(house, "ann")
    assert after.key.seed != secret.key.seed
    assert (after.totp_secret, after.passkeys) == (secret.totp_secret, secret.passkeys)
    assert row_of(house, "ann").public == after.key.public.raw
    assert row_of(house, "ann").made_by == "x", "who let the member in is not forgotten"


def test_other_sessions_and_pushes_end_and_this_ones_cookie_changes(house: House) -> None:
    takes_pushes(house, "ann")
    takes_pushes(house, "ben")
    other, ann, ben = house.signed_in("ann"), again(house, "ann"), house.signed_in("ben")
    before = ann.client.get_cookie("tipline")
    assert before is not None
    renew(ann)
    assert other.get("/account").status_code == 303
    assert ann.get("/account").status_code == ben.get("/account").status_code == 200
    thief = house.browser()
    thief.client.set_cookie("tipline", before.value)
    assert thief.get("/account").status_code == 303
    assert owners(house, PushSubscription) == {member_id(house, "ben")}
    assert member_id(house, "ann") in owners(house, AlertChoice), "the choice is the member's"
    house.clock.move(hours=12)
    assert ann.get("/account").status_code == 303, "twelve hours are twelve hours"


def test_an_admin_who_holds_nothing_renews_too(house: House) -> None:
    admin, before = house.signed_in("ada"), row_of(house, "ada").public
    assert "Their supervisors see" not in admin.get(KEY).text
    assert renew(admin).status_code == 303
    assert row_of(house, "ada").public != before
    assert admin.get("/admin").status_code == 200


def test_a_wrong_password_changes_nothing_and_the_fifth_locks(house: House) -> None:
    ann, before = house.signed_in("ann"), row_of(house, "ann").public
    page = ann.get(KEY)
    answers = [ann.submit(KEY, page, password="wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 303]
    [said] = re.findall(r'id="password-problem" role="alert">([^<]*)<', answers[0].text)
    assert "This is not your password" in said
    assert row_of(house, "ann").public == before


def new_key_of(page: str, name: str) -> bool:
    """Whether the line's page says of a member that nobody has compared the key yet."""
    cards = re.findall(r'<li class="usa-card card">.*?</li>', page, re.DOTALL)
    [card] = [card for card in cards if f"<h3>{name}@example.org</h3>" in card]
    return '<span class="usa-tag">New key</span>' in card


def test_supervisors_see_the_new_key_until_they_have_compared_it(house: House) -> None:
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    assert not new_key_of(sue.get(PEOPLE).text, "ann")
    renew(ann)
    page = sue.get(PEOPLE).text
    assert new_key_of(page, "ann")
    assert not new_key_of(page, "ben")
    assert "Nobody waits" in page, "ann reads on"
    old = fingerprint(house.people["ann"].signed_in.key.public.raw)
    wrong = admit(sue, member_id(house, "ann"), old)
    assert wrong.status_code == 400
    assert "This is not the fingerprint" in wrong.text
    assert new_key_of(sue.get(PEOPLE).text, "ann")
    read_out = fingerprint(row_of(house, "ann").public)
    assert read_out not in page, "it is typed, never clicked away"
    assert admit(sue, member_id(house, "ann"), read_out).status_code == 303
    assert not new_key_of(sue.get(PEOPLE).text, "ann")


def test_nobody_compares_their_own_key(house: House) -> None:
    sue = house.signed_in("sue")
    renew(sue)
    page = sue.get(PEOPLE).text
    assert new_key_of(page, "sue")
    assert "another supervisor of this line does" in visible(page)
    token = hidden_fields(page, "/sign-out")
    data = {**token, "fingerprint": fingerprint(row_of(house, "sue").public)}
    path = f"{PEOPLE}/{member_id(house, 'sue')}/admit"
    assert sue.client.post(path, data=data).status_code == 404
    assert new_key_of(sue.get(PEOPLE).text, "sue")


def test_new_keys_of_the_line_reach_the_new_key_and_vouch_for_no_more(house: House) -> None:
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    renew(ann)
    assert sue.submit(NEW_KEYS, sue.get(NEW_KEYS)).status_code == 303
    alias = house.text("After both")
    assert "After both" in ann.get(thread_path(alias)).text
    assert new_key_of(sue.get(PEOPLE).text, "ann"), "a generation later, still nobody compared it"
    assert incidents(house) == set()


def test_all_generations_are_taken_along(house: House) -> None:
    closed = thread_path(house.text("An old tip"))
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    ann.submit(f"{closed}/close", ann.get(closed))
    sue.submit(NEW_KEYS, sue.get(NEW_KEYS))
    renew(ann)
    who = member_id(house, "ann")
    held = [row.generation for row in house.rows(KeyGrant) if row.holder == who]
    assert sorted(held) == [1, 2]
    assert "An old tip" in ann.get(closed).text


def test_a_key_that_the_line_did_not_vouch_for_is_vouched_for_no_more_than_before(
    house: House,
) -> None:
    """Grants that are older than signed admissions: their holders are to be compared."""
    who = member_id(house, "ann")
    with house.stores.main.begin() as connection:
        theirs = update(KeyGrant).where(KeyGrant.holder == who)
        connection.execute(theirs.values(admission=None))
    alias = house.text("A tip")
    ann, sue = house.signed_in("ann"), house.signed_in("sue")
    renew(ann)
    assert "A tip" in ann.get(thread_path(alias)).text
    waiting = sue.get(PEOPLE).text.partition("Who is to be admitted")[2]
    assert "ann@example.org" in waiting
    assert "another one than the one that was admitted" in waiting


def test_what_is_not_authentic_is_left_behind_and_said(house: House) -> None:
    plain, restricted = thread_path(house.text("A tip")), restricted_to(house, "ben", "ann")
    who = member_id(house, "ann")
    with house.stores.main.begin() as connection:
        theirs = update(ThreadGrant).where(ThreadGrant.holder == who)
        connection.execute(theirs.values(signature=bytes(73)))
    ann = house.signed_in("ann")
    answer = renew(ann)
    assert answer.headers["Location"] == "/account?changed=key-lost"
    page = visible(ann.get(answer.location).text)
    assert "Some of what was sealed to your old key was not authentic" in page
    assert "A tip" in ann.get(plain).text
    assert ann.get(restricted).status_code == 404
    assert house.signed_in("ben").get(restricted).status_code == 200
    assert sealed_to(house, house.people["ann"].signed_in.key) == set()
    assert incidents(house) == {IncidentKind.SWAPPED_KEY.value}


def test_a_line_whose_certificate_does_not_hold_leaves_all_as_it_was(house: House) -> None:
    ann, before = house.signed_in("ann"), secret_of(house, "ann")
    furnish(house, ann)
    with house.stores.main.begin() as connection:
        connection.execute(update(LineKey).values(certificate=bytes(73)))
    answer = renew(ann)
    assert answer.status_code == 409
    assert secret_of(house, "ann").key.seed == before.key.seed
    assert sealed_to(house, before.key) == SEALED
    assert ann.get("/account").status_code == 200
    assert IncidentKind.SWAPPED_KEY.value in incidents(house)


@pytest.mark.parametrize("what", ["line", "restricted thread"])
def test_a_page_that_was_on_its_way_meanwhile_reports_no_attack(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    restricted = restricted_to(house, "ben", "ann")
    other, ann = house.signed_in("ann"), again(house, "ann")
    module, name = (staff, "granted_keyring") if what == "line" else (thread_opening, "open_thread")
    original = getattr(module, name)

    def after_the_renewal(*arguments: object) -> object:
        monkeypatch.setattr(module, name, original)
        assert renew(ann).status_code == 303
        return original(*arguments)

    monkeypatch.setattr(module, name, after_the_renewal)
    answer = other.get(restricted)
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert incidents(house) == set()


def line_without_keys(house: House) -> str:
    with house.stores.main.begin() as connection:
        description = LineDescription("gang-tips", "Gang Tips", "+12095550199", "Thank you.")
        return insert_line(connection, description)


def test_keys_that_were_not_confirmed_are_made_again(house: House) -> None:
    sue, who = house.people["sue"].signed_in, member_id(house, "sue")
    start_keys(house.stores.main, line_without_keys(house), who, sue.key.public)
    assert "pending_line_keys" in sealed_to(house, sue.key)
    renew(house.signed_in("sue"))
    assert sealed_to(house, sue.key) == set()


def test_a_password_reset_leaves_no_keys_to_confirm(house: House) -> None:
    sue, who = house.people["sue"].signed_in, member_id(house, "sue")
    start_keys(house.stores.main, line_without_keys(house), who, sue.key.public)
    searched(house.signed_in("sue"), words="tip")
    where = f"/admin/accounts/{who}"
    enrol(house, invitation_code(act(house.signed_in("ada"), where, f"{where}/reset")))
    assert sealed_to(house, sue.key) == set()
    assert owners(house, SearchQuery) == set()


@pytest.mark.parametrize("path", ["/keys", "/recovery"])
def test_the_recovery_key_is_typed_into_the_same_form_everywhere(house: House, path: str) -> None:
    sue, line_id = house.signed_in("sue"), line_without_keys(house)
    signed_in = house.people["sue"].signed_in
    Memberships(house.stores.main).add(signed_in.member_id, line_id, Role.SUPERVISOR)
    start_keys(house.stores.main, line_id, signed_in.member_id, signed_in.key.public)
    slug = "gang-tips" if path == "/keys" else TIPS
    page = sue.get(f"/lines/{slug}{path}").text
    assert page.count('id="recovery_key"') == 1
    assert "13 groups of four characters" in page
    action = f"/lines/{slug}{'/keys/confirm' if path == '/keys' else path}"
    wrong = sue.submit(action, sue.get(f"/lines/{slug}{path}"), recovery_key="AAAA")
    assert wrong.status_code == 400
    assert 'id="recovery_key-error" role="alert"' in wrong.text
