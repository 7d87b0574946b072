from __future__ import annotations

import dataclasses
import re

import pytest
from sqlalchemy import delete, update

from tests.console.house import (
    OTHER_PHONE,
    PHONE,
    TIPS,
    House,
    hidden_fields,
    thread_path,
    visible,
)
from tipline.console.services import EXTENSION, Console
from tipline.db import engines
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.doorbell import QueueName
from tipline.identity.models import Contact
from tipline.incidents.services import IncidentKind, counts
from tipline.published_keys.models import PublishedKey
from tipline.threads.models import Message


def replies(house: House) -> list[object]:
    return [row for row in house.rows(Outgoing) if row.kind == "reply"]


def test_the_box_and_the_button_are_labelled(house: House) -> None:
    page = house.signed_in("ann").get(thread_path(house.text("A tip"))).text
    assert '<label class="usa-label" for="reply">Reply</label>' in page
    assert '<textarea id="reply" class="usa-textarea" name="reply"' in page
    assert '<button type="submit" class="usa-button">Send reply</button>' in page


def test_a_reply_goes_back_to_the_thread_and_to_the_phone(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    answer = browser.reply(path, "  Where?\r\nToday?  ")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert [(text.recipient, text.body) for text in house.deliver()][1:] == [
        (PHONE, "Where?\nToday?")
    ]
    assert "Where?" in browser.get(path).text


def test_the_doorbell_rings_after_the_commit(house: House) -> None:
    heard: list[tuple[QueueName, int]] = []

    class Listening:
        def ring(self, name: QueueName) -> bool:
            with reading(house.stores.main) as connection:
                kept = connection.execute(Outgoing.__table__.select()).all()
            heard.append((name, len(kept)))
            return False

    alias = house.text("A tip")
    app = house.console()
    services: Console = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = dataclasses.replace(services, doorbell=Listening())
    browser = house.browser(app)
    browser.sign_in("ann")
    assert browser.reply(thread_path(alias), "Where?").status_code == 303
    assert heard == [(QueueName.DELIVERY, 2)]


def test_a_form_that_is_sent_twice_is_one_reply(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    page = browser.get(path)
    assert browser.submit(path, page, reply="Where?").status_code == 303
    again = browser.submit(path, page, reply="Where?")
    assert again.status_code == 409
    assert "This reply was already sent. It was not sent a second time." in again.text
    assert again.text.count("Where?") == 1, "shown above, so no longer in the box"
    assert len(replies(house)) == 1
    # Other words under the old token are neither sent nor lost, and can be sent from here.
    other = browser.submit(path, page, reply="And when?")
    assert other.status_code == 409
    assert "And when?</textarea>" in other.text
    assert len(replies(house)) == 1
    assert browser.submit(path, other, reply="And when?").status_code == 303
    assert [text.body for text in house.deliver()][1:] == ["Where?", "And when?"]


def test_the_same_words_from_a_new_form_are_another_reply(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    for _ in range(2):
        assert browser.reply(path, "Are you safe?").status_code == 303
    assert len(replies(house)) == 2


@pytest.mark.parametrize("text", ["", "   \r\n\t "])
def test_an_empty_reply_is_asked_for_again(house: House, text: str) -> None:
    path = thread_path(house.text("A tip"))
    answer = house.signed_in("ann").reply(path, text)
    assert answer.status_code == 400
    assert (
        '<p class="usa-error-message" role="alert" id="problem">Write something first.</p>'
        in answer.text
    )
    assert 'aria-describedby="problem count advice hint" aria-invalid="true"' in answer.text
    assert replies(house) == []


def test_a_long_reply_is_kept_in_the_box(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    text = "é<&" * 533 + "xx"
    answer = browser.reply(path, text)
    assert answer.status_code == 400
    assert "A reply can have at most 1600 characters." in answer.text
    assert "é&lt;&amp;" * 533 + "xx</textarea>" in answer.text
    assert "1601 of 1,600 characters" in visible(answer.text)
    assert replies(house) == []
    assert browser.submit(path, answer, reply=text[:-1]).status_code == 303


def test_a_reply_keeps_its_first_line_break(house: House) -> None:
    """HTML drops a line break at the start of a textarea."""
    path = thread_path(house.text("A tip"))
    answer = house.signed_in("ann").reply(path, "\n\nindented" + "x" * 1600)
    assert ">\n\n\nindented" in answer.text


def test_a_huge_form_is_refused_with_a_page(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    form = {**hidden_fields(browser.get(path).text, path), "reply": "x" * 170_000}
    for headers in ({}, {"Origin": "http://localhost"}):
        answer = browser.client.post(path, data=form, headers=headers)
        assert answer.status_code == 413
        assert "The form holds more than the console takes." in answer.text


@pytest.mark.parametrize("token", ["", "x", "0" * 31])
def test_a_reply_needs_its_one_time_token(house: House, token: str) -> None:
    path = thread_path(house.text("A tip"))
    assert house.signed_in("ann").reply(path, "Where?", token=token).status_code == 400
    assert replies(house) == []


def test_what_was_typed_survives_the_end_of_the_session(house: House) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    page = browser.get(path)
    house.clock.move(minutes=31)
    form = {**hidden_fields(page.text, path), "reply": "A long <thought>"}
    answer = browser.client.post(path, data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert "A long &lt;thought&gt;</textarea>" in answer.text
    # Unless nobody says that the form is our own.
    assert "A long" not in browser.client.post(path, data=form).text
    assert replies(house) == []


@pytest.mark.parametrize("swap", ["whole", "number", "signature"])
def test_a_contact_that_intake_did_not_write_is_refused_and_reported(
    house: House, swap: str
) -> None:
    path = thread_path(house.text("A tip"))
    [own] = house.rows(Contact)
    house.text("Another tip", sender=OTHER_PHONE)
    house.deliver()
    [other] = [row for row in house.rows(Contact) if row.thread_id != own.thread_id]
    fields = {
        "whole": ("encrypted", "half_for_thread", "half_for_delivery", "signature"),
        "number": ("encrypted", "half_for_delivery"),
        "signature": ("signature",),
    }[swap]
    with house.stores.perishable.begin() as connection:
        connection.execute(
            update(Contact)
            .where(Contact.thread_id == own.thread_id)
            .values({field: getattr(other, field) for field in fields})
        )
    answer = house.signed_in("ann").reply(path, "Where?")
    assert answer.status_code == 409
    assert "The way back to this person is not authentic, so nothing was sent." in answer.text
    assert "Where?</textarea>" in answer.text
    assert replies(house) == []
    assert house.deliver() == []
    assert IncidentKind.FORGED_CONTACT in {entry.kind for entry in counts(house.stores.main)}


def test_without_a_delivery_worker_nothing_is_kept_and_nothing_lost(house: House) -> None:
    path = thread_path(house.text("A tip"))
    with house.stores.main.begin() as connection:
        connection.execute(delete(PublishedKey).where(PublishedKey.kind == "delivery"))
    browser = house.signed_in("ann")
    answer = browser.reply(path, "Where?")
    assert answer.status_code == 503
    assert "The delivery worker is not running, so nothing was sent." in answer.text
    assert "Where?</textarea>" in answer.text
    assert replies(house) == []
    assert len(house.rows(Message)) == 1


def test_a_busy_database_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pragmas = tuple(p for p in engines.PRAGMAS if "busy_timeout" not in p)
    assert len(pragmas) < len(engines.PRAGMAS)
    monkeypatch.setattr(engines, "PRAGMAS", (*pragmas, "PRAGMA busy_timeout=20"))
    path = thread_path(house.text("A tip"))
    unread = thread_path(house.text("Another tip", sender=OTHER_PHONE))
    browser = house.signed_in("ann")
    page = browser.get(path)
    with house.stores.main.begin():  # somebody else is writing
        # Who reads is recorded, which waits for the writer; what cannot be recorded is not shown.
        refused = browser.get(unread)
        assert refused.status_code == 503
        assert "Another tip" not in refused.text
        answer = browser.submit(path, page, reply="Where?")
    assert answer.status_code == 503
    assert "The database is busy." in answer.text
    assert "Where?</textarea>" in answer.text
    assert replies(house) == []
    assert browser.submit(path, answer, reply="Where?").status_code == 303
    assert len(replies(house)) == 1
    # The token stayed, so the first form cannot make a second reply.
    assert browser.submit(path, page, reply="Where?").status_code == 409
    assert len(replies(house)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 1601, "11 segments (GSM-7)"),
        ("\u4f60" * 1601, "24 segments (UCS-2)"),
    ],
)
def test_segments_are_counted_by_the_server(house: House, text: str, words: str) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    assert "0 of 1,600 characters; sent as 1 segment (GSM-7)" in visible(browser.get(path).text)
    assert f"1601 of 1,600 characters; sent as {words}" in visible(browser.reply(path, text).text)


def test_for_a_letter_the_page_says_its_length_and_nothing_of_texts(house: House) -> None:
    """What came by the web or by a call is answered in a mailbox, for which nobody pays."""
    browser = house.signed_in("ann")
    call = f"/lines/{TIPS}/call"
    browser.submit(call, browser.get(call), text="Two men load crates", danger="no")
    house.intake_worker.drain(30)
    path = thread_path(house.newest_alias())
    for page, characters in (
        (browser.get(path), "0"),
        (browser.reply(path, "a" * 1601), "1601"),
    ):
        said = visible(page.text)
        assert f"{characters} of 1,600 characters. It waits as a letter until" in said
        for word in ("segment", "GSM-7", "held by carriers"):
            assert word not in said
        assert "data-price" not in page.text
        for described in re.findall(
            r'<textarea id="reply"[^>]*aria-describedby="([^"]*)"', page.text
        ):
            assert all(f'id="{one}"' in page.text for one in described.split())
    assert browser.reply(path, "a" * 1600).status_code == 303
