"""A member's own account, and proving again who one is."""

from __future__ import annotations

import re

import pytest

from tests.console.enrolling import NEW_PASSWORD, act, invite, prove
from tests.console.house import PASSWORD, TIPS, Browser, House, hidden_fields, visible
from tipline.console import access
from tipline.console.models import Session
from tipline.console.sessions import Sessions
from tipline.crypto.fingerprints import fingerprint
from tipline.crypto.totp import STEP_SECONDS
from tipline.members.models import Invitation

SECRET_SENTENCE = "A few words that must not get lost"


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def twice(house: House, name: str) -> tuple[Browser, Browser]:
    first = house.signed_in(name)
    house.clock.move(minutes=2)
    return first, house.signed_in(name)


def test_a_member_sees_their_fingerprint_and_roles(house: House) -> None:
    page = visible(house.signed_in("ann").get("/account").text)
    assert fingerprint(house.people["ann"].signed_in.key.public.raw) in page
    assert "investigator of Police Tips" in page
    assert "ann@example.org" in page


def test_sessions_are_listed_to_the_minute_without_where(house: House) -> None:
    first, second = twice(house, "ann")
    other = house.signed_in("ben")
    page = second.get("/account", headers={"User-Agent": "Secret Browser 7"})
    rows = re.findall(r"<tr>\s*<td.*?</tr>", page.text, re.DOTALL)
    assert [visible(row).replace("This one", "").strip()[:45] for row in rows] == [
        "20 Nov 2026, 09:41 UTC 20 Nov 2026, 09:41 UTC"[:45],
        "20 Nov 2026, 09:43 UTC 20 Nov 2026, 09:43 UTC"[:45],
    ]
    for detail in ("Secret Browser", "127.0.0.1", "09:41:17"):
        assert detail not in visible(page.text)
    assert "127.0.0.1" not in repr(house.rows(Session))
    assert is_signed_in(first)
    assert is_signed_in(other)


def test_one_session_or_all_others_can_be_ended(house: House) -> None:
    first, second = twice(house, "ann")
    other = house.signed_in("ben")
    assert act(second, "/account", "/account/sessions/end").status_code == 303
    assert not is_signed_in(first)
    house.clock.move(minutes=1)
    third = house.signed_in("ann")
    assert act(second, "/account", "/account/sessions/end-others").status_code == 303
    assert not is_signed_in(third)
    assert is_signed_in(second)
    assert is_signed_in(other)


@pytest.mark.parametrize("listed", ["", "x", "0" * 63, "é" * 64])
def test_a_session_that_is_none(house: House, listed: str) -> None:
    browser = house.signed_in("ann")
    token = hidden_fields(browser.get("/account").text, "/sign-out")
    answer = browser.client.post("/account/sessions/end", data={**token, "session": listed})
    assert answer.status_code == 404


def test_nobody_ends_another_members_session(house: House) -> None:
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    token = hidden_fields(ben.get("/account").text, "/sign-out")
    for row in house.rows(Session):
        if row.member_id == house.people["ann"].signed_in.member_id:
            listed = row.id_hash.hex()
            ben.client.post("/account/sessions/end", data={**token, "session": listed})
    assert is_signed_in(ann)


def change_password(browser: Browser, **instead: str) -> object:
    form = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
    page = browser.get("/account/password")
    return browser.submit("/account/password", page, **{**form, **instead})


def test_another_password_opens_the_same_key(house: House) -> None:
    alias = house.text("A tip")
    first, second = twice(house, "ann")
    answer = change_password(second)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?changed=password")
    assert "Your password was changed" in second.get("/account?changed=password").text
    assert not is_signed_in(first), "other sessions end"
    assert is_signed_in(second)
    house.clock.move(seconds=STEP_SECONDS)
    assert house.browser().sign_in("ann").status_code == 401
    anew = house.browser()
    assert anew.sign_in("ann", password=NEW_PASSWORD).status_code == 303
    assert alias in anew.get("/").text


@pytest.mark.parametrize(
    ("instead", "field", "sentence"),
    [
        ({"old_password": "wrong"}, "old_password", "This is not your present password"),
        ({"again": "something else"}, "again", "The two new passwords differ"),
        ({"new_password": "short", "again": "short"}, "new_password", "at least 12 characters"),
        ({"new_password": "annexample26", "again": "annexample26"}, "new_password", "your name"),
    ],
    ids=["old", "again", "short", "telling"],
)
def test_a_password_that_is_not_changed(
    house: House, instead: dict[str, str], field: str, sentence: str
) -> None:
    browser = house.signed_in("ann")
    page = change_password(browser, **instead)
    assert page.status_code == 400
    [said] = re.findall(rf'id="{field}-problem" role="alert">([^<]*)<', page.text)
    assert sentence in said
    house.clock.move(seconds=STEP_SECONDS)
    assert house.browser().sign_in("ann").status_code == 303


def test_guessing_the_old_password_locks_and_ends_the_session(house: House) -> None:
    browser = house.signed_in("ann")
    page = browser.get("/account/password")
    form = {"old_password": "wrong", "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
    answers = [browser.submit("/account/password", page, **form).status_code for _ in range(5)]
    assert answers == [400, 400, 400, 400, 303]
    assert not is_signed_in(browser)


def test_the_slower_of_two_clicks_does_not_sign_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = house.signed_in("ada")
    house.clock.move(minutes=6)
    page = admin.get("/admin/invite", follow_redirects=True)
    renew, quicker = Sessions.renew, list[str]()

    def after_another_click(self: Sessions, cookie: str) -> str:
        quicker.append(renew(self, cookie))
        return renew(self, cookie)

    monkeypatch.setattr(Sessions, "renew", after_another_click)
    answer = prove(admin, "ada", page)
    assert answer.status_code == 303
    assert answer.headers.getlist("Set-Cookie") == []
    admin.client.set_cookie("tipline", quicker[0])
    assert admin.get(answer.location).status_code == 200


def test_after_five_minutes_what_is_privileged_asks_again(house: House) -> None:
    admin = house.signed_in("ada")
    house.clock.move(minutes=4, seconds=59)
    assert admin.get("/admin/invite").status_code == 200
    house.clock.move(seconds=1)
    asked = admin.get("/admin/invite")
    assert (asked.status_code, asked.headers["Location"]) == (
        303,
        "/account/prove?then=/admin/invite",
    )
    answer = prove(admin, "ada", admin.get(asked.headers["Location"]))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/invite")
    assert admin.get("/admin/invite").status_code == 200
    house.clock.move(minutes=5)
    assert admin.get("/admin/invite").status_code == 303


def test_what_was_typed_is_sent_after_the_proof(house: House) -> None:
    admin = house.signed_in("ada")
    page = admin.get("/admin/invite")
    house.clock.move(minutes=6)
    role = f"investigator:{house.bundles[TIPS].line_id}"
    asked = admin.submit(
        "/admin/invite", page, email="zoe@example.org", name='Zoe "Z" Ade', role=role
    )
    assert asked.status_code == 401
    assert house.rows(Invitation) == []
    wrong = prove(admin, "ada", asked, password="wrong")
    assert wrong.status_code == 401
    go_on = prove(admin, "ada", wrong)
    assert go_on.status_code == 200
    assert house.rows(Invitation) == [], "the member sends it"
    done = admin.submit("/admin/invite", go_on)
    assert "This is shown once" in done.text
    [row] = house.rows(Invitation)
    assert (row.email, row.name) == ("zoe@example.org", 'Zoe "Z" Ade')
    assert role.partition(":")[2] in row.roles


def test_no_password_goes_through_a_page(house: House) -> None:
    browser = house.signed_in("ann")
    page = browser.get("/account/password")
    house.clock.move(minutes=6)
    form = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
    asked = browser.submit("/account/password", page, **form)
    assert asked.status_code == 401
    assert PASSWORD not in asked.text
    assert NEW_PASSWORD not in asked.text


def test_every_act_of_an_admin_is_privileged(house: House) -> None:
    admin = house.signed_in("ada")
    token = hidden_fields(admin.get("/").text, "/sign-out")
    house.clock.move(minutes=6)
    where = f"/admin/accounts/{house.people['ann'].signed_in.member_id}"
    paths = [f"{where}/{a}" for a in ("give", "take", "disable", "enable", "release", "reset")]
    for path in [*paths, "/admin/invite", "/admin/new-line", "/approvals/agree",
                 "/approvals/fetch", "/account/password", "/account/passkeys",
                 "/account/passkeys/remove", "/account/key"]:  # fmt: skip
        answer = admin.client.post(path, data=token)
        assert answer.status_code == 401, path
        assert "Prove that it is you" in answer.text


def test_a_proof_changes_the_cookie_and_keeps_other_windows_forms(house: House) -> None:
    admin = house.signed_in("ada")
    before = admin.client.get_cookie("tipline")
    assert before is not None
    elsewhere = hidden_fields(admin.get("/").text, "/sign-out")
    prove(admin, "ada", admin.get("/account/prove?then=/admin"))
    after = admin.client.get_cookie("tipline")
    assert after is not None
    assert after.value != before.value
    thief = house.browser()
    thief.client.set_cookie("tipline", before.value)
    assert not is_signed_in(thief)
    assert hidden_fields(admin.get("/").text, "/sign-out") == elsewhere


def test_proofs_do_not_stretch_the_twelve_hours(house: House) -> None:
    admin = house.signed_in("ada")
    for _ in range(28):
        house.clock.move(minutes=25)
        prove(admin, "ada", admin.get("/account/prove?then=/admin"))
    assert is_signed_in(admin)
    house.clock.move(minutes=20)
    assert not is_signed_in(admin)


def test_a_used_code_proves_nothing_and_five_failures_end_the_session(house: House) -> None:
    admin = house.signed_in("ada")
    page = admin.get("/account/prove?then=/admin")
    form = {"password": PASSWORD, "code": admin.code("ada")}
    answers = [admin.submit("/account/prove", page, **form).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 401, 303]
    assert not is_signed_in(admin)


@pytest.mark.parametrize(
    "then",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "",
     "/nowhere", "/admin\r\nX: y", "/%0d%0a"],
)  # fmt: skip
def test_a_proof_leads_nowhere_else(house: House, then: str) -> None:
    admin = house.signed_in("ada")
    assert admin.get("/account/prove", query_string={"then": then}).status_code == 404
    page = admin.get("/account/prove?then=/admin")
    assert prove(admin, "ada", page, then=then).status_code == 404


def test_a_page_that_asks_by_itself_does_not_prolong_a_session(house: House) -> None:
    from flask import Blueprint

    app = house.console()
    news = Blueprint("news", __name__)
    news.add_url_rule("/news", view_func=lambda: "none")
    access.register(app, news, access.SIGNED_IN, prolongs=False)
    browser = house.browser(app)
    browser.sign_in("ann")
    for _ in range(29):
        house.clock.move(minutes=1)
        assert browser.get("/news").status_code == 200
    house.clock.move(minutes=1)
    assert browser.get("/news").status_code == 303
    assert browser.get("/account").status_code == 303


def test_names_are_shown_to_staff_where_there_are_some(house: House) -> None:
    from sqlalchemy import update

    from tests.console.house import thread_path
    from tipline.members.models import Member

    alias = house.text("A tip")
    ann = house.signed_in("ann")
    ann.reply(thread_path(alias), "Hello")
    assert "ann@example.org" in ann.get(thread_path(alias)).text
    with house.stores.main.begin() as connection:
        which = Member.email == "ann@example.org"
        connection.execute(update(Member).where(which).values(name="Ann Okafor"))
    page = ann.get(thread_path(alias)).text
    assert "Ann Okafor" in page
    assert "ann@example.org" not in page


def test_inviting_again_replaces_the_link(house: House) -> None:
    admin = house.signed_in("ada")
    role = f"investigator:{house.bundles[TIPS].line_id}"
    for name in ("Zoe", "Zoe Adeyemi"):
        assert invite(admin, "zoe@example.org", name, role).status_code == 200
    [row] = house.rows(Invitation)
    assert row.name == "Zoe Adeyemi"
