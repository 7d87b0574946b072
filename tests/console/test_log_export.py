"""What an auditor takes along: a table, and entries that others can check."""

from __future__ import annotations

import base64
import csv
import io
import json

import pytest
from sqlalchemy import update

from tests.console.house import House, visible
from tests.console.test_log_pages import TIP, Records, worked
from tipline.audit.checking import check_inclusion
from tipline.audit.checkpoints import open_checkpoint
from tipline.audit.entries import commitment
from tipline.audit.merkle import leaf_hash
from tipline.audit.models import LogEntry
from tipline.members.models import Member


@pytest.fixture
def records(house: House) -> Records:
    return Records(house)


def test_a_table_of_what_was_found(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    answer = auditor.get("/log/export.csv?act=reply")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="log.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["act"], row["name"], row["outcome"]) for row in rows] == [
        ("reply", "ann@example.org", "done")
    ]
    assert rows[0]["time"].startswith("2026-11-20T09:41:17.00Z")
    assert rows[0]["member"] == house.people["ann"].signed_in.member_id


def test_an_entry_whose_content_was_destroyed_has_all_its_cells(
    house: House, records: Records
) -> None:
    _, auditor = worked(house, records)
    gone = update(LogEntry).where(LogEntry.sequence == 0).values(salt=None, body=None)
    with house.stores.main.begin() as connection:
        connection.execute(gone)
    header, *rows = csv.reader(io.StringIO(auditor.get("/log/export.csv").text))
    assert {len(row) for row in rows} == {len(header)}
    assert rows[-1][0] == "0"
    assert [cell for cell in rows[-1] if cell] == [rows[-1][0], rows[-1][1], rows[-1][4]]


def test_no_cell_is_a_formula(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    with house.stores.main.begin() as connection:
        connection.execute(update(Member).values(name='=HYPERLINK("http://example.org")'))
    text = auditor.get("/log/export.csv").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert '\'=HYPERLINK("http://example.org")' in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_each_entry_is_proved(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    found = json.loads(auditor.get("/log/export.json").text)
    checkpoint, _ = open_checkpoint(found["checkpoint"].encode(), [records.verifier])
    assert found["log"] == checkpoint.origin
    assert len(found["entries"]) == 6
    for one in found["entries"]:
        salt, body = base64.b64decode(one["salt"]), one["entry"].encode("latin-1")
        proof = [base64.b64decode(each) for each in one["proof"]]
        leaf = leaf_hash(commitment(salt, body))
        check_inclusion(leaf, one["number"], checkpoint.size, proof, checkpoint.root)
    assert TIP not in json.dumps(found)


def test_what_is_not_under_a_checkpoint_has_no_proof(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    auditor.get("/log")
    records.sequencer.run()
    newest = json.loads(auditor.get("/log/export.json").text)["entries"][0]
    assert "entry" in newest
    assert "proof" not in newest


def test_taking_it_along_is_in_the_log(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    auditor.get("/log/export.json")
    records.work()
    assert "Exported a part of this log" in visible(auditor.get("/log").text)


def test_a_filter_that_is_wrong_exports_nothing(house: House, records: Records) -> None:
    _, auditor = worked(house, records)
    for name in ("csv", "json"):
        answer = auditor.get(f"/log/export.{name}?since=yesterday")
        assert answer.headers["Location"] == "/log?since=yesterday"
    assert "Write a day as in" in auditor.get(answer.headers["Location"]).text


def test_before_there_is_a_log(house: House) -> None:
    answer = house.signed_in("aud").get("/log/export.json")
    assert answer.headers["Location"] == "/log"
