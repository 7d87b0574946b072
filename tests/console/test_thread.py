from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import delete, update

from tests.console.house import (
    OTHER_PHONE,
    PHONE,
    House,
    incidents,
    thread_path,
    visible,
)
from tipline.delivery.claims import CLAIM
from tipline.delivery.models import Outgoing
from tipline.delivery.provider import ProviderRefusedError, ProviderUncertainError
from tipline.incidents.services import IncidentKind
from tipline.text.placeholders import KINDS
from tipline.threads.models import Message


def test_a_conversation_shows_both_sides_in_order(house: House) -> None:
    alias = house.text("Someone <b>paints</b> the bridge\nat night")
    browser = house.signed_in("ann")
    house.clock.move(minutes=3)
    browser.reply(thread_path(alias), "Which bridge?")
    house.clock.move(minutes=3)
    house.text("The old one")
    page = browser.get(thread_path(alias)).text
    parts = [
        f"{alias}, 20 Nov 2026, 09:41:17 UTC",
        "Someone <b>paints</b> the bridge",
        "ann@example.org, 20 Nov 2026, 09:44:17 UTC",
        "Which bridge?",
        f"{alias}, 20 Nov 2026, 09:47:17 UTC",
        "The old one",
    ]
    text = html.unescape(re.sub(r"</?(time|p|li|ol)[^>]*>", "", page))
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "<b>paints" not in page


@pytest.mark.parametrize(
    ("pictures", "words"),
    [(1, "1 picture not fetched yet"), (3, "3 pictures not fetched yet")],
)
def test_pictures_are_counted(house: House, pictures: int, words: str) -> None:
    alias = house.text("", pictures=pictures)
    page = house.signed_in("ann").get(thread_path(alias)).text
    assert f">{words}<" in page
    assert "media.example.org" not in page
    plain = house.text("No picture", sender=OTHER_PHONE)
    assert "not fetched yet" not in house.signed_in("ben").get(thread_path(plain)).text


def test_a_word_in_brackets_is_explained_where_it_stands(house: House) -> None:
    signed = house.text("This is Rosa Medina, my cell is 209-555-0142. He sells in the park")
    browser = house.signed_in("ann")
    page = browser.get(thread_path(signed)).text
    assert "[phone 1]" in page
    link = re.search(r'href="(/help#\w+)">What the words in brackets stand for', page)
    assert link
    path, _, anchor = link[1].partition("#")
    explained = browser.get(path).text
    assert f'id="{anchor}">What [phone 1] stands for' in explained
    for kind in KINDS:
        assert f"<strong>[{kind} 1]</strong>" in explained
    plain = house.text("He sells in the park, the [name] is on the wall", sender=OTHER_PHONE)
    assert "words in brackets" not in browser.get(thread_path(plain)).text


def test_opting_out_closes_the_way_back(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    path = thread_path(alias)
    open_page = browser.get(path)
    house.text("STOP")
    page = browser.get(path).text
    assert "This person asked for no more messages." in page
    assert "You cannot reply here: there is no way back" in page
    assert 'name="reply"' not in page
    # A form that was still open is refused, and keeps what was typed.
    answer = browser.submit(path, open_page, reply="Where was that?")
    assert answer.status_code == 409
    assert "There is no way back to this person" in answer.text
    assert "Where was that?" in answer.text
    assert not [text for text in house.deliver() if text.body == "Where was that?"]


def test_opting_in_opens_a_way_back(house: House) -> None:
    old = house.text("A tip")
    house.text("STOP")
    browser = house.signed_in("ann")
    # The tag died with the contact, so it is somebody new who writes on, still without a way back.
    new = house.text("There is more")
    assert new != old
    assert "You cannot reply here" in browser.get(thread_path(new)).text
    house.text("START")
    page = browser.get(thread_path(new)).text
    assert "This person allowed messages again. You can reply." in page
    assert '<label class="usa-label" for="reply">Reply</label>' in page
    assert "You cannot reply here" in browser.get(thread_path(old)).text


def state_of_reply(house: House, alias: str) -> str:
    page = house.signed_in("ben").get(thread_path(alias)).text
    [item] = re.findall(r'<li class="staff"[^>]*>(.*?)</li>', page, re.DOTALL)
    house.clock.move(seconds=30)
    return visible(item).partition("Where? ")[2]


def test_a_reply_is_shown_from_the_box_to_the_phone(house: House) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    assert state_of_reply(house, alias) == "Waiting to be sent"
    [_, sent] = house.deliver()
    assert (sent.recipient, sent.body) == (PHONE, "Where?")
    assert state_of_reply(house, alias) == "Handed to the carrier"
    house.report(sent, "delivered")
    assert state_of_reply(house, alias) == "Delivered"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("30003", "could not be reached"),
        ("30005", "does not know this phone"),
        ("30006", "landline"),
        ("30007", "filtered it out"),
        ("30008", "gave no reason"),
        ("30034", "not registered"),
        ("30036", "in time"),
        ("30001", "Too much was waiting"),
        ("31999", "The carrier's error code is 31999."),
    ],
)
def test_why_a_reply_did_not_arrive_is_said_in_words(house: House, code: str, words: str) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    [_, sent] = house.deliver()
    house.report(sent, "undelivered", code)
    state = state_of_reply(house, alias)
    assert state.startswith("Not delivered ")
    assert words in state


@pytest.mark.parametrize(
    ("code", "words"),
    [(21211, "not a phone number"), (21610, "has opted out"), (21611, "Too much was waiting")],
)
def test_a_refusal_of_the_carrier_is_said_in_words(house: House, code: int, words: str) -> None:
    alias = house.text("A tip")
    house.deliver()
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    house.provider.answers.append(ProviderRefusedError(code))
    house.deliver()
    state = state_of_reply(house, alias)
    assert state.startswith("Not sent ")
    assert words in state


def test_a_contact_that_went_while_a_reply_waited_is_said(house: House) -> None:
    from tipline.identity.models import Contact

    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    with house.stores.perishable.begin() as connection:
        connection.execute(delete(Contact))
    house.deliver()
    assert state_of_reply(house, alias) == "Not sent There was no way back to this person any more."


def test_a_withdrawn_reply_is_said(house: House) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    house.text("STOP")
    assert state_of_reply(house, alias).startswith("Withdrawn before it was sent")


def test_a_forged_outbox_row_is_said_to_be_refused(house: House) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    with house.stores.main.begin() as connection:
        connection.execute(update(Outgoing).values(signature=bytes(73)))
    house.deliver()
    assert state_of_reply(house, alias).startswith("Refused and not sent")


def test_the_automatic_answers_state_is_shown(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    words = "The line's automatic answer"
    assert f"{words} Waiting to be sent" in visible(browser.get(thread_path(alias)).text)
    [sent] = house.deliver()
    house.report(sent, "undelivered", "30006")
    assert f"{words} Not delivered This is a landline" in visible(
        browser.get(thread_path(alias)).text
    )
    assert "Send again" not in browser.get(thread_path(alias)).text


def make_uncertain(house: House, alias: str, by_crash: bool = False) -> None:
    house.deliver()
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    if by_crash:
        from tipline.delivery.claims import claim

        assert len(claim(house.stores.main, bytes(32), house.clock, 8)) == 1
        house.clock.move(seconds=CLAIM.total_seconds() + 1)
        assert house.delivery_worker.give_up_on_crashed() == 1
    else:
        house.provider.answers.append(ProviderUncertainError())
        house.deliver()


@pytest.mark.parametrize("by_crash", [True, False], ids=["crash", "silent-provider"])
def test_an_uncertain_reply_is_sent_again_only_by_a_person(house: House, by_crash: bool) -> None:
    alias = house.text("A tip")
    make_uncertain(house, alias, by_crash)
    assert house.deliver() == [], "never silently"
    browser = house.signed_in("ben")
    path = thread_path(alias)
    page = browser.get(path)
    assert "It is not certain that this was sent. Ask before sending it again." in page.text
    assert 'class="usa-button usa-button--outline quiet">Send again</button>' in page.text
    answer = browser.submit(path + "/send-again", page)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    again = browser.submit(path + "/send-again", page)
    assert again.status_code == 409
    assert "it was not sent again" in again.text
    assert [(text.recipient, text.body) for text in house.deliver()] == [(PHONE, "Where?")]
    page = browser.get(path)
    assert "Handed to the carrier" in page.text
    assert "Send again" not in page.text
    assert page.text.count("Where?") == 1, "it is one reply in the thread"


@pytest.mark.parametrize("sequence", ["", "0", "1", "3", "x", "9" * 40])
def test_only_an_uncertain_reply_can_be_sent_again(house: House, sequence: str) -> None:
    alias = house.text("A tip")
    make_uncertain(house, alias)
    browser = house.signed_in("ben")
    path = thread_path(alias) + "/send-again"
    answer = browser.submit(path, browser.get(thread_path(alias)), sequence=sequence)
    assert answer.status_code == 404
    assert house.deliver() == []


def test_a_certain_reply_cannot_be_sent_again(house: House) -> None:
    alias = house.text("A tip")
    make_uncertain(house, alias)
    browser = house.signed_in("ben")
    page = browser.get(thread_path(alias))
    with house.stores.main.begin() as connection:
        connection.execute(
            update(Outgoing).where(Outgoing.state == "uncertain").values(state="delivered")
        )
    answer = browser.submit(thread_path(alias) + "/send-again", page)
    assert answer.status_code == 409
    assert house.deliver() == []


@pytest.mark.parametrize("alias", ["no-such-12", "%00", "..%2F", "x" * 300, "'--"])
def test_a_thread_that_is_not_there_is_not_found(house: House, alias: str) -> None:
    assert house.signed_in("ann").get(f"/lines/police-tips/threads/{alias}").status_code == 404


def test_no_page_of_anybody_holds_the_number(house: House) -> None:
    alias = house.text("A tip")
    house.signed_in("ann").reply(thread_path(alias), "Where?")
    for text in house.deliver():
        house.report(text, "undelivered", "30003")
    house.clock.move(minutes=1)
    number = PHONE.removeprefix("+1")
    assert number in "".join(text.recipient for text in house.provider.sent)
    for name in house.people:
        browser = house.signed_in(name)
        for path in ("/", thread_path(alias), "/lines/police-tips/set-aside", "/admin"):
            answer = browser.get(path)
            digits = re.sub(r"\D", "", answer.text + str(answer.headers))
            assert number not in digits, path


def test_a_removed_message_leaves_a_word_in_its_place(house: House) -> None:
    alias = house.text("The first")
    house.text("The second")
    with house.stores.main.begin() as connection:
        connection.execute(delete(Message).where(Message.sequence == 1))
    page = visible(house.signed_in("ann").get(thread_path(alias)).text)
    assert page.index("A message is missing here.") < page.index("The second")
    assert IncidentKind.MISSING_MESSAGE.value in incidents(house)


def test_somebody_who_opted_out_does_not_wait_for_an_answer(house: House) -> None:
    house.text("A tip")
    browser = house.signed_in("ann")
    assert "Waiting for an answer" in browser.get("/").text
    house.text("STOP")
    assert "Waiting for an answer" not in browser.get("/").text
