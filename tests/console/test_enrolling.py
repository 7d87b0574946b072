"""From an invitation's link to the first sign-in, over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import delete

from tests.console.enrolling import (
    NEW_PASSWORD,
    act,
    code_now,
    enrol,
    first_step,
    invitation_code,
    invite,
    shown_secret,
    sign_in_as,
)
from tests.console.house import TIPS, House, hidden_fields, visible
from tipline.crypto.members import totp_text
from tipline.members.models import Invitation, Member

ZOE = "zoe@example.org"


def investigator(house: House) -> str:
    return f"investigator:{house.bundles[TIPS].line_id}"


def invited(house: House) -> str:
    page = invite(house.signed_in("ada"), ZOE, "Zoe Adeyemi", investigator(house))
    assert page.status_code == 200, page.text
    return invitation_code(page)


def test_the_whole_way_from_the_link_to_the_first_page(house: House) -> None:
    house.text("A tip")
    secret = enrol(house, invited(house))
    browser = sign_in_as(house, ZOE, secret)
    page = visible(browser.get("/").text)
    assert "You have a role on Police Tips, but its keys were not granted to you yet" in page
    assert "quiet" not in page
    account = visible(browser.get("/account").text)
    assert "Zoe Adeyemi" in account
    assert "investigator of Police Tips" in account
    listed = visible(house.signed_in("ada").get("/admin/accounts").text)
    assert f"Zoe Adeyemi {ZOE} active Investigator of Police Tips 2026-11-20" in listed


def test_the_link_carries_the_code_where_no_server_sees_it(house: House) -> None:
    page = invite(house.signed_in("ada"), ZOE, "Zoe", investigator(house))
    code = invitation_code(page)
    assert f'value="http://localhost/enrol#{code}"' in page.text
    assert code not in house.signed_in("ben").get("/").text
    assert house.browser().get("/enrol").text.count("enrol.js") == 1


def test_the_key_is_in_the_picture_and_in_letters(house: House) -> None:
    import segno

    page = first_step(house.browser(), invited(house))
    key = totp_text(shown_secret(page))
    uri = f"otpauth://totp/Tipline:{quote(ZOE)}?secret={key}&issuer=Tipline"
    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=""
    )
    assert drawn in page.text
    assert " style=" not in page.text


@pytest.mark.parametrize(
    ("instead", "sentence"),
    [
        ({"code": ""}, "This code does not work"),
        ({"code": "ABCD-EFGH"}, "This code does not work"),
        ({"code": "\0é" * 40}, "This code does not work"),
        ({"accepted": ""}, "read the notice and accept it"),
        ({"again": "lunar sausage fridge"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "It needs at least 12 characters"),
        ({"password": "x" * 1025, "again": "x" * 1025}, "It may have up to 1024 characters"),
        ({"password": "Password1234", "again": "Password1234"}, "that many people use"),
        ({"password": "zoeadeyemi26", "again": "zoeadeyemi26"}, "made of your name"),
    ],
    ids=["none", "wrong", "odd", "notice", "differ", "short", "long", "banned", "name"],
)
def test_what_is_wrong_is_said_beside_the_field(
    house: House, instead: dict[str, str], sentence: str
) -> None:
    code = invited(house)
    page = first_step(house.browser(), code, **instead)
    assert page.status_code == 400
    [said] = re.findall(r'class="usa-error-message"[^>]*>([^<]*)<', page.text)
    assert sentence in said
    assert NEW_PASSWORD not in page.text
    if "code" not in instead:
        assert f'value="{code}"' in page.text, "what was typed stays"


def test_a_wrong_code_from_the_app_shows_the_same_key_again(house: House) -> None:
    browser = house.browser()
    page = first_step(browser, invited(house))
    again = browser.submit("/enrol/confirm", page, totp="000000")
    assert again.status_code == 400
    assert "That is not the code of this moment" in again.text
    secret = shown_secret(page)
    assert shown_secret(again) == secret
    done = browser.submit("/enrol/confirm", again, totp=code_now(house, secret))
    assert done.status_code == 303


def test_a_form_that_is_sent_twice_made_the_account(house: House) -> None:
    browser, code = house.browser(), invited(house)
    page, other = first_step(browser, code), first_step(house.browser(), code)
    totp = code_now(house, shown_secret(page))
    for _ in range(2):
        done = browser.submit("/enrol/confirm", page, totp=totp)
        assert (done.status_code, done.location) == (303, "/enrol/done")
    totp = code_now(house, shown_secret(other))
    late = house.browser()
    late.get("/enrol")
    form = hidden_fields(other.text, "/enrol/confirm")
    token = hidden_fields(late.get("/enrol").text, "/enrol")
    answer = late.client.post("/enrol/confirm", data={**form, **token, "code": code, "totp": totp})
    assert answer.status_code == 400, "that one made none"
    assert "This code does not work" in answer.text


def test_an_invitation_that_ends_while_a_wrong_code_is_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipline.members.enrolling import Enrolment

    browser = house.browser()
    page = first_step(browser, invited(house))
    complete = Enrolment.complete

    def withdrawn_meanwhile(self: Enrolment, *given: object) -> str:
        try:
            return complete(self, *given)
        finally:
            with house.stores.perishable.begin() as connection:
                connection.execute(delete(Invitation))

    monkeypatch.setattr(Enrolment, "complete", withdrawn_meanwhile)
    answer = browser.submit("/enrol/confirm", page, totp="000000")
    assert answer.status_code == 400
    assert "This code does not work" in answer.text


def test_the_code_works_once_and_a_withdrawn_one_never(house: House) -> None:
    code = invited(house)
    enrol(house, code)
    assert "This code does not work" in first_step(house.browser(), code).text
    admin = house.signed_in("ada")
    other = invitation_code(invite(admin, "yan@example.org", "Yan", investigator(house)))
    act(admin, "/admin/accounts", "/admin/invitations/withdraw")
    assert "This code does not work" in first_step(house.browser(), other).text


def test_neither_store_holds_the_code_or_the_key_in_between(house: House) -> None:
    code = invited(house)
    secret = shown_secret(first_step(house.browser(), code))
    [row] = house.rows(Invitation)
    lifetime = row.expires_at - house.clock().replace(tzinfo=None)
    assert lifetime == timedelta(hours=72)
    house.stores.main.dispose()
    house.stores.perishable.dispose()
    files = [f.read_bytes() for f in house.instance.home.iterdir() if f.is_file()]
    assert any(row.code_hash in content for content in files), "looked in the wrong place"
    for hidden in (code.encode(), code.replace("-", "").encode(), secret, NEW_PASSWORD.encode()):
        assert not any(hidden in content for content in files)


def test_the_form_needs_its_token(house: House) -> None:
    code = invited(house)
    form = {"code": code, "accepted": "yes", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    for path in ("/enrol", "/enrol/confirm"):
        answer = house.browser().client.post(path, data=form)
        assert answer.status_code == 400
        assert "This form is out of date" in answer.text
    assert ZOE not in {row.email for row in house.rows(Member)}


def test_the_banner_is_the_configured_one(house: House) -> None:
    import dataclasses

    from tipline.console.services import EXTENSION

    app = house.console()
    console = app.extensions[EXTENSION]
    settings = dataclasses.replace(console.settings, banner="Only for <b>us</b>.")
    app.extensions[EXTENSION] = dataclasses.replace(console, settings=settings)
    for path in ("/sign-in", "/enrol"):
        assert "Only for &lt;b&gt;us&lt;/b&gt;." in house.browser(app).get(path).text
    assert "By signing in you accept the notice" in house.browser(app).get("/sign-in").text
