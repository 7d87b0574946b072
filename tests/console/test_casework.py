"""The thread page as casework: who did what, notes, closing, days, pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, func, select, update

from tests.console.house import START, House, hidden_fields, incidents, thread_path, visible
from tipline.console.thread.event_words import event_words
from tipline.console.thread.segment_words import advice_words
from tipline.incidents.services import IncidentKind
from tipline.text.segments import advise
from tipline.threads.contents import MessageContent
from tipline.threads.events import Event
from tipline.threads.models import Message, Thread


def entry_of(page: str, words: str) -> str:
    """The class of the entry in which these words stand."""
    for kind, body in re.findall(r'<li class="([a-z ]+)"[^>]*>(.*?)</li>', page, re.DOTALL):
        if words in visible(body):
            return str(kind)
    raise AssertionError(f"no entry says {words}")


def test_a_note_is_seen_by_staff_and_sent_to_nobody(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    house.deliver()
    answer = ann.submit(path + "/note", ann.get(path), note=" He lies <b>\r\nI think ")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    page = house.signed_in("ben").get(path).text
    assert "He lies &lt;b&gt;\nI think</p>" in page
    assert entry_of(page, "He lies") == "note", "not like a reply"
    assert "Internal note, not sent ann@example.org" in visible(page)
    assert house.deliver() == []
    assert "Waiting for an answer" in ann.get("/").text
    # The two boxes are two forms with a button each.
    assert hidden_fields(page, path)["token"] != hidden_fields(page, path + "/note")["token"]
    assert ">Add note</button>" in page


def test_a_note_that_is_not_taken_stays_in_its_box(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    page = ann.get(path)
    empty = ann.submit(path + "/note", page, note=" ")
    assert empty.status_code == 400
    assert 'id="note-problem">Write something first.' in empty.text
    long = ann.submit(path + "/note", page, note="n" * 8001)
    assert long.status_code == 400
    assert "n" * 8001 + "</textarea>" in long.text
    assert ann.submit(path + "/note", page, note="Once").status_code == 303
    again = ann.submit(path + "/note", page, note="Twice")
    assert again.status_code == 409
    assert "Twice</textarea>" in again.text
    assert ann.submit(path + "/note", again, note="Twice").status_code == 303
    assert len(house.rows(Message)) == 3


def test_a_note_survives_the_end_of_the_session(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    form = {**hidden_fields(ann.get(path).text, path + "/note"), "note": "A long thought"}
    house.clock.move(minutes=31)
    headers = {"Origin": "http://localhost"}
    answer = ann.client.post(path + "/note", data=form, headers=headers)
    assert answer.status_code == 401
    assert "A long thought</textarea>" in answer.text


def test_closing_reopening_and_who_did_it(house: House) -> None:
    alias = house.text("A tip")
    path = thread_path(alias)
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    open_page = ben.get(path)
    assert ann.submit(path + "/close", ann.get(path)).status_code == 303
    page = ann.get(path).text
    assert "ann@example.org closed this thread" in visible(page)
    assert entry_of(page, "closed this thread") == "notice"
    assert '<span class="usa-tag">Closed</span>' in page
    late = ben.submit(path + "/close", open_page)
    assert late.status_code == 409
    assert "Somebody else has closed this thread already." in late.text
    assert ben.submit(path + "/reopen", ben.get(path)).status_code == 303
    page = ann.get(path).text
    assert "ben@example.org reopened this thread" in visible(page)
    assert '<span class="usa-tag">Closed</span>' not in page


def test_a_residents_message_reopens_a_thread_and_says_so(house: House) -> None:
    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    ann.submit(path + "/close", ann.get(path))
    house.text("There is more")
    house.text("And more")
    page = ann.get(path).text
    assert '<span class="usa-tag">Closed</span>' not in page
    assert visible(page).count("This message reopened the thread") == 1
    assert "There is more This message reopened the thread" in visible(page)


def test_every_event_has_words() -> None:
    unknown = event_words(MessageContent("", START, notice="nonsense"), {}, "somebody")
    for event in Event:
        detail = "es" if event is Event.LANGUAGE_CHANGED else ""
        content = MessageContent(detail, START, notice=event.value)
        assert event_words(content, {}, "somebody") != unknown, event


def test_names_in_an_event_are_text() -> None:
    content = MessageContent("b,c", START, author="a", notice=Event.ASSIGNED)
    names = {"a": "Ann <i>", "b": "Ben & 50%(who)s"}
    assert event_words(content, names, "somebody") == (
        "<b>Ann &lt;i&gt;</b> assigned this thread to Ben &amp; 50%(who)s, somebody"
    )


def test_staff_do_not_see_what_only_the_program_can_name(house: House) -> None:
    """A member who is gone, and an event of a later version, are said and hide nothing."""
    from tipline.members.models import Member

    path = thread_path(house.text("A tip"))
    ann = house.signed_in("ann")
    ann.submit(path + "/close", ann.get(path))
    with house.stores.main.begin() as connection:
        connection.execute(delete(Member).where(Member.email == "ann@example.org"))
    page = visible(house.signed_in("ben").get(path).text)
    assert "a former member closed this thread" in page


def test_days_are_parted_where_the_date_changes(house: House) -> None:
    path = thread_path(house.text("On Friday"))
    house.clock.move(hours=14, minutes=18)  # a second before midnight, UTC
    house.text("Late on Friday")
    house.clock.move(minutes=1)
    house.text("On Saturday")
    page = visible(house.signed_in("ann").get(path).text)
    assert page.count("Friday, 20 Nov 2026") == page.count("Saturday, 21 Nov 2026") == 1
    parts = ["Friday, 20 Nov", "On Friday", "Late on Friday", "Saturday, 21 Nov", "On Saturday"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "1", "9" * 40, "1.5"])
def test_a_page_that_is_none(house: House, before: str) -> None:
    path = thread_path(house.text("A tip"))
    assert house.signed_in("ann").get(path + f"?before={before}").status_code == 404


def test_a_long_conversation_is_shown_in_pages_and_only_what_is_shown_is_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = thread_path(house.text("entry-1."))
    ann = house.signed_in("ann")
    ann.reply(path, "entry-2.")
    fill(house, 230)
    [thread] = house.rows(Thread)
    assert thread.messages == 230
    opened: list[int] = []
    from tipline.console.thread import conversation

    real = conversation.open_message
    monkeypatch.setattr(
        conversation,
        "open_message",
        lambda *given: (opened.append(given[1].sequence), real(*given))[1],
    )
    seen: set[int] = set()
    page = ann.get(path).text
    assert (min(opened), max(opened), page.count("entry-")) >= (121, 230, 100)
    while True:
        seen |= {int(one) for one in re.findall(r'id="entry-(\d+)"', page)}
        earlier = re.search(r'href="([^"]+\?before=\d+)">Earlier messages', page)
        if earlier is None:
            break
        page = ann.get(earlier[1]).text
        assert 'name="reply"' not in page, "who replies has the newest before them"
        assert "Go to the newest messages to reply" in page
    assert seen == set(range(1, 231))
    assert "The line's automatic answer" in page
    assert IncidentKind.MISSING_MESSAGE.value not in incidents(house)
    with house.stores.main.begin() as connection:
        connection.execute(delete(Message).where(Message.sequence.in_([20, 200])))
    for where in ("", "?before=31"):
        assert visible(ann.get(path + where).text).count("A message is missing here.") == 1


def fill(house: House, total: int) -> None:
    """Put residents' messages into the only thread until it has so many."""
    from tipline.crypto.sealing import SealingKey
    from tipline.crypto.signing import SigningKey
    from tipline.intake.keys import SIGNING
    from tipline.threads.contents import MessageContent, MessageKind, MessagePlace, seal_message

    [thread] = house.rows(Thread)
    signer = SigningKey(house.folders.intake.read(SIGNING))
    public = SealingKey(thread.public)
    rows = []
    for sequence in range(thread.messages + 1, total + 1):
        place = MessagePlace(thread.line_id, thread.id, sequence, MessageKind.RESIDENT)
        content = MessageContent(f"entry-{sequence}.", house.clock())
        sealed = seal_message(content, place, public, signer)
        rows.append(
            {
                "thread_id": place.thread_id,
                "sequence": sequence,
                "kind": place.kind.value,
                "sealed": sealed.sealed,
                "signature": sealed.signature,
                "source": sequence.to_bytes(32, "big"),
                "hour": house.clock().replace(minute=0, second=0, tzinfo=None),
            }
        )
    with house.stores.main.begin() as connection:
        connection.execute(Message.__table__.insert(), rows)
        count = select(func.count()).select_from(Message).scalar_subquery()
        connection.execute(update(Thread).values(messages=count))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Á" + "a" * 140, "Á makes this 3 segments (UCS-2). Write A for Á: then it is 1 segment."),
        (
            "Á’" + "a" * 140,
            "Á, ’ make this 3 segments (UCS-2). Write A for Á, ' for ’: then it is 1 segment.",
        ),
        (
            "\u00a0e\u0301" + "a" * 80,
            "U+00A0, U+0301 make this 2 segments (UCS-2). Write a space for U+00A0, nothing for "
            "U+0301: then it is 1 segment.",
        ),
        ("😀" * 40, "😀 makes this 2 segments (UCS-2)."),
        ("Á", ""),
        ("a" * 500, ""),
    ],
    ids=["one", "two", "unseen", "no-way", "free", "long"],
)
def test_what_makes_a_text_dear_is_said(text: str, words: str) -> None:
    assert advice_words(advise(text)) == words


def test_whoever_reads_at_night_is_told(house: House) -> None:
    path = thread_path(house.text("A tip"))
    words = "A text sent before 9 AM or after 9 PM may be held by carriers"
    assert words not in house.signed_in("ann").get(path).text
    house.clock.move(hours=11, minutes=19)
    page = house.signed_in("ann").get(path).text
    assert f"It is 21:00 UTC where this line works. {words}" in visible(page)
