"""What ends with a member's old key, and with a password that somebody else may have known."""

from __future__ import annotations

import secrets

import pytest

from tests.console.enrolling import NEW_PASSWORD, act, enrol, invitation_code, sign_in_as
from tests.console.house import PASSWORD, TIPS, House, incidents, thread_path
from tests.console.test_accounts import member_id, page_of
from tests.console.test_drafts import press
from tests.console.test_restricted import restrict
from tipline.alerts.channel import Channel
from tipline.alerts.models import AlertChoice, PushSubscription
from tipline.alerts.receivers import choose
from tipline.alerts.subscriptions import NewSubscription, subscribe
from tipline.crypto.sealing import SealingKey
from tipline.crypto.webpush import PushKey
from tipline.lines.founding import grant
from tipline.members.models import Member
from tipline.threads.models import DraftRow, ThreadGrant


def takes_pushes(house: House, name: str) -> None:
    """A member chose pushes, and added a browser for them."""
    line_id, who = house.bundles[TIPS].line_id, member_id(house, name)
    choose(house.stores.main, who, [line_id], {(line_id, Channel.PUSH)})
    address = f"https://push.example.net/send/{name}"
    browser = NewSubscription(address, PushKey.generate().public, secrets.token_bytes(16))
    subscribe(house.stores.main, who, browser, house.clock())


def owners(house: House, model: type, column: str = "member_id") -> set[str]:
    return {getattr(row, column) for row in house.rows(model)}


def test_a_reset_leaves_nothing_that_only_the_old_key_opened(house: House) -> None:
    plain = thread_path(house.text("A tip"))
    restricted = thread_path(house.text("About a colleague", sender="+12095550177"))
    ann, sue = member_id(house, "ann"), member_id(house, "sue")
    restrict(house, "sue", restricted, "ann")
    for name in ("ann", "sue"):
        browser = house.signed_in(name)
        press(browser, plain, browser.get(plain), "draft", reply="Half a sentence")
        takes_pushes(house, name)
    house.clock.move(minutes=1)
    where = page_of(house, "ann")
    secret = enrol(house, invitation_code(act(house.signed_in("ada"), where, f"{where}/reset")))

    assert owners(house, ThreadGrant, "holder") & {ann, sue} == {sue}
    for model in (DraftRow, PushSubscription, AlertChoice):
        assert owners(house, model) == {sue}, model

    again = sign_in_as(house, "ann@example.org", secret)
    [public] = [row.public for row in house.rows(Member) if row.id == ann]
    grant(house.stores.main, house.bundles[TIPS], ann, SealingKey(public))
    assert again.get(plain).status_code == 200
    assert again.get(restricted).status_code == 404
    assert again.get("/").status_code == 200
    assert incidents(house) == set(), "a new key is no attack"


@pytest.mark.parametrize("how", ["password", "others"])
def test_with_the_other_sessions_the_pushes_end(house: House, how: str) -> None:
    takes_pushes(house, "ann")
    takes_pushes(house, "ben")
    house.signed_in("ann")
    house.clock.move(minutes=1)
    browser = house.signed_in("ann")
    if how == "password":
        form = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
        answer = browser.submit("/account/password", browser.get("/account/password"), **form)
    else:
        answer = act(browser, "/account", "/account/sessions/end-others")
    assert answer.status_code == 303
    assert "No browser takes pushes for you any more" in browser.get(answer.location).text
    assert owners(house, PushSubscription) == {member_id(house, "ben")}
    assert member_id(house, "ann") in owners(house, AlertChoice), "the choice is the member's"
