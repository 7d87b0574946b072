"""What is done and its entry are one: both are kept, or neither."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.stores import Urls
from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry
from tipline.audit.models import PendingEntry
from tipline.audit.recording import (
    Acting,
    Recorder,
    UnrecordedChangeError,
    acting,
    begin,
    end,
    housekeeping,
)
from tipline.console.models import Session
from tipline.db.engines import Stores, open_stores
from tipline.db.reading import reading
from tipline.db.schema import Store, upgrade
from tipline.incidents.models import Incident
from tipline.incidents.services import IncidentKind, counts, report

NOW = datetime(2026, 11, 20, 9, 41, 17, 258_000, tzinfo=UTC)


class Desk:
    """A process that records, and what an outsider sees of its stores."""

    def __init__(self, urls: Urls) -> None:
        self.stores: Stores = open_stores(urls.main, urls.perishable)
        upgrade(self.stores.main, Store.MAIN)
        upgrade(self.stores.perishable, Store.PERISHABLE)
        self.others = open_stores(urls.main, urls.perishable)
        self.recorder = Recorder(self.stores, "console", lambda: NOW)

    def entries(self) -> list[Entry]:
        with reading(self.others.main) as connection:
            rows = connection.execute(select(PendingEntry.body).order_by(PendingEntry.id))
            return [Entry.from_bytes(row.body) for row in rows]

    def changes(self) -> int:
        return sum(one.count for one in counts(self.others.main))

    def sessions(self) -> int:
        with reading(self.others.perishable) as connection:
            return len(connection.execute(select(Session.id_hash)).all())

    def change(self) -> None:
        """Anything that the main store keeps."""
        with self.stores.main.begin() as connection:
            report(connection, IncidentKind.FOREIGN_JOB, NOW)

    def change_perishable(self) -> None:
        with self.stores.perishable.begin() as connection:
            add_session(connection)

    def close(self) -> None:
        for stores in (self.stores, self.others):
            stores.main.dispose()
            stores.perishable.dispose()


def add_session(connection: object) -> None:
    columns = Session.__table__.columns
    row = {
        "id_hash": b"h" * 32,
        "member_id": "a" * 32,
        "started_at": NOW.replace(tzinfo=None),
        "seen_at": NOW.replace(tzinfo=None),
    }
    row |= {c.name: b"x" for c in columns if c.name not in row and not c.nullable}
    connection.execute(insert(Session), row)


@pytest.fixture
def desk(urls: Urls) -> Iterator[Desk]:
    desk = Desk(urls)
    yield desk
    end()
    desk.close()


def lock_out_entries(engine: Engine) -> None:
    """Let nobody add an entry any more: a table that is full, broken, or read-only."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_pending RENAME TO audit_gone"))


# A promise that is looked at when a transaction commits, and that no entry keeps.
BROKEN_PROMISE = (
    "CREATE TABLE promised (id INTEGER PRIMARY KEY)",
    "CREATE TABLE promises (id INTEGER REFERENCES promised (id) DEFERRABLE INITIALLY DEFERRED)",
)
PROMISE_WITH_ENTRY = {
    "sqlite": (
        "CREATE TRIGGER promise AFTER INSERT ON audit_pending "
        "BEGIN INSERT INTO promises VALUES (1); END",
    ),
    "postgresql": (
        "CREATE FUNCTION promise() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO promises VALUES (1); RETURN NEW; END $$",
        "CREATE TRIGGER promise AFTER INSERT ON audit_pending "
        "FOR EACH ROW EXECUTE FUNCTION promise()",
    ),
}


def let_commits_fail(engine: Engine, backend: str) -> None:
    """Take entries, and let each commit with one fail: as a disk that is full does."""
    with engine.begin() as connection:
        for statement in (*BROKEN_PROMISE, *PROMISE_WITH_ENTRY[backend]):
            connection.execute(text(statement))


def let_commits_succeed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO promised VALUES (1)"))


def test_an_entry_says_who_did_what_when_and_where(desk: Desk) -> None:
    begin(Acting(Act.CLOSE, actor="b" * 32, line="c" * 32, thread="d" * 32))
    desk.change()
    assert desk.entries() == [
        Entry(
            at=NOW.replace(microsecond=250_000),
            act=Act.CLOSE,
            outcome=Outcome.DONE,
            place="console",
            actor="b" * 32,
            line="c" * 32,
            thread="d" * 32,
        )
    ]


def test_what_is_taken_back_leaves_no_entry(desk: Desk) -> None:
    begin(Acting(Act.CLOSE, actor="b" * 32))
    connection = desk.stores.main.connect()
    transaction = connection.begin()
    report(connection, IncidentKind.FOREIGN_JOB, NOW)
    transaction.rollback()
    connection.close()
    assert (desk.entries(), desk.changes()) == ([], 0)
    desk.change()
    assert [one.act for one in desk.entries()] == [Act.CLOSE]


def test_an_entry_that_was_taken_back_is_written_anew(desk: Desk) -> None:
    begin(Acting(Act.RESTRICT, actor="b" * 32))
    connection = desk.stores.main.connect()
    transaction = connection.begin()
    desk.change_perishable()
    transaction.rollback()
    connection.close()
    assert desk.entries() == []
    desk.change()
    assert [one.act for one in desk.entries()] == [Act.RESTRICT]


def test_without_an_entry_nothing_is_changed(desk: Desk) -> None:
    lock_out_entries(desk.others.main)
    begin(Acting(Act.CLOSE, actor="b" * 32))
    with pytest.raises(SQLAlchemyError):
        desk.change()
    with pytest.raises(SQLAlchemyError):
        desk.change_perishable()
    assert (desk.changes(), desk.sessions()) == (0, 0)


def test_an_entry_whose_commit_fails_is_none(desk: Desk, backend: str) -> None:
    let_commits_fail(desk.others.main, backend)
    looking = Acting(Act.VIEW_THREAD, actor="b" * 32, is_shown=True)
    begin(looking)
    for _ in range(2):
        with pytest.raises(SQLAlchemyError):
            desk.recorder.settle(looking, Outcome.DONE)
        assert looking.outcome is None, "nothing may be shown"
    let_commits_succeed(desk.others.main)
    desk.recorder.settle(looking, Outcome.DONE)
    assert [one.act for one in desk.entries()] == [Act.VIEW_THREAD]


def test_what_is_done_after_a_commit_that_failed_has_an_entry_of_its_own(
    desk: Desk, backend: str
) -> None:
    let_commits_fail(desk.others.main, backend)
    begin(Acting(Act.CLOSE, actor="b" * 32))
    with pytest.raises(SQLAlchemyError):
        desk.change()
    assert (desk.entries(), desk.changes()) == ([], 0)
    let_commits_succeed(desk.others.main)
    desk.change()
    assert ([one.act for one in desk.entries()], desk.changes()) == ([Act.CLOSE], 1)


def test_a_change_that_nobody_has_named_is_not_kept(desk: Desk) -> None:
    for nameless in (None, Acting(None, actor="b" * 32)):
        if nameless is not None:
            begin(nameless)
        with pytest.raises(UnrecordedChangeError):
            desk.change()
    assert desk.changes() == 0


def test_nor_one_of_a_thread_that_was_left_running(desk: Desk) -> None:
    begin(Acting(Act.CLOSE, actor="b" * 32))
    caught = []

    def change() -> None:
        try:
            desk.change()
        except UnrecordedChangeError as error:
            caught.append(error)

    behind = threading.Thread(target=change)
    behind.start()
    behind.join()
    assert len(caught) == 1
    assert desk.changes() == 0


def test_what_the_program_does_by_itself_needs_no_entry(desk: Desk) -> None:
    with housekeeping():
        desk.change()
    assert (desk.entries(), desk.changes()) == ([], 1)


def test_nor_does_it_stand_in_the_way_of_what_is_done_next(desk: Desk) -> None:
    begin(Acting(Act.END_SESSIONS, actor="b" * 32))
    with housekeeping():
        desk.change()
    desk.change_perishable()
    assert ([one.act for one in desk.entries()], desk.sessions()) == ([Act.END_SESSIONS], 1)


def test_the_perishable_store_waits_for_the_entry(desk: Desk) -> None:
    begin(Acting(Act.END_SESSIONS, actor="b" * 32))
    with desk.stores.perishable.begin() as connection:
        assert [one.act for one in desk.entries()] == [Act.END_SESSIONS]
        add_session(connection)
    assert (len(desk.entries()), desk.sessions()) == (1, 1)


def test_one_transaction_inside_the_other(desk: Desk) -> None:
    """The main store's lock is held meanwhile: the entry goes in there, and nobody waits."""
    begin(Acting(Act.RESTRICT, actor="b" * 32))
    with desk.stores.main.begin() as main:
        report(main, IncidentKind.FOREIGN_JOB, NOW)
        desk.change_perishable()
        assert desk.entries() == []
    assert (len(desk.entries()), desk.changes(), desk.sessions()) == (1, 1, 1)


def test_several_changes_have_one_entry_and_several_threads_one_each(desk: Desk) -> None:
    begin(Acting(Act.ASSIGN, actor="b" * 32))
    for thread in ("1" * 32, "1" * 32, "2" * 32):
        acting().turn_to(thread)
        desk.change()
    assert [one.thread for one in desk.entries()] == ["1" * 32, "2" * 32]


def test_what_is_shown_is_settled_once(desk: Desk) -> None:
    looking = Acting(Act.VIEW_THREAD, actor="b" * 32, is_shown=True)
    begin(looking)
    desk.change_perishable()
    assert desk.entries() == []
    for _ in range(2):
        desk.recorder.settle(looking, Outcome.DONE)
    assert [one.outcome for one in desk.entries()] == [Outcome.DONE]


def test_a_failure_that_is_counted_is_no_success(desk: Desk) -> None:
    trying = Acting(Act.SIGN_IN, ends_late=True)
    begin(trying)
    desk.change()
    assert desk.entries() == []
    desk.recorder.settle(trying, Outcome.NOT_DONE)
    assert [one.outcome for one in desk.entries()] == [Outcome.NOT_DONE]


def test_what_fails_after_it_was_recorded_says_so(desk: Desk) -> None:
    ending = Acting(Act.END_SESSIONS, actor="b" * 32)
    begin(ending)
    desk.change_perishable()
    desk.recorder.settle(ending, Outcome.FAILED)
    assert [one.outcome for one in desk.entries()] == [Outcome.DONE, Outcome.FAILED]


def test_reading_needs_nothing(desk: Desk) -> None:
    for engine, table in ((desk.stores.main, Incident), (desk.stores.perishable, Session)):
        with reading(engine) as connection:
            assert connection.execute(select(table)).all() == []
    assert desk.entries() == []
