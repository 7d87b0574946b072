"""Is it alive, and could it keep a message now?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.gateway.helpers import NOTHING, LogLines, kept
from tests.support.house import House

UNREACHABLE = {
    "sqlite": "sqlite:////nowhere/at/all/main.sqlite3",
    "postgresql": "postgresql+psycopg://gateway:secret-password@127.0.0.1:1/nowhere",
}


def ask(house: House, path: str) -> tuple[int, str]:
    answer = house.app.test_client().get(path)
    assert answer.mimetype == "text/plain"
    return answer.status_code, answer.text


def test_ready(house: House, log: LogLines) -> None:
    """Also without a queue, which a house does not have."""
    assert ask(house, "/healthz") == (200, "ok\n")
    assert ask(house, "/readyz") == (200, "ready\n")
    assert kept(house) == NOTHING
    assert log.text == ""


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM published_keys", id="no key"),
        pytest.param("DELETE FROM published_keys WHERE kind = 'intake'", id="no intake key"),
        pytest.param("UPDATE published_keys SET kind = 'x' || kind", id="keys of other kinds"),
        pytest.param("ALTER TABLE alembic_version RENAME TO hidden", id="not migrated"),
        pytest.param("ALTER TABLE published_keys RENAME TO hidden", id="no table of keys"),
    ],
)
def test_not_ready(house: House, log: LogLines, statement: str) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(text(statement))
    assert ask(house, "/readyz") == (503, "not ready\n")
    assert ask(house, "/healthz") == (200, "ok\n")
    assert log.codes() == ["not_ready"]


def test_not_ready_with_a_key_that_is_too_old_until_there_is_a_new_one(house: House) -> None:
    house.clock.move(days=4)
    assert ask(house, "/readyz") == (503, "not ready\n")
    house.keep_keys()
    assert ask(house, "/readyz") == (200, "ready\n")


def test_the_log_says_once_that_it_is_not_ready_and_once_that_it_is_again(
    house: House, log: LogLines
) -> None:
    house.clock.move(days=4)
    for _ in range(3):
        ask(house, "/readyz")
    assert log.codes() == ["not_ready"]
    house.keep_keys()
    for _ in range(3):
        ask(house, "/readyz")
    assert log.codes() == ["not_ready", "ready"]


def test_not_ready_with_a_key_that_nobody_signed(house: House) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(text("UPDATE published_keys SET signature = public"))
    assert ask(house, "/readyz") == (503, "not ready\n")


def test_store_out_of_reach(house: House, backend: str, log: LogLines) -> None:
    """The process starts, is alive and not ready, and tells no password."""
    instance = replace(house.instance, database_url=UNREACHABLE[backend])
    house.app = house.new_gateway(instance=instance)
    assert ask(house, "/healthz") == (200, "ok\n")
    assert ask(house, "/readyz") == (503, "not ready\n")
    assert log.codes() == ["not_ready"]
    assert "secret-password" not in log.text
    assert "nowhere" not in log.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_posting_is_refused(sqlite_house: House, path: str) -> None:
    assert sqlite_house.app.test_client().post(path).status_code == 405
