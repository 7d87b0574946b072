"""What one admin cannot get by being quicker, or by staying longer, than a second one."""

from __future__ import annotations

from tests.console.enrolling import (
    APPROVALS,
    WHY,
    act,
    code_now,
    enrol,
    first_step,
    invitation_code,
    invite,
    shown_secret,
    sign_in_as,
)
from tests.console.house import PASSWORD, TIPS, House, Person, hidden_fields
from tests.console.test_accounts import ALL, is_signed_in, member_id, page_of, press
from tipline.crypto.members import new_totp_secret
from tipline.lines.memberships import Memberships
from tipline.lines.roles import Role
from tipline.members.accounts import Accounts
from tipline.members.invitations import Invitations

REFUSED = "This code does not work"


def more_admins(house: House, *names: str) -> None:
    """They are admins, too, as if the operator had invited them."""
    accounts = Accounts(house.stores.main, house.console_keys.pepper, house.clock)
    for name in names:
        secret, email = new_totp_secret(), f"{name}@example.org"
        member = accounts.create(email, PASSWORD, secret, name=name.capitalize())
        Memberships(house.stores.main).add(member.member_id, "", Role.ADMIN)
        house.people = {**house.people, name: Person(email, secret, member, Role.ADMIN, TIPS)}


def test_a_link_from_before_somebody_was_an_admin_is_none_into_an_admins_account(
    house: House,
) -> None:
    more_admins(house, "bob")
    ada, bob, thief = house.signed_in("ada"), house.signed_in("bob"), house.browser()
    where = page_of(house, "aud")
    code = invitation_code(act(ada, where, f"{where}/reset"))
    page = first_step(thief, code)
    assert act(ada, where, f"{where}/give", role="admin:", reason=WHY).status_code == 303
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    late = thief.submit("/enrol/confirm", page, totp=code_now(house, shown_secret(page)))
    assert late.status_code == 400
    assert REFUSED in late.text
    assert REFUSED in first_step(house.browser(), code).text
    house.clock.move(seconds=30)
    assert house.signed_in("aud").get(ALL).status_code == 200


def test_nor_is_one_that_was_made_in_that_moment(house: House) -> None:
    """The link was made after the other admin had agreed, by whoever had looked just before."""
    invitations = Invitations(house.stores.main, house.stores.perishable, house.clock)
    more_admins(house, "bob")
    code = invitations.reset(member_id(house, "bob"), member_id(house, "ada"))
    browser = house.browser()
    page = first_step(browser, code)
    late = browser.submit("/enrol/confirm", page, totp=code_now(house, shown_secret(page)))
    assert late.status_code == 400
    assert REFUSED in late.text
    assert is_signed_in(house.signed_in("bob"))
    by_operator = invitations.reset(member_id(house, "bob"), None)
    assert is_signed_in(sign_in_as(house, "bob@example.org", enrol(house, by_operator)))


def test_two_admins_give_a_third_a_new_key(house: House) -> None:
    more_admins(house, "bob", "cat")
    ada, cat = house.signed_in("ada"), house.signed_in("cat")
    where = page_of(house, "bob")
    assert act(ada, where, f"{where}/reset", reason=WHY).status_code == 303
    assert act(cat, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    code = invitation_code(act(ada, APPROVALS, f"{APPROVALS}/fetch"))
    bob = sign_in_as(house, "bob@example.org", enrol(house, code))
    assert bob.get(ALL).status_code == 200


def test_what_a_disabled_admin_agreed_to_needs_another(house: House) -> None:
    more_admins(house, "bob", "cat")
    ada, bob, cat = (house.signed_in(name) for name in ("ada", "bob", "cat"))
    invite(ada, "eve@example.org", "Eve", "admin:")
    act(bob, APPROVALS, f"{APPROVALS}/agree")
    fetching = hidden_fields(ada.get(APPROVALS).text, f"{APPROVALS}/fetch")
    press(cat, "bob", "disable")
    refused = ada.client.post(f"{APPROVALS}/fetch", data=fetching)
    assert refused.status_code == 409
    assert "Somebody else must decide on this" in refused.text
    press(cat, "bob", "enable")
    assert ada.client.post(f"{APPROVALS}/fetch", data=fetching).status_code == 409
    act(cat, APPROVALS, f"{APPROVALS}/agree")
    code = invitation_code(act(ada, APPROVALS, f"{APPROVALS}/fetch"))
    assert first_step(house.browser(), code).status_code == 200


def test_a_link_ends_with_the_admin_who_agreed_to_it(house: House) -> None:
    more_admins(house, "bob", "cat")
    ada, bob, cat = (house.signed_in(name) for name in ("ada", "bob", "cat"))
    invite(ada, "eve@example.org", "Eve", "admin:")
    act(bob, APPROVALS, f"{APPROVALS}/agree")
    code = invitation_code(act(ada, APPROVALS, f"{APPROVALS}/fetch"))
    press(cat, "bob", "disable")
    assert REFUSED in first_step(house.browser(), code).text


def test_an_accounts_address_is_written_in_one_way(house: House) -> None:
    """Another way to write it must not pass a check that the account itself would not pass."""
    more_admins(house, "bob")
    ada = house.signed_in("ada")
    token = hidden_fields(ada.get(ALL).text, "/sign-out")
    for name in ("bob", "ada"):
        for odd in (f"{page_of(house, name)}%00", page_of(house, name).upper()):
            assert ada.get(odd).status_code == 404
            for action in ("give", "take", "disable", "enable", "release", "reset"):
                answer = ada.client.post(f"{odd}/{action}", data={**token, "role": "admin:"})
                assert answer.status_code == 404, action
    assert is_signed_in(house.signed_in("bob"))
