from __future__ import annotations

import re

import pytest

from tests.console.house import PASSWORD, Browser, House, hidden_fields, visible
from tipline.console.models import Session
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.members.accounts import Accounts, SignInFailedError

SENTENCE = SignInFailedError.message


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_whoever_is_not_signed_in_is_sent_to_the_form(house: House) -> None:
    answer = house.browser().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_the_form_has_its_labels(house: House) -> None:
    page = house.browser().get("/sign-in").text
    for label, field in (("Email", "email"), ("Password", "password"), ("One-time code", "code")):
        assert f'for="{field}">{label}</label>' in page
        assert f'id="{field}"' in page
    assert re.search(r'<button type="submit"[^>]*>Sign in</button>', page)


def test_signing_in_leads_to_the_inbox(house: House) -> None:
    browser = house.browser()
    answer = browser.sign_in("ann")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_signed_in(browser)
    assert browser.get("/sign-in").headers["Location"] == "/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody@example.org"},
        {"email": "\0"},
        {"password": "wrong"},
        {"password": ""},
        {"password": "x" * 5000},
        {"code": ""},
        {"code": "not a code"},
        {"email": "", "password": "", "code": ""},
    ],
    ids=["email", "nul", "password", "no-password", "long-password", "no-code", "code", "nothing"],
)
def test_whatever_is_wrong_gets_the_same_sentence(house: House, wrong: dict[str, str]) -> None:
    browser = house.browser()
    answer = browser.sign_in("ann", **wrong)
    assert answer.status_code == 401
    assert f'role="alert" id="problem">{SENTENCE}' in answer.text
    assert "Set-Cookie: tipline=" not in str(answer.headers)
    assert not is_signed_in(browser)


def test_the_typed_email_is_kept_and_the_password_is_not(house: House) -> None:
    answer = house.browser().sign_in("ann", email='"><b>@example.org', code="000000")
    assert 'value="&#34;&gt;&lt;b&gt;@example.org"' in answer.text
    assert PASSWORD not in answer.text


def test_a_code_works_once(house: House) -> None:
    assert house.browser().sign_in("ann").status_code == 303
    again = house.browser()
    assert again.sign_in("ann").status_code == 401
    house.clock.move(seconds=STEP_SECONDS)
    assert again.sign_in("ann").status_code == 303


def test_an_older_code_does_not_work_after_a_newer_one(house: House) -> None:
    step = int(house.clock().timestamp()) // STEP_SECONDS
    older = code_at(house.people["ann"].totp_secret, step - 1)
    assert house.browser().sign_in("ann").status_code == 303
    assert house.browser().sign_in("ann", code=older).status_code == 401


def test_five_failures_lock_until_an_admin_releases(house: House) -> None:
    browser = house.browser()
    for _ in range(5):
        assert browser.sign_in("ann", password="wrong").status_code == 401
        house.clock.move(minutes=2)
    locked = browser.sign_in("ann")
    assert locked.status_code == 401
    assert SENTENCE in locked.text
    house.clock.move(hours=24)
    assert browser.sign_in("ann").status_code == 401
    Accounts(house.stores.main, b"", house.clock).release("ann@example.org")
    assert browser.sign_in("ann").status_code == 303


def test_four_failures_do_not_lock_and_others_are_not_locked(house: House) -> None:
    for _ in range(4):
        house.browser().sign_in("ann", password="wrong")
    assert house.browser().sign_in("ann").status_code == 303
    assert house.browser().sign_in("ben").status_code == 303


def test_wrong_codes_lock_too(house: House) -> None:
    for _ in range(5):
        house.browser().sign_in("ann", code="000000")
    assert house.browser().sign_in("ann").status_code == 401


def test_the_form_needs_its_token(house: House) -> None:
    browser = house.browser()
    browser.get("/sign-in")
    form = {"email": "ann@example.org", "password": PASSWORD, "code": browser.code("ann")}
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}):
        answer = browser.client.post("/sign-in", data={**form, **token})
        assert answer.status_code == 400
        assert "This form is out of date" in answer.text
    without_cookie = house.browser()
    answer = without_cookie.client.post("/sign-in", data={**form, "csrf_token": ""})
    assert answer.status_code == 400
    assert not is_signed_in(browser)
    # What was refused did not use up the code.
    assert browser.sign_in("ann").status_code == 303


def test_two_open_forms_both_work(house: House) -> None:
    browser = house.browser()
    first = browser.get("/sign-in")
    browser.get("/sign-in")
    form = {"email": "ann@example.org", "password": PASSWORD, "code": browser.code("ann")}
    assert browser.submit("/sign-in", first, **form).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:81", ""])
def test_a_form_from_another_origin_is_refused(house: House, origin: str) -> None:
    browser = house.browser()
    form = hidden_fields(browser.get("/sign-in").text, "/sign-in")
    form |= {"email": "ann@example.org", "password": PASSWORD, "code": browser.code("ann")}
    answer = browser.client.post("/sign-in", data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "This form was refused" in answer.text
    own = {"Origin": "http://localhost"}
    assert browser.client.post("/sign-in", data=form, headers=own).status_code == 303


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://console.example.org", "https://console.example.org"),
        ("https://console.example.org:443/", "https://console.example.org"),
        ("https://Console.example.org:8443", "https://console.example.org:8443"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_the_own_origin_is_written_as_browsers_do(house: House, url: str, origin: str) -> None:
    browser = house.browser(house.console(url))
    base = "https://localhost" if url.startswith("https") else "http://localhost"
    page = browser.get("/sign-in", base_url=base)
    form = hidden_fields(page.text, "/sign-in")
    answer = browser.client.post("/sign-in", data=form, headers={"Origin": origin}, base_url=base)
    assert answer.status_code == 401


def test_cookies_are_bound_to_the_browser_session(house: House) -> None:
    browser = house.browser()
    form = browser.get("/sign-in").headers.getlist("Set-Cookie")
    session = browser.sign_in("ann").headers.getlist("Set-Cookie")
    for line, name in ((form[0], "tipline-form"), (session[0], "tipline")):
        value, *flags = line.split("; ")
        assert value.startswith(f"{name}=")
        assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Strict"]
    assert len(form) == len(session) == 1


def test_over_https_cookies_are_bound_to_the_host(house: House) -> None:
    browser = house.browser(house.console("https://console.example.org"))
    url = {"base_url": "https://console.example.org"}
    page = browser.get("/sign-in", **url)
    form = hidden_fields(page.text, "/sign-in")
    form |= {"email": "ann@example.org", "password": PASSWORD, "code": browser.code("ann")}
    answer = browser.client.post("/sign-in", data=form, **url)
    lines = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    for line, name in zip(lines, ("__Host-tipline-form", "__Host-tipline"), strict=True):
        value, *flags = line.split("; ")
        assert value.startswith(f"{name}=")
        assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
    inbox = browser.get("/", **url)
    assert inbox.status_code == 200
    assert inbox.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    browser = house.signed_in("ann")
    cookie = browser.client.get_cookie("tipline")
    assert cookie is not None
    answer = browser.submit("/sign-out", browser.get("/"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert browser.client.get_cookie("tipline") is None
    thief = house.browser()
    thief.client.set_cookie("tipline", cookie.value)
    assert not is_signed_in(thief)
    assert house.rows(Session) == []


def test_signing_in_anew_ends_the_session_before(house: House) -> None:
    browser = house.signed_in("ann")
    house.clock.move(minutes=1)
    form = {"email": "ann@example.org", "password": PASSWORD, "code": browser.code("ann")}
    token = browser.client.get_cookie("tipline-form")
    assert token is not None
    browser.client.post("/sign-in", data={**form, "csrf_token": token.value})
    assert len(house.rows(Session)) == 1
    assert is_signed_in(browser)


def test_an_ended_session_says_so(house: House) -> None:
    browser = house.signed_in("ann")
    house.clock.move(minutes=31)
    page = browser.get("/sign-in")
    assert "Your session has ended. Sign in again." in visible(page.text)
    assert "Your session has ended" not in browser.get("/sign-in").text
