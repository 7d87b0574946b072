from __future__ import annotations

import base64

import pytest
from sqlalchemy import update

from tests.console.house import Browser, House
from tipline.console.models import Session
from tipline.members.models import Member


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_thirty_idle_minutes_end_a_session(house: House) -> None:
    browser = house.signed_in("ann")
    house.clock.move(minutes=29, seconds=59)
    assert is_signed_in(browser)
    house.clock.move(minutes=29, seconds=59)
    assert is_signed_in(browser), "the page before prolonged it"
    house.clock.move(minutes=30)
    assert not is_signed_in(browser)


def test_twelve_hours_end_a_session_however_busy(house: House) -> None:
    browser = house.signed_in("ann")
    for _ in range(35):
        house.clock.move(minutes=20)
        assert is_signed_in(browser)
    house.clock.move(minutes=20)
    assert not is_signed_in(browser)


def test_a_stylesheet_does_not_prolong_a_session(house: House) -> None:
    browser = house.signed_in("ann")
    house.clock.move(minutes=20)
    assert browser.get("/static/console.css").status_code == 200
    house.clock.move(minutes=20)
    assert not is_signed_in(browser)


def test_a_session_row_alone_does_not_open_the_key(house: House) -> None:
    browser = house.signed_in("ann")
    cookie = browser.client.get_cookie("tipline")
    assert cookie is not None
    raw = base64.urlsafe_b64decode(cookie.value)
    session_id, session_key = raw[:16], raw[16:]
    [row] = house.rows(Session)
    seed = house.people["ann"].signed_in.key.seed
    # The store holds neither the id, nor the cookie's key, nor the member's.
    house.stores.perishable.dispose()
    files = [f.read_bytes() for f in house.instance.home.iterdir() if f.is_file()]
    assert any(row.id_hash in content for content in files), "looked in the wrong place"
    for secret in (session_id, session_key, seed):
        assert not any(secret in content for content in files)
    # And whoever makes up the rest of the cookie is not let in.
    for forged in (
        session_id + bytes(32),
        row.id_hash[:16] + session_key,
        session_id,
        raw + b"x",
        b"",
    ):
        thief = house.browser()
        thief.client.set_cookie("tipline", base64.urlsafe_b64encode(forged).decode())
        assert not is_signed_in(thief)


@pytest.mark.parametrize("value", ["", "x", "=====", "\u00e9", "a" * 5000])
def test_a_cookie_that_is_none_is_no_error(house: House, value: str) -> None:
    answer = house.browser().client.get("/", headers={"Cookie": f"tipline={value}"})
    assert answer.status_code == 303


def test_disabling_an_account_ends_its_sessions(house: House) -> None:
    browser, other = house.signed_in("ann"), house.signed_in("ben")
    member = house.people["ann"].signed_in.member_id
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == member).values(is_disabled=True))
    assert not is_signed_in(browser)
    assert is_signed_in(other)
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).where(Member.id == member).values(is_disabled=False))
    assert not is_signed_in(browser), "its session is gone for good"
