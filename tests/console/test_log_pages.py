"""The auditor's page: who did what, without a word of any tip."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.console.house import Browser, House, thread_path, visible
from tipline.audit.checkpoints import Checkpoint
from tipline.audit.continuing import continue_log
from tipline.audit.keys import RecordsKeys
from tipline.audit.publishing import Publisher
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner, sign_note
from tipline.audit.unusual import MANY_REFUSALS
from tipline.crypto.signing import SigningKey

TIP = "A tip from a window across the road"


class Records:
    """The records worker's part."""

    def __init__(self, house: House) -> None:
        self.engine, clock = house.stores.main, house.clock
        signer = NoteSigner("tips.example.org/log", SigningKey.generate())
        self.sequencer = Sequencer(self.engine, clock)
        self.publisher = Publisher(self.engine, signer, clock)
        self.verifier = signer.verifier
        self.sequencer.begin(signer.verifier)

    def work(self) -> None:
        self.sequencer.run()
        self.publisher.publish_if_due()


@pytest.fixture
def records(house: House) -> Records:
    return Records(house)


def rows(page: str) -> list[str]:
    """The entries on a page, each in one line. Above them there may be a table of days."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr>(.*?)</tr>", bodies[-1], re.DOTALL) if bodies else []
    return [visible(row) for row in found]


def worked(house: House, records: Records) -> tuple[str, Browser]:
    """Ann views a thread and replies; Sue views it. Return its alias and the auditor's browser."""
    alias = house.text(TIP)
    house.signed_in("ann").reply(thread_path(alias), "Where exactly?")
    house.signed_in("sue").get(thread_path(alias))
    auditor = house.signed_in("aud")
    records.work()
    return alias, auditor


def test_who_did_what_the_newest_first(house: House, records: Records) -> None:
    alias, auditor = worked(house, records)
    found = rows(auditor.get("/log").text)
    assert [re.sub(r"^\d+ .*? UTC ", "", row) for row in found] == [
        "aud@example.org Signed in",
        f"sue@example.org Viewed a thread {alias} Police Tips",
        "sue@example.org Signed in",
        f"ann@example.org Replied {alias} Police Tips",
        f"ann@example.org Viewed a thread {alias} Police Tips",
        "ann@example.org Signed in",
    ]


def test_the_auditor_sees_no_tip(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    page = auditor.get("/log").text
    for words in (TIP, "window", "Where exactly"):
        assert words not in page


def test_the_whole_history_of_a_thread(house: House, records: Records) -> None:
    alias, auditor = worked(house, records)
    link = re.search(rf'href="(/log\?alias={alias})"', auditor.get("/log").text)
    assert link is not None
    assert len(rows(auditor.get(link[1]).text)) == 3
    other = house.text("Another tip", sender="+12095550143")
    assert rows(auditor.get(f"/log?alias={other}").text) == []


def test_by_person_act_and_day(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    ann = house.people["ann"].signed_in.member_id
    assert len(rows(auditor.get(f"/log?who={ann}").text)) == 3
    assert len(rows(auditor.get(f"/log?who={ann}&act=reply").text)) == 1
    assert len(rows(auditor.get("/log?act=view_thread").text)) == 2
    assert len(rows(auditor.get("/log?since=2026-11-20&until=2026-11-20").text)) == 6
    for apart in ("since=2026-11-21", "until=2026-11-19"):
        page = auditor.get(f"/log?{apart}").text
        assert rows(page) == []
        assert "Nothing was found." in page


def test_what_is_typed_wrong_stands_beside_its_field(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    page = auditor.get("/log?since=yesterday&alias=no-such-alias").text
    assert "Write a day as in 2026-11-20." in page
    assert "There is no thread with this alias, or no longer." in page
    assert 'value="yesterday"' in page
    assert rows(page) == []


def test_page_by_page(house: House, records: Records) -> None:
    auditor = house.signed_in("aud")
    for _ in range(120):
        auditor.get("/log")
    records.work()
    seen, path = [], "/log?act=view_log"
    while path:
        page = auditor.get(path).text
        numbers = [int(row.split()[0]) for row in rows(page)]
        assert len(numbers) <= 50
        seen += numbers
        older = re.search(r'href="([^"]*before=\d+[^"]*)">Older', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == 120
    assert seen == sorted(set(seen), reverse=True)


def test_looking_at_the_log_is_in_the_log(house: House, records: Records) -> None:
    auditor = house.signed_in("aud")
    auditor.get("/log")
    records.work()
    assert "Viewed this log" in rows(auditor.get("/log").text)[0]


def test_what_fills_a_checkpoint_is_not_shown(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    house.clock.move(days=1)
    auditor = house.signed_in("aud")
    records.work()
    page = auditor.get("/log").text
    assert len(rows(page)) == 7
    assert "of 512 entries" in visible(page)


def test_a_log_that_falls_silent_is_said_to(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    assert 'role="alert"' not in auditor.get("/log").text
    house.clock.move(minutes=61)
    auditor = house.signed_in("aud")
    said = visible(auditor.get("/log").text)
    assert "have been waiting for more than an hour" in said
    house.clock.move(hours=25)
    auditor = house.signed_in("aud")
    said = visible(auditor.get("/log").text)
    assert "no new checkpoint for more than a day" in said


def test_before_there_is_a_log(house: House) -> None:
    said = visible(house.signed_in("aud").get("/log").text)
    assert "There is no log yet" in said


def test_an_entry_whose_content_was_destroyed(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    with house.stores.main.begin() as connection:
        connection.execute(text("UPDATE audit_entries SET salt = NULL, body = NULL"))
    page = auditor.get("/log").text
    assert len(rows(page)) == 6
    assert "Its content cannot be read any more." in rows(page)[0]


def test_in_spanish(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    page = auditor.get("/log", headers={"Accept-Language": "es"}).text
    assert "Respondió" in page


def test_half_a_day_is_no_reason_to_alarm(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    house.clock.now += timedelta(hours=10)
    auditor = house.signed_in("aud")
    records.work()
    assert 'role="alert"' not in auditor.get("/log").text


# -- after a restore ---------------------------------------------------------------------------


@pytest.fixture
def restarted(house: House) -> Browser:
    """An auditor, after a restore from a backup that has 256 of the 512 that were witnessed."""
    keys = RecordsKeys.load(house.folders.records)
    signer = keys.signer(keys.new_origin("https://tips.example.org"))
    sequencer = Sequencer(house.stores.main, house.clock)
    sequencer.begin(signer.verifier)
    house.signed_in("ann").get(thread_path(house.text(TIP)))
    auditor = house.signed_in("aud")
    auditor.submit("/log/review", auditor.get("/log/review"))
    sequencer.run()
    Publisher(house.stores.main, signer, house.clock).publish()
    witnessed = Checkpoint(signer.verifier.name, 512, bytes(32)).text()
    house.signed_in("sue").get("/")
    continue_log(house.stores.main, keys, sign_note(witnessed, signer), house.clock)
    return auditor


def test_a_log_that_goes_on_says_after_which(restarted: Browser) -> None:
    page = restarted.get("/log").text
    said = visible(page)
    assert re.search(
        r"This log goes on after a restore\. The one before, tips\.example\.org/log/[0-9a-f]{8}, "
        r"had 512 entries when it was last witnessed\. 256 of them, at least, are not here any more"
        r": they are lost\.",
        said,
    )
    acts = [re.sub(r"^\d+ .*? UTC ", "", row) for row in rows(page)]
    assert acts[-1] == "the operator, by command Let the log go on after a restore"
    assert "sue@example.org Signed in" in acts, "what waited has a number now"
    assert not any("Viewed a thread" in act for act in acts)
    assert "There has been no new checkpoint" not in said


def test_the_log_before_can_still_be_read(restarted: Browser) -> None:
    in_use = restarted.get("/log").text
    assert "No witness is registered" in visible(in_use)
    link = re.search(r'href="(/log\?log=1)">What is here', in_use)
    assert link is not None
    page = restarted.get(link[1]).text
    assert "No witness is registered" not in visible(page), "nobody can do anything about it now"
    assert "This log has ended" in visible(page)
    assert "The log that is in use" in visible(page)
    assert any("Viewed a thread" in row for row in rows(page))
    assert not any("Let the log go on" in row for row in rows(page))
    assert '<input type="hidden" name="log" value="1">' in page, "a search stays in it"
    exported = restarted.get("/log/export.json?log=1").get_json()
    newest = restarted.get("/log/export.json").get_json()
    assert newest["log"].startswith(exported["log"] + "/2-")
    assert {"view_thread"} <= {json.loads(one["entry"])["act"] for one in exported["entries"]}


@pytest.mark.parametrize("number", ["2000", "7"])
def test_there_is_no_such_log(number: str, restarted: Browser) -> None:
    assert restarted.get(f"/log?log={number}").status_code == 404


def test_a_review_of_the_log_before_counts(restarted: Browser) -> None:
    said = visible(restarted.get("/log/review").text)
    assert "has not been reviewed for a week" not in said


def test_what_was_unusual_before_is_pointed_out_still(house: House) -> None:
    keys = RecordsKeys.load(house.folders.records)
    signer = keys.signer(keys.new_origin("https://tips.example.org"))
    sequencer = Sequencer(house.stores.main, house.clock)
    sequencer.begin(signer.verifier)
    cyd, alias = house.signed_in("cyd"), house.text(TIP)
    for _ in range(MANY_REFUSALS):
        cyd.get(thread_path(alias))
    sequencer.run()
    note = Publisher(house.stores.main, signer, house.clock).publish().encode()
    continue_log(house.stores.main, keys, note, house.clock)
    (row,) = rows(house.signed_in("aud").get("/log/review").text)
    assert "cyd@example.org asked 10 times for what is not for them" in row
