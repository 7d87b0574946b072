from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.console.house import COMPLAINTS, PHONE, TIPS, House, visible
from tipline.envelopes.models import SetAside
from tipline.incidents.services import IncidentKind, counts
from tipline.intake import service
from tipline.intake.effects import Effects
from tipline.intake.handling import Handler
from tipline.intake.lookup import Incoming

POISON = "These words no code foresaw"
PATH = "/lines/police-tips/set-aside"


@pytest.fixture
def poisoned(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which a message of each line was set aside after three tries."""
    handle = Handler.handle

    def stumble(self: Handler, item: Incoming) -> Effects:
        if item.message.body.startswith(POISON):
            raise RuntimeError
        return handle(self, item)

    monkeypatch.setattr(Handler, "handle", stumble)
    house.post(f"{POISON} of tips", pictures=1)
    house.post(f"{POISON} of complaints", line=COMPLAINTS)
    for _ in range(service.TRIES):
        house.intake_worker.drain(30)
    assert len(house.rows(SetAside)) == 2
    return house


def test_it_is_shown_to_the_lines_members_without_its_sender(poisoned: House) -> None:
    browser = poisoned.signed_in("ann")
    inbox = browser.get("/").text
    link = "1 message of Police Tips could not be put into a thread"
    assert f'<a href="{PATH}">{link}</a>' in inbox
    page = browser.get(PATH)
    text = visible(page.text)
    assert f"{POISON} of tips 1 picture not fetched yet" in text
    assert "20 Nov 2026, 09:41:17 UTC" in text
    assert "of complaints" not in text
    assert "does not open" not in text
    assert PHONE[2:] not in page.text


def test_it_is_not_shown_to_others(poisoned: House) -> None:
    browser = poisoned.signed_in("cyd")
    assert browser.get(PATH).status_code == 404
    assert f"{POISON} of complaints" in browser.get("/lines/complaints/set-aside").text
    admin = poisoned.signed_in("ada")
    assert (
        "<dt>It could not be handled, after several tries</dt><dd>2</dd>"
        in admin.get("/admin").text
    )
    for path in ("/", "/admin", PATH):
        assert POISON not in admin.get(path).text


def test_what_was_moved_or_changed_does_not_open(poisoned: House) -> None:
    lines = {slug: bundle.line_id for slug, bundle in poisoned.bundles.items()}
    with poisoned.stores.main.begin() as connection:
        connection.execute(
            update(SetAside)
            .where(SetAside.line_id == lines[COMPLAINTS])
            .values(line_id=lines[TIPS])
        )
    page = poisoned.signed_in("ann").get(PATH).text
    assert page.count("This message does not open and is not shown.") == 1
    assert f"{POISON} of tips" in page
    assert f"{POISON} of complaints" not in page


def test_without_any_there_is_no_link_and_the_page_says_so(house: House) -> None:
    browser = house.signed_in("ann")
    assert "set-aside" not in browser.get("/").text
    assert "Nothing is set aside on this line." in browser.get(PATH).text


def test_only_the_newest_are_shown_and_the_page_says_so(
    poisoned: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipline.console.inbox import set_aside

    monkeypatch.setattr(set_aside, "MOST_SHOWN", 1)
    poisoned.post(f"{POISON} again", sender="+12095550009")
    for _ in range(service.TRIES):
        poisoned.intake_worker.drain(30)
    page = poisoned.signed_in("ann").get(PATH).text
    assert f"{POISON} again" in page
    assert f"{POISON} of tips" not in page
    assert "The newest 1 of 2 are shown." in page


def test_one_that_intake_did_not_sign_is_not_shown(poisoned: House) -> None:
    with poisoned.stores.main.begin() as connection:
        connection.execute(update(SetAside).values(signature=b"\x01" * 73))
    page = poisoned.signed_in("ann").get(PATH)
    assert POISON not in page.text
    kinds = {entry.kind for entry in counts(poisoned.stores.main)}
    assert IncidentKind.FORGED_MESSAGE.value in kinds
