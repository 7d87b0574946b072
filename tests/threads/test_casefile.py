"""Case files: sealed and signed, and no update is lost in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.support.house import BEN, LINE, OTHER_LINE, House
from tests.threads.casework import directory, one_thread, staff_entries
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.threads.casefile import (
    CaseFile,
    Figures,
    LostUpdateError,
    Outcome,
    read_case_file,
    save_case_file,
    stored_version,
    unknown_aliases,
)
from tipline.threads.models import CaseFileRow
from tipline.threads.reading import OpenThread

WHOLE = CaseFile(
    tags=("graffiti", "escuela"),
    related=("quiet-heron-48",),
    case_number="RMS-2026/0815",
    outcome=Outcome.ARREST,
    figures=Figures(1, 2, 1500, 20_000, 3),
)


def save(house: House, thread: OpenThread, case_file: CaseFile) -> CaseFile:
    return save_case_file(
        house.stores, thread, house.bundles[LINE], case_file, "a member", house.clock()
    )


def read(house: House, thread: OpenThread) -> CaseFile:
    return read_case_file(house.stores, thread, directory(house))


def test_what_is_saved_is_read_again_and_each_change_is_noted(house: House) -> None:
    thread = one_thread(house)
    assert read(house, thread) == CaseFile()
    first = save(house, thread, WHOLE)
    assert read(house, thread) == first == replace(WHOLE, version=1)
    second = save(house, thread, replace(first, tags=()))
    assert read(house, thread) == second
    noted = [
        (content.notice, content.author, content.text)
        for _, content in staff_entries(house, thread)
    ]
    assert noted == [
        ("case_file_changed", "a member", "1"),
        ("case_file_changed", "a member", "2"),
    ]


def test_nothing_of_it_stands_in_the_store_in_clear(house: House) -> None:
    thread = one_thread(house)
    save(house, thread, WHOLE)
    (row,) = house.rows(CaseFileRow)
    for word in ("graffiti", "heron", "RMS", "arrest", "1500"):
        assert word.encode() not in row.sealed
    empty = save(house, thread, CaseFile(version=1))
    (later,) = house.rows(CaseFileRow)
    assert len(later.sealed) == len(row.sealed), "nor does its size tell how much there is"
    assert empty.version == 2


@pytest.mark.parametrize("known", [0, 1, 3], ids=["never-read", "read-too-early", "made-up"])
def test_an_update_of_what_somebody_changed_is_refused_whole(house: House, known: int) -> None:
    thread = one_thread(house)
    theirs = save(house, thread, save(house, thread, WHOLE))
    with pytest.raises(LostUpdateError):
        save(house, thread, CaseFile(tags=("mine",), version=known))
    assert read(house, thread) == theirs
    assert len(staff_entries(house, thread)) == 2, "nor is a change noted that was none"


def test_a_case_file_is_believed_only_in_its_place(house: House) -> None:
    thread = one_thread(house)
    save(house, thread, WHOLE)
    house.text(BEN, "fire")
    house.drain()
    alias = next(t.alias for t in house.threads() if t.id != thread.summary.id)
    other = house.open(alias=alias)
    save(house, other, CaseFile(tags=("other",)))
    rows = {row.thread_id: row for row in house.rows(CaseFileRow)}
    foreign = rows[other.summary.id]
    for values in (
        {"sealed": foreign.sealed, "signature": foreign.signature},
        {"signature": bytes(73)},
        {"signature": b""},
        {"sealed": b""},
        {"version": 2},
    ):
        with house.stores.main.begin() as connection:
            statement = update(CaseFileRow).where(CaseFileRow.thread_id == thread.summary.id)
            connection.execute(statement.values(**values))
        with pytest.raises((NotAuthenticError, CannotOpenError)):
            read(house, thread)


def test_a_case_file_that_another_line_signed_is_not_believed(house: House) -> None:
    thread = one_thread(house)
    save_case_file(house.stores, thread, house.bundles[OTHER_LINE], WHOLE, "x", house.clock())
    with pytest.raises(NotAuthenticError):
        read(house, thread)
    # Whoever saves over it, as the version that is stored, has the right one in place again.
    save(house, thread, replace(WHOLE, version=stored_version(house.stores, thread)))
    assert read(house, thread).tags == WHOLE.tags


def test_only_threads_of_the_same_line_are_known(house: House) -> None:
    thread = one_thread(house)
    house.text(BEN, "elsewhere", line=OTHER_LINE)
    house.drain()
    elsewhere = house.only_thread(OTHER_LINE).alias
    asked = [thread.summary.alias, elsewhere, "no-such-12", "' OR 1=1 --"]
    line_id = house.bundles[LINE].line_id
    assert unknown_aliases(house.stores, line_id, asked, "a member") == asked[1:]


@settings(max_examples=60)
@given(
    st.lists(st.text(max_size=20), max_size=5),
    st.text(max_size=40),
    st.sampled_from(Outcome),
    st.lists(st.integers(0, 10**9), min_size=5, max_size=5),
)
def test_any_content_survives(
    tags: list[str], number: str, outcome: Outcome, figures: list[int]
) -> None:
    case_file = CaseFile(tuple(tags), (), number, outcome, Figures(*figures), 7)
    assert CaseFile.from_bytes(case_file.to_bytes(), 7) == case_file


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=60), st.sampled_from([b"{}", b"[]", b"null", b'{"tags": 1}'])))
def test_other_bytes_are_no_case_file(raw: bytes) -> None:
    with pytest.raises(CannotOpenError):
        CaseFile.from_bytes(raw, 1)
