"""What is being written: drafts, ready-made replies, and a conversation that goes on meanwhile."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.console.house import (
    PHONE,
    Browser,
    House,
    hidden_fields,
    incidents,
    thread_path,
    visible,
)
from tipline.console.models import Session
from tipline.delivery.models import Outgoing
from tipline.incidents.services import IncidentKind
from tipline.lines.models import CannedReplyList
from tipline.threads.models import DraftRow

CANNED = "/lines/police-tips/ready-made-replies"


def in_box(page: TestResponse) -> str:
    [text] = re.findall(r'<textarea id="reply".*?>\n(.*?)</textarea>', page.text, re.DOTALL)
    return html.unescape(text)


def press(
    browser: Browser, path: str, page: TestResponse, name: str, **fields: str
) -> TestResponse:
    """Press another button of the reply form."""
    form = {**hidden_fields(page.text, path), **fields}
    return browser.client.post(f"{path}/{name}", data=form)


def add_canned(browser: Browser, title: str, text: str, language: str = "en") -> TestResponse:
    fields = {"title": title, "text": text, "language": language}
    return browser.submit(CANNED, browser.get(CANNED), **fields)


def ids(page: TestResponse) -> list[str]:
    return re.findall(r'<option value="([0-9a-f]{16})"', page.text)


def sent_replies(house: House) -> list[object]:
    return [row for row in house.rows(Outgoing) if row.kind == "reply"]


def test_a_draft_waits_for_its_author_alone_and_goes_when_it_is_sent(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    answer = press(ann, path, ann.get(path), "draft", reply="Where was <it>?")
    assert (answer.status_code, answer.headers["Location"]) == (303, path + "#reply")
    house.clock.move(minutes=1)
    again = house.signed_in("ann")
    page = again.get(path)
    assert in_box(page) == "Where was <it>?"
    assert "This is your draft, saved 20 Nov 2026, 09:41:17 UTC" in visible(page.text)
    assert in_box(ben.get(path)) == ""
    assert again.submit(path, page, reply=in_box(page)).status_code == 303
    assert in_box(again.get(path)) == ""
    assert house.rows(DraftRow) == []
    assert [text.body for text in house.deliver()][1:] == ["Where was <it>?"]


def test_the_script_keeps_a_draft_without_prolonging_the_session(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    page = ann.get(path)
    [before] = house.rows(Session, Session.seen_at)
    for minutes in (10, 10, 9):
        house.clock.move(minutes=minutes)
        answer = press(ann, path, page, "autosave", reply=f"Word by word {minutes}")
        assert (answer.status_code, answer.data) == (204, b"")
    assert house.rows(Session, Session.seen_at) == [before]
    assert in_box(house.signed_in("ann").get(path)) == "Word by word 9"
    house.clock.move(minutes=1)
    assert press(ann, path, page, "autosave", reply="More").status_code == 401
    assert ann.get(path).status_code == 303, "half an hour idle, whatever the script did"


def test_a_script_slower_than_the_button_brings_nothing_back(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    page = ann.get(path)
    assert ann.submit(path, page, reply="Where?").status_code == 303
    assert press(ann, path, page, "autosave", reply="Where?").status_code == 204
    assert in_box(ann.get(path)) == ""
    assert house.rows(DraftRow) == []


def test_a_draft_of_a_reply_that_was_sent_is_never_shown_again(house: House) -> None:
    """Even if it was saved in the very moment of sending."""
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    page = ann.get(path)
    press(ann, path, page, "draft", reply="Where?")
    [draft] = house.rows(DraftRow)
    ann.submit(path, page, reply="Where?")
    with house.stores.perishable.begin() as connection:
        connection.execute(DraftRow.__table__.insert(), dict(draft._mapping))
    assert in_box(ann.get(path)) == ""


def test_a_draft_that_nobody_signed_is_reported_and_not_shown(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    press(ann, path, ann.get(path), "draft", reply="Where?")
    with house.stores.perishable.begin() as connection:
        connection.execute(update(DraftRow).values(signature=bytes(73)))
    assert in_box(ann.get(path)) == ""
    assert IncidentKind.FORGED_CASEWORK.value in incidents(house)


def test_a_reply_waits_when_the_conversation_has_gone_on(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    page = ann.get(path)
    house.text("They are here now")
    ben.reply(path, "Call 911")
    answer = ann.submit(path, page, reply="Call me tomorrow")
    assert answer.status_code == 409
    assert "Nothing was sent yet: the conversation has gone on" in answer.text
    assert in_box(answer) == "Call me tomorrow"
    assert ">Send anyway</button>" in answer.text
    assert len(sent_replies(house)) == 1
    marked = re.findall(
        r"<li [^>]*>(?:(?!</li>).)*?New since(?:(?!</li>).)*</li>", answer.text, re.S
    )
    assert [("They are here" in item, "Call 911" in item) for item in marked] == [
        (True, False),
        (False, True),
    ]
    # And once more, if it goes on while one reads.
    house.text("Hurry")
    second = ann.submit(path, answer, reply="Call me tomorrow")
    assert second.status_code == 409
    assert second.text.count("New since you loaded this page") == 1
    assert ann.submit(path, second, reply="Call 911 now").status_code == 303
    assert [text.body for text in house.deliver()][1:] == ["Call 911", "Call 911 now"]


def test_what_only_staff_see_does_not_hold_up_a_reply(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    page = ann.get(path)
    ben.submit(path + "/note", ben.get(path), note="A thought")
    assert ann.submit(path, page, reply="Where?").status_code == 303


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 20])
def test_a_form_that_does_not_say_what_was_seen_is_stale(house: House, seen: str) -> None:
    path = thread_path(house.text("A tip"))
    assert house.signed_in("ann").reply(path, "Where?", seen=seen).status_code == 400
    assert sent_replies(house) == []


def test_a_ready_made_reply_is_put_behind_what_stands_in_the_box(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    assert (
        add_canned(ann, "Are you safe?", "¿Está a salvo?\r\nLlame al 911.", "es").status_code == 303
    )
    page = ben.get(path)
    assert "Are you safe? (Español)" in visible(page.text)
    assert 'data-text="¿Está a salvo?\nLlame al 911."' in page.text
    [one] = ids(page)
    answer = press(ben, path, page, "use", reply=" Hello. ", canned=one)
    assert (answer.status_code, answer.headers["Location"]) == (303, path + "#reply")
    page = ben.get(path)
    assert in_box(page) == "Hello.\n¿Está a salvo?\nLlame al 911."
    assert press(ben, path, page, "use", reply="", canned=one).status_code == 303
    assert in_box(ben.get(path)) == "¿Está a salvo?\nLlame al 911."
    gone = press(ben, path, page, "use", reply="Hello.", canned="0" * 16)
    assert gone.status_code == 409
    assert "This ready-made reply is not there any more." in gone.text
    assert in_box(gone) == "Hello."


def test_ready_made_replies_are_changed_and_deleted(house: House) -> None:
    ann = house.signed_in("ann")
    assert "There are none yet." in ann.get(CANNED).text
    add_canned(ann, "Where", "Where was <that>?")
    page = ann.get(CANNED)
    [change] = re.findall(r'href="([^"]+)#form"', page.text)
    form = ann.get(change)
    assert "Where was &lt;that&gt;?</textarea>" in form.text
    fields = {"title": "Where and when", "text": "Where and when?", "language": "en"}
    assert ann.submit(CANNED, form, **fields).status_code == 303
    page = ann.get(CANNED)
    assert "Where and when?" in page.text
    assert "that&gt;" not in page.text
    late = ann.submit(CANNED, form, **fields)
    assert late.status_code == 409
    assert "Somebody else changed the list while you wrote" in late.text
    assert "Where and when?</textarea>" in late.text
    assert ann.submit(CANNED, late, **fields).status_code == 303
    stale = ann.submit(CANNED + "/delete", page)
    assert stale.status_code == 409
    assert "so nothing was deleted" in stale.text
    assert ann.submit(CANNED + "/delete", stale).status_code == 303
    assert "There are none yet." in ann.get(CANNED).text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"language": "xx"}, "language"),
        ({"text": "\r\n"}, "text"),
        ({"text": "x" * 1601}, "text"),
    ],
    ids=["no-title", "long-title", "no-language", "no-text", "long-text"],
)
def test_what_is_wrong_stands_beside_its_field(
    house: House, fields: dict[str, str], field: str
) -> None:
    ann = house.signed_in("ann")
    form = {"title": "A title", "text": "A text", "language": "vi", **fields}
    answer = ann.submit(CANNED, ann.get(CANNED), **form)
    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert html.escape(form["text"].strip()) + "</textarea>" in answer.text
    assert house.rows(CannedReplyList) == []


def test_a_forged_list_is_reported_and_can_be_replaced(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    add_canned(ann, "Where", "Where was that?")
    with house.stores.main.begin() as connection:
        forged = CannedReplyList.content
        connection.execute(update(CannedReplyList).values(content=forged + " "))
    for where in (path, CANNED):
        page = ann.get(where)
        assert page.status_code == 200
        assert "not authentic and" in visible(page.text)
        assert "Where was that?" not in page.text
    assert IncidentKind.FORGED_CASEWORK.value in incidents(house)
    assert add_canned(ann, "When", "When was that?").status_code == 303
    assert ids(ann.get(path)) != []


def test_another_lines_member_sees_no_list(house: House) -> None:
    add_canned(house.signed_in("ann"), "Where", "Where was that?")
    cyd = house.signed_in("cyd")
    assert cyd.get(CANNED).status_code == 404
    assert "There are none yet." in cyd.get(CANNED.replace("police-tips", "complaints")).text


def test_what_a_reply_costs_is_shown_when_the_price_is_known(house: House) -> None:
    import dataclasses
    from decimal import Decimal

    from tipline.console.services import EXTENSION, Console

    path = thread_path(house.text("A tip"))
    app = house.console()
    services: Console = app.extensions[EXTENSION]
    settings = dataclasses.replace(services.settings, segment_price=Decimal("0.0083"))
    app.extensions[EXTENSION] = dataclasses.replace(services, settings=settings)
    browser = house.browser(app)
    browser.sign_in("ann")
    press(browser, path, browser.get(path), "draft", reply="Á" + "a" * 140)
    page = browser.get(path)
    assert "sent as 3 segments (UCS-2), about $0.025" in visible(page.text)
    assert "Á makes this 3 segments (UCS-2). Write A for Á" in visible(page.text)
    assert 'data-price="0.0083"' in page.text
    assert "$" not in visible(house.signed_in("ben").get(path).text)
    assert PHONE not in page.text
