"""A member's new key pair, made in their own session."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update
from werkzeug.test import TestResponse

from tests.console.enrolling import act, prove
from tests.console.house import (
    OTHER_PHONE,
    PASSWORD,
    TIPS,
    Browser,
    House,
    hidden_fields,
    incidents,
    thread_path,
    visible,
)
from tests.console.test_accounts import member_id
from tests.console.test_drafts import in_box, press
from tests.console.test_new_key import owners, takes_pushes
from tests.console.test_restricted import restrict
from tipline.alerts.models import AlertChoice, PushSubscription
from tipline.console.models import Session
from tipline.console.sessions import Sessions
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.members import MemberSecret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import STEP_SECONDS
from tipline.lines.models import KeyGrant, PendingLineKeys
from tipline.members.fingerprints import fingerprint
from tipline.members.models import Member
from tipline.search.models import SearchQuery
from tipline.threads.models import DraftRow, SavedFilters, ThreadGrant

KEY = "/account/key"
MEMBERS = "/lines/police-tips/members"


def renew(browser: Browser, **fields: str) -> TestResponse:
    form = {"password": PASSWORD, **fields}
    return browser.submit(KEY, browser.get(KEY), **form)


def public_of(house: House, name: str) -> bytes:
    [public] = [row.public for row in house.rows(Member) if row.id == member_id(house, name)]  # type: ignore[attr-defined]
    return bytes(public)


def key_in_blob(house: House, name: str) -> OpeningKey:
    """What the password opens now."""
    who = member_id(house, name)
    [blob] = [row.blob for row in house.rows(Member) if row.id == who]  # type: ignore[attr-defined]
    return MemberSecret.open(who, blob, PASSWORD, house.console_keys.pepper).key


def again(house: House, name: str) -> Browser:
    house.clock.move(seconds=STEP_SECONDS)
    return house.signed_in(name)


def restricted_to(house: House, *names: str) -> str:
    path = thread_path(house.text("About a colleague", sender=OTHER_PHONE))
    restrict(house, names[0], path, *names[1:])
    house.clock.move(seconds=STEP_SECONDS)
    return path


def save_filter(browser: Browser) -> None:
    page = browser.get("/?state=open")
    answer = browser.submit("/filters/save", page, name="Mine")
    assert answer.status_code == 303, answer.text


def test_everything_opens_with_the_new_key_in_the_same_session(house: House) -> None:
    plain = thread_path(house.text("A tip"))
    restricted = restricted_to(house, "ann", "ben")
    ann = house.signed_in("ann")
    for path in (plain, restricted):
        press(ann, path, ann.get(path), "draft", reply=f"Half a sentence for {path}")
    before = public_of(house, "ann")
    answer = renew(ann)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?changed=key")
    after = public_of(house, "ann")
    assert after != before
    page = visible(ann.get(answer.location).text)
    assert "You have a new key, and with it the fingerprint below" in page
    assert fingerprint(after) in page
    assert fingerprint(before) not in page
    for browser in (ann, again(house, "ann")):
        assert "A tip" in browser.get(plain).text
        for path in (plain, restricted):
            assert in_box(browser.get(path)) == f"Half a sentence for {path}"
    assert ann.reply(plain, "With the new key").status_code == 303
    assert "With the new key" in [text.body for text in house.deliver()]
    assert incidents(house) == set()
