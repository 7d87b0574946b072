"""What admins do to accounts, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.console.enrolling import (
    APPROVALS,
    WHY,
    act,
    enrol,
    first_step,
    invitation_code,
    invite,
    sign_in_as,
)
from tests.console.house import PASSWORD, TIPS, Browser, House, hidden_fields, thread_path, visible
from tipline.clock import stored
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.roles import Role

ALL = "/admin/accounts"


def member_id(house: House, name: str) -> str:
    return house.people[name].signed_in.member_id


def page_of(house: House, name: str) -> str:
    return f"{ALL}/{member_id(house, name)}"


def on_tips(house: House, role: Role) -> str:
    return f"{role.value}:{house.bundles[TIPS].line_id}"


def press(admin: Browser, name: str, what: str, **fields: str) -> None:
    where = page_of(admin.house, name)
    answer = act(admin, where, f"{where}/{what}", **fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, where), answer.text


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_disabling_is_immediate_and_can_be_undone(house: House) -> None:
    admin, ann = house.signed_in("ada"), house.signed_in("ann")
    press(admin, "ann", "disable")
    assert not is_signed_in(ann)
    house.clock.move(seconds=30)
    assert house.browser().sign_in("ann").status_code == 401
    assert "disabled" in visible(admin.get(page_of(house, "ann")).text)
    press(admin, "ann", "enable")
    assert not is_signed_in(ann), "the session is gone for good"
    house.clock.move(seconds=30)
    assert is_signed_in(house.signed_in("ann"))


def test_an_admin_releases_a_lock(house: House) -> None:
    for _ in range(5):
        house.browser().sign_in("ann", password="wrong")
    admin = house.signed_in("ada")
    assert "locked" in visible(admin.get(page_of(house, "ann")).text)
    press(admin, "ann", "release")
    assert house.browser().sign_in("ann").status_code == 303


def test_ninety_days_without_a_sign_in_turn_an_account_off(house: House) -> None:
    house.signed_in("ann")
    house.clock.move(days=89)
    house.signed_in("ada")
    assert house.browser().sign_in("ann").status_code == 303
    house.clock.move(days=90)
    # The admin was away as well, so the operator lets one in.
    from tipline.members.overview import AccountOverview

    AccountOverview(house.stores.main, house.clock).enable(member_id(house, "ada"))
    assert house.browser().sign_in("ann").status_code == 401
    house.clock.move(seconds=30)
    admin = house.signed_in("ada")
    assert "idle" in visible(admin.get(page_of(house, "ann")).text)
    press(admin, "ann", "enable")
    house.clock.move(seconds=30)
    assert house.browser().sign_in("ann").status_code == 303


def test_a_role_is_given_and_taken_and_ends_the_sessions(house: House) -> None:
    admin = house.signed_in("ada")
    ann = house.signed_in("ann")
    press(admin, "ann", "give", role=on_tips(house, Role.CUSTODIAN))
    assert not is_signed_in(ann)
    house.clock.move(seconds=30)
    ann = house.signed_in("ann")
    assert "custodian, investigator of Police Tips" in visible(ann.get("/account").text)
    press(admin, "ann", "take", role=on_tips(house, Role.INVESTIGATOR))
    assert not is_signed_in(ann)
    house.clock.move(seconds=30)
    alias = house.text("A tip")
    assert house.signed_in("ann").get(thread_path(alias)).status_code == 404


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("ann", "admin:"),
        ("cus", "approver:LINE"),
        ("app", "custodian:LINE"),
        ("ann", "investigator:nowhere"),
        ("ann", "investigator:"),
        ("ann", "auditor:LINE"),
        ("ann", "emperor:LINE"),
        ("ann", "\0:\0"),
        ("ann", ""),
    ],
)
def test_roles_that_do_not_go_together_or_are_none_are_refused(
    house: House, name: str, role: str
) -> None:
    admin, where = house.signed_in("ada"), page_of(house, name)
    before = len(house.rows(Membership))
    role = role.replace("LINE", house.bundles[TIPS].line_id)
    form = hidden_fields(admin.get(where).text, f"{where}/give")
    answer = admin.client.post(f"{where}/give", data={**form, "role": role})
    assert answer.status_code == 400
    assert 'id="role-problem"' in answer.text
    assert len(house.rows(Membership)) == before


def test_forgotten_password(house: House) -> None:
    """A new link, a new key, no grants; the roles stay, and a key holder must admit again."""
    alias = house.text("A tip")
    admin, ann = house.signed_in("ada"), house.signed_in("ann")
    where = page_of(house, "ann")
    code = invitation_code(act(admin, where, f"{where}/reset"))
    assert is_signed_in(ann), "nothing changes before the link is used"
    secret = enrol(house, code)
    assert not is_signed_in(ann)
    assert house.browser().sign_in("ann").status_code == 401
    again = sign_in_as(house, "ann@example.org", secret)
    assert "its keys were not granted to you yet" in visible(again.get("/").text)
    assert again.get(thread_path(alias)).status_code == 404
    holders = {row.holder for row in house.rows(KeyGrant)}
    assert member_id(house, "ann") not in holders
    assert {member_id(house, "ben"), "recovery"} <= holders
    assert "This code does not work" in first_step(house.browser(), code).text


def test_disabling_ends_what_an_admin_began_and_links_for_the_account(house: House) -> None:
    second_admin(house)
    admin, other = house.signed_in("ada"), house.signed_in("bob")
    mine = invitation_code(invite(other, "yan@example.org", "Yan", on_tips(house, Role.AUDITOR)
                                  .replace(house.bundles[TIPS].line_id, "")))  # fmt: skip
    where = page_of(house, "ann")
    theirs = invitation_code(act(admin, where, f"{where}/reset"))
    press(admin, "bob", "disable")
    press(admin, "ann", "disable")
    for code in (mine, theirs):
        assert "This code does not work" in first_step(house.browser(), code).text


def second_admin(house: House) -> None:
    """Bob is an admin, too, as if the operator had invited him."""
    from tests.console.house import Person
    from tipline.crypto.members import new_totp_secret
    from tipline.lines.memberships import Memberships
    from tipline.members.accounts import Accounts

    secret = new_totp_secret()
    accounts = Accounts(house.stores.main, house.console_keys.pepper, house.clock)
    member = accounts.create("bob@example.org", PASSWORD, secret, name="Bob")
    Memberships(house.stores.main).add(member.member_id, "", Role.ADMIN)
    house.people = {
        **house.people,
        "bob": Person("bob@example.org", secret, member, Role.ADMIN, TIPS),
    }


def test_a_new_admin_needs_a_second_one(house: House) -> None:
    second_admin(house)
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    asked = invite(ada, "eve@example.org", "Eve", "admin:")
    assert (asked.status_code, asked.headers["Location"]) == (303, APPROVALS)
    own = ada.get(APPROVALS).text
    assert "Another admin must agree." in own
    assert "/approvals/agree" not in own
    request = hidden_fields(own, f"{APPROVALS}/withdraw")
    refused = ada.client.post(f"{APPROVALS}/agree", data=request)
    assert refused.status_code == 409
    assert "Somebody else must decide on this" in refused.text
    seen = visible(bob.get(APPROVALS).text)
    assert "Invite Eve (eve@example.org) as an admin Asked by ada@example.org" in seen
    assert WHY in seen
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert "/approvals/fetch" not in bob.get(APPROVALS).text
    assert "Who asked can fetch the link" in bob.get(APPROVALS).text
    code = invitation_code(act(ada, APPROVALS, f"{APPROVALS}/fetch"))
    assert "/approvals/fetch" not in ada.get(APPROVALS).text
    secret = enrol(house, code)
    eve = sign_in_as(house, "eve@example.org", secret)
    assert eve.get(ALL).status_code == 200
    # Whom Ada let in does not help her to a fourth, nor she them.
    invite(eve, "gus@example.org", "Gus", "admin:")
    assert "/approvals/agree" not in ada.get(APPROVALS).text
    assert "/approvals/agree" in bob.get(APPROVALS).text
    act(bob, APPROVALS, f"{APPROVALS}/decline")
    house.clock.move(seconds=30)
    ada = house.signed_in("ada")
    invite(ada, "fay@example.org", "Fay", "admin:")
    assert "/approvals/agree" not in eve.get(APPROVALS).text


def test_giving_the_role_of_an_admin_waits_for_the_second_too(house: House) -> None:
    second_admin(house)
    ada, bob, aud = house.signed_in("ada"), house.signed_in("bob"), house.signed_in("aud")
    where = page_of(house, "aud")
    answer = act(ada, where, f"{where}/give", role="admin:", reason=WHY)
    assert (answer.status_code, answer.headers["Location"]) == (303, APPROVALS)
    assert aud.get(ALL).status_code == 404
    assert is_signed_in(aud), "nothing has changed yet"
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert not is_signed_in(aud)
    house.clock.move(seconds=30)
    assert house.signed_in("aud").get(ALL).status_code == 200


def test_one_admin_alone_does_not_get_into_another_admins_account(house: House) -> None:
    second_admin(house)
    ada = house.signed_in("ada")
    where = page_of(house, "bob")
    answer = act(ada, where, f"{where}/reset", reason=WHY)
    assert (answer.status_code, answer.headers["Location"]) == (303, APPROVALS)
    page = ada.get(APPROVALS).text
    assert "A new key for the admin Bob" in visible(page)
    assert "/approvals/agree" not in page
    assert "/approvals/agree" not in house.signed_in("bob").get(ALL).text


def test_a_declined_request_is_gone(house: House) -> None:
    second_admin(house)
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    invite(ada, "eve@example.org", "Eve", "admin:")
    page = bob.get(APPROVALS)
    agreeing = hidden_fields(page.text, f"{APPROVALS}/agree")
    assert bob.submit(f"{APPROVALS}/decline", page).status_code == 303
    late = bob.client.post(f"{APPROVALS}/agree", data=agreeing)
    assert late.status_code == 409
    assert "This request is gone" in late.text


def test_who_asked_and_is_no_admin_any_more_gets_nothing(house: House) -> None:
    second_admin(house)
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    invite(ada, "eve@example.org", "Eve", "admin:")
    agreeing = hidden_fields(bob.get(APPROVALS).text, f"{APPROVALS}/agree")
    press(bob, "ada", "take", role="admin:")
    assert bob.client.post(f"{APPROVALS}/agree", data=agreeing).status_code == 409


def test_admins_leave_their_own_accounts_alone(house: House) -> None:
    admin, where = house.signed_in("ada"), page_of(house, "ada")
    page = admin.get(where)
    assert "This is your own account" in page.text
    token = {"csrf_token": hidden_fields(page.text, "/sign-out")["csrf_token"]}
    for act_ in ("give", "take", "disable", "enable", "release", "reset"):
        answer = admin.client.post(f"{where}/{act_}", data={**token, "role": "admin:"})
        assert answer.status_code == 403, act_
    assert is_signed_in(admin)


def test_nobody_else_reaches_the_accounts(house: House) -> None:
    for name in ("ann", "sue", "cus", "app", "aud"):
        browser = house.signed_in(name)
        token = hidden_fields(browser.get("/").text, "/sign-out")
        assert browser.get(ALL).status_code == 404
        assert browser.get(page_of(house, "ben")).status_code == 404
        for path in (f"{page_of(house, 'ben')}/disable", "/admin/invite", f"{APPROVALS}/agree"):
            assert browser.client.post(path, data=token).status_code == 404
        house.clock.move(seconds=30)
    assert house.browser().sign_in("ben").status_code == 303


def test_no_page_about_accounts_shows_a_tip_or_an_alias(house: House) -> None:
    alias = house.text("A tip about a blue van")
    admin = house.signed_in("ada")
    for path in (ALL, page_of(house, "ann"), "/admin/invite", "/account", "/admin"):
        page = admin.get(path)
        assert page.status_code == 200
        assert alias not in page.text
        assert "blue van" not in page.text


def test_an_account_that_is_none(house: House) -> None:
    admin = house.signed_in("ada")
    for name in ("nobody", "0" * 32, "%00"):
        assert admin.get(f"{ALL}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        (("", "Zoe"), "email", "Enter an email address"),
        (("ann@example.org", "Zoe"), "email", "There is an account with this email address"),
        (("zoe@example.org", ""), "name", "Enter a name"),
    ],
    ids=["no-address", "taken", "no-name"],
)
def test_an_invitation_that_cannot_be_made(
    house: House, fields: tuple[str, str], where: str, sentence: str
) -> None:
    page = invite(house.signed_in("ada"), *fields, on_tips(house, Role.CUSTODIAN))
    assert page.status_code == 400
    assert f'id="{where}-problem" role="alert">{sentence}' in page.text
    for typed in filter(None, fields):
        assert f'value="{typed}"' in page.text
    assert f'value="{on_tips(house, Role.CUSTODIAN)}" checked' in page.text


def test_the_day_of_the_last_sign_in_is_kept_and_nothing_more(house: House) -> None:
    from tipline.members.models import Member

    house.signed_in("ann")
    row = next(r for r in house.rows(Member) if r.email == "ann@example.org")
    assert row.last_signed_in == stored(house.clock()).date()
    house.clock.move(days=3)
    house.signed_in("ann")
    row = next(r for r in house.rows(Member) if r.email == "ann@example.org")
    assert row.last_signed_in - stored(house.clock()).date() == timedelta()
