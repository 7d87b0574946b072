"""What is committed stays, what is deleted goes, and an error's text holds no value."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.db.models import all_metadata, made_up_row
from tests.support.stores import PostgresServer
from tipline.db import schema
from tipline.db.engines import empty_write_ahead_log, open_store, sqlite_url
from tipline.db.reading import reading
from tipline.db.schema import Store
from tipline.envelopes.models import DedupeTag, Envelope, SetAside

IN_FORCE = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit is on the disk when it returns
    "secure_delete": 1,
    "foreign_keys": 1,
    "temp_store": 2,  # MEMORY: no temporary file
    "busy_timeout": 10_000,
}
SECRET = "+12095550141 meet me behind the school"
DAY = date(2026, 11, 2)


@pytest.fixture
def sqlite(tmp_path: Path) -> Engine:
    engine = open_store(sqlite_url(tmp_path / "main.sqlite3"))
    schema.upgrade(engine, Store.MAIN)
    return engine


def pragmas(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in IN_FORCE}


def test_every_new_connection_is_prepared(sqlite: Engine) -> None:
    sqlite.dispose()
    connections = [sqlite.connect().execution_options(read_only=True) for _ in range(8)]
    try:
        assert len({id(connection.connection.dbapi_connection) for connection in connections}) == 8
        assert [pragmas(connection) for connection in connections] == [IN_FORCE] * 8
    finally:
        for connection in connections:
            connection.close()
    sqlite.dispose()


def files_with(folder: Path, needle: bytes) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if needle in file.read_bytes())


@pytest.mark.parametrize("size", [40, 5000, 60_000], ids=["in a page", "page", "overflow pages"])
def test_the_bytes_of_a_deleted_row_are_in_no_file(
    sqlite: Engine, tmp_path: Path, size: int
) -> None:
    needle = b"canary-of-a-deleted-row"
    body = (needle * (size // len(needle) + 1))[:size]
    rows = [
        made_up_row(Envelope.__table__) | {"id": number, "sealed": body} for number in (1, 2, 3)
    ]
    with sqlite.begin() as connection:
        connection.execute(insert(Envelope), rows)
        # Here it is in an index as well.
        connection.execute(insert(DedupeTag), {"tag": needle, "day": DAY})
    assert files_with(tmp_path, needle) != []
    empty_write_ahead_log(sqlite)
    assert files_with(tmp_path, needle) == ["main.sqlite3"]
    with sqlite.begin() as connection:
        connection.execute(delete(Envelope))
        connection.execute(delete(DedupeTag))
    empty_write_ahead_log(sqlite)
    assert files_with(tmp_path, needle) == []
    assert (tmp_path / "main.sqlite3-wal").stat().st_size == 0
    sqlite.dispose()


def test_bytes_that_were_replaced_are_in_no_file_either(sqlite: Engine, tmp_path: Path) -> None:
    needle = b"canary-of-a-replaced-value"
    with sqlite.begin() as connection:
        connection.execute(
            insert(Envelope), made_up_row(Envelope.__table__) | {"sealed": needle * 300}
        )
    with sqlite.begin() as connection:
        connection.execute(text("UPDATE envelopes SET sealed = x'00'"))
    empty_write_ahead_log(sqlite)
    assert files_with(tmp_path, needle) == []
    sqlite.dispose()


def test_emptying_the_log_does_nothing_elsewhere(main: Engine) -> None:
    """On PostgreSQL there is none to empty, and on each the rows stay."""
    with main.begin() as connection:
        connection.execute(insert(DedupeTag), {"tag": b"t" * 32, "day": DAY})
    empty_write_ahead_log(main)
    with reading(main) as connection:
        assert connection.execute(select(DedupeTag.tag)).scalars().all() == [b"t" * 32]


def test_ids_of_deleted_rows_do_not_come_back(main: Engine) -> None:
    """Also not after a restart: an id in a log or a job must never mean another resident's row."""
    row = made_up_row(SetAside.__table__)
    del row["id"]

    def new_id(engine: Engine) -> int:
        with engine.begin() as connection:
            connection.execute(insert(SetAside), row)
            return connection.execute(select(SetAside.id)).scalars().one()

    def empty(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(delete(SetAside))

    seen = []
    for _ in range(3):
        seen.append(new_id(main))
        empty(main)
    main.dispose()
    again = open_store(main.url.render_as_string(hide_password=False))
    seen.append(new_id(again))
    again.dispose()
    assert seen == sorted(set(seen))


def test_every_table_that_numbers_its_rows_never_numbers_two_alike(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        made = {row.name: row.sql for row in connection.execute(query)}
    numbered = [
        table.name
        for table in all_metadata()[Store.MAIN].sorted_tables
        if [column.name for column in table.primary_key] == ["id"]
        and table.c.id.type.python_type is int
    ]
    assert len(numbered) > 3
    assert [name for name in numbered if "AUTOINCREMENT" not in made[name]] == []
    sqlite.dispose()


Failing = Callable[[Connection], object]


def twice(connection: Connection) -> None:
    row = made_up_row(Envelope.metadata.tables["members"]) | {"email": SECRET}
    for member in ("one", "two"):
        connection.execute(insert(Envelope.metadata.tables["members"]), row | {"id": member})


def not_null(connection: Connection) -> None:
    row = made_up_row(Envelope.metadata.tables["lines"]) | {"address": SECRET, "slug": None}
    connection.execute(insert(Envelope.metadata.tables["lines"]), row)


def no_number(connection: Connection) -> None:
    connection.execute(text("SELECT lane FROM no_such_table WHERE lane = :x"), {"x": SECRET})


def no_cast(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("SELECT json_extract(:x, '$')"), {"x": SECRET})
    else:
        connection.execute(text("SELECT CAST(:x AS integer)"), {"x": SECRET})


@pytest.mark.parametrize("failing", [twice, not_null, no_number, no_cast])
def test_an_errors_text_holds_no_value_that_was_handed_over(main: Engine, failing: Failing) -> None:
    """A traceback, a crash report or a queue would otherwise show a number or a message.

    PostgreSQL itself repeats values: `DETAIL: Key (email)=(...)`, `Failing row contains (...)`.
    """
    with pytest.raises(DBAPIError) as caught, main.begin() as connection:
        failing(connection)
    error: BaseException | None = caught.value
    while error is not None:
        for shown in (str(error), repr(error), str(error.args)):
            assert "5550141" not in shown
            assert "school" not in shown
        error = error.__cause__ or error.__context__


def test_nobody_waits_for_ever_for_a_lock_of_postgresql(postgres: PostgresServer) -> None:
    url = make_url(postgres.url("postgres"))
    own = url.update_query_dict({"options": "-c lock_timeout=50"})
    for asked, waits in ((url, "10s"), (own, "50ms")):
        engine = open_store(asked.render_as_string(hide_password=False))
        with reading(engine) as connection:
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == waits
        engine.dispose()


def test_a_server_that_is_away_is_told_in_its_own_words(postgres: PostgresServer) -> None:
    """They name no value, and the operator needs them."""
    engine = open_store(postgres.url("no_such_database"))
    with pytest.raises(OperationalError, match="no_such_database"), engine.connect():
        pass
    engine.dispose()


def test_an_errors_type_and_statement_stay(main: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, main.begin() as connection:
        no_number(connection)
    assert "no_such_table" in str(caught.value.statement)


def test_reading_does_not_wait_for_a_writer(main: Engine) -> None:
    """A page must open while a batch is being written. SQLite lets only one write at a time."""
    with main.begin() as writer:
        writer.execute(insert(DedupeTag), {"tag": b"t" * 32, "day": DAY})
        with reading(main) as connection:
            connection.execute(text("SELECT 1"))
            assert connection.execute(select(DedupeTag.tag)).all() == []
    with reading(main) as connection:
        assert len(connection.execute(select(DedupeTag.tag)).all()) == 1


def test_reading_sees_one_state_while_others_write(main: Engine) -> None:
    """Otherwise a page shows a thread that counts a message which it does not find."""
    with reading(main) as connection:
        assert connection.execute(select(DedupeTag.tag)).all() == []
        with main.begin() as writer:
            writer.execute(insert(DedupeTag), {"tag": b"t" * 32, "day": DAY})
        assert connection.execute(select(DedupeTag.tag)).all() == []


def test_reading_leaves_nothing_behind_for_the_next_user_of_the_connection(main: Engine) -> None:
    """The pool hands the same connection on: it must take the write lock again."""
    with reading(main) as connection:
        connection.execute(select(DedupeTag.tag)).all()
    with main.begin() as writer:
        writer.execute(insert(DedupeTag), {"tag": b"t" * 32, "day": DAY})
    with main.begin() as writer:
        before = writer.execute(select(DedupeTag.tag)).all()
        with main.connect().execution_options(read_only=True) as other:
            assert other.execute(select(DedupeTag.tag)).all() == before


def test_writers_take_turns_and_none_fails(main: Engine) -> None:
    """Reading first and writing then is what makes SQLite refuse a deferred transaction."""
    count = 8
    start = threading.Barrier(count)
    failed: list[BaseException] = []

    def write(number: int) -> None:
        start.wait()
        try:
            with main.begin() as connection:
                connection.execute(select(DedupeTag.tag)).all()
                connection.execute(insert(DedupeTag), {"tag": bytes([number]) * 32, "day": DAY})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(main) as connection:
        assert len(connection.execute(select(DedupeTag.tag)).all()) == count
