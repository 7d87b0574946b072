"""A real server refuses each process what is not its own: every table, and every act, is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

import config
from tests.db.models import all_metadata, fill
from tests.support.roles import Roles, temporary_roles
from tests.support.stores import PostgresServer, Urls, empty_stores
from tipline.db.engines import open_store
from tipline.db.schema import Store
from tipline.instance import database_roles, provisioning
from tipline.instance.database_roles import GRANTS, NoRolesHereError, RolesMissingError

METADATA = all_metadata()
PROCESSES = ("gateway", "console", "intake", "delivery", "records", "metrics")
# The only one of the two stores that a process connects to.
ONLY_STORE = {"records": Store.MAIN}
VERB = re.compile(r"([A-Z]+)(?: \(([a-z_, ]+)\))?")
NOT_ALLOWED = "42501"  # insufficient_privilege
# All that the gateway may do. (With what is new, it reads which of its own dedupe tags were.)
GATEWAY = {
    ("audit_checkpoints", "SELECT log"),
    ("audit_checkpoints", "SELECT note"),
    ("audit_checkpoints", "SELECT size"),
    ("audit_entries", "SELECT commitment"),
    ("audit_entries", "SELECT log"),
    ("audit_entries", "SELECT sequence"),
    ("audit_logs", "SELECT number"),
    ("audit_logs", "SELECT origin"),
    ("audit_tiles", "SELECT"),
    ("dedupe_tags", "INSERT"),
    ("dedupe_tags", "SELECT tag"),
    ("envelopes", "INSERT"),
    ("status_reports", "INSERT"),
    ("line_keys", "SELECT"),
    ("lines", "SELECT"),
    ("published_keys", "SELECT"),
    ("letters", "SELECT"),
    ("mailboxes", "SELECT"),
    ("receipt_salts", "SELECT"),
}


@dataclass(frozen=True)
class Server:
    """Both stores, migrated and with a row in every table, and the roles."""

    urls: Urls
    roles: Roles
    settings: config.InstanceSettings

    def url(self, store: Store) -> str:
        return str(getattr(self.urls, store.value))

    def as_process(self, process: str, store: Store) -> Engine:
        return create_engine(self.roles.url(process, self.url(store)), isolation_level="AUTOCOMMIT")


@pytest.fixture(scope="module")
def server(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with (
        temporary_roles(postgres) as roles,
        empty_stores("postgresql", tmp_path_factory.mktemp("stores"), postgres) as urls,
    ):
        settings = config.InstanceSettings.from_environment(
            {
                "TIPLINE_DATABASE_URL": urls.main,
                "TIPLINE_PERISHABLE_URL": urls.perishable,
                "TIPLINE_DATABASE_ROLES": roles.prefix,
            }
        )
        provisioning.migrate(settings)
        for store, metadata in METADATA.items():
            engine = open_store(getattr(urls, store.value))
            fill(engine, metadata)
            engine.dispose()
        yield Server(urls, roles, settings)


def may(engine: Engine, statement: str) -> bool:
    """Try it in vain: what the server refuses for another reason it would have allowed."""
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", "") != NOT_ALLOWED
    return True


def acts(table: Table) -> Iterator[tuple[str, str]]:
    """Everything that can be done to a table, and the statement that does it."""
    yield "SELECT", f"SELECT * FROM {table.name}"
    yield "INSERT", f"INSERT INTO {table.name} DEFAULT VALUES"
    yield "DELETE", f"DELETE FROM {table.name}"
    yield "TRUNCATE", f"TRUNCATE {table.name}"
    yield "LOCK", f"SELECT 1 FROM {table.name} FOR UPDATE"
    yield "DROP", f"DROP TABLE {table.name}"
    yield "ALTER", f"ALTER TABLE {table.name} ADD COLUMN more integer"
    yield "INDEX", f"CREATE INDEX ON {table.name} (({table.columns[0].name}))"
    for column in table.columns:
        yield f"SELECT {column.name}", f"SELECT {column.name} FROM {table.name}"
        yield f"UPDATE {column.name}", f"UPDATE {table.name} SET {column.name} = DEFAULT"


def allowed(server: Server, process: str, store: Store) -> set[tuple[str, str]]:
    """What the server lets a process do; a column that is read with its whole row is not named."""
    engine = server.as_process(process, store)
    found = {
        (table.name, act)
        for table in METADATA[store].sorted_tables
        for act, statement in acts(table)
        if may(engine, statement)
    }
    engine.dispose()
    whole = {name for name, act in found if act == "SELECT"}
    return {
        (name, act) for name, act in found if not act.startswith("SELECT ") or name not in whole
    }


def declared(process: str, store: Store) -> set[tuple[str, str]]:
    """The same, from what the program says that it grants."""
    found = set()
    for table, verbs in GRANTS[process].get(store, {}).items():
        for verb, columns in VERB.findall(verbs):
            names = columns.split(", ") if columns else METADATA[store].tables[table].columns.keys()
            if verb == "UPDATE":
                found |= {(table, f"UPDATE {name}") for name in names} | {(table, "LOCK")}
            else:
                found |= (
                    {(table, f"{verb} {name}") for name in names} if columns else {(table, verb)}
                )
    return found


each_connection = pytest.mark.parametrize(
    ("process", "store"),
    [
        (process, store)
        for process in PROCESSES
        for store in Store
        if store is ONLY_STORE.get(process, store)
    ],
)


def test_the_gateway_may_add_what_it_keeps_and_nothing_else(server: Server) -> None:
    found = allowed(server, "gateway", Store.MAIN) | allowed(server, "gateway", Store.PERISHABLE)
    assert found == GATEWAY


@each_connection
def test_each_process_may_do_what_is_declared(server: Server, process: str, store: Store) -> None:
    assert allowed(server, process, store) == declared(process, store)


@each_connection
def test_nobody_but_the_owner_alters_the_schema(server: Server, process: str, store: Store) -> None:
    engine = server.as_process(process, store)
    for statement in (
        "CREATE TABLE mine (x integer)",
        "CREATE TEMPORARY TABLE mine (x integer)",
        "CREATE SCHEMA mine",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = '0001'",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY alembic_version TO PROGRAM 'cat'",
    ):
        assert not may(engine, statement), statement
    assert may(engine, "SELECT version_num FROM alembic_version")
    engine.dispose()


@pytest.mark.parametrize("store", list(Store))
def test_every_table_is_some_processes_and_every_grant_a_tables(store: Store) -> None:
    """A new table needs a line in GRANTS for whoever works with it."""
    granted = {table for stores in GRANTS.values() for table in stores.get(store, {})}
    assert granted == set(METADATA[store].tables)


def test_a_stranger_does_not_even_connect(postgres: PostgresServer, server: Server) -> None:
    with temporary_roles(postgres) as others:
        engine = create_engine(others.url("gateway", server.urls.main))
        with pytest.raises(OperationalError, match="permission denied for database"):
            engine.connect()
        engine.dispose()


@pytest.mark.parametrize("process", ONLY_STORE)
def test_who_works_with_one_store_is_not_let_into_the_other(server: Server, process: str) -> None:
    (other,) = set(Store) - {ONLY_STORE[process]}
    engine = server.as_process(process, other)
    with pytest.raises(OperationalError, match="permission denied for database"):
        engine.connect()
    engine.dispose()


def test_what_was_granted_by_hand_is_taken_again(server: Server) -> None:
    owner = create_engine(server.urls.main)
    with owner.begin() as connection:
        role = database_roles.role_name(server.roles.prefix, "gateway")
        connection.execute(text(f"GRANT SELECT, UPDATE (sealed) ON messages TO {role}"))
    owner.dispose()
    gateway = server.as_process("gateway", Store.MAIN)
    assert may(gateway, "SELECT sealed FROM messages")
    provisioning.migrate(server.settings)
    assert not may(gateway, "SELECT sealed FROM messages")
    assert not may(gateway, "UPDATE messages SET sealed = DEFAULT")
    gateway.dispose()


def test_a_role_that_was_not_created_is_said(server: Server) -> None:
    with pytest.raises(RolesMissingError, match="Create one for each process"):
        provisioning.migrate(replace(server.settings, database_roles="nobody_made"))


def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    environment = {"TIPLINE_HOME": str(tmp_path), "TIPLINE_DATABASE_ROLES": "tipline"}
    settings = config.InstanceSettings.from_environment(environment)
    with pytest.raises(NoRolesHereError, match="PostgreSQL only"):
        provisioning.migrate(settings)


def test_the_printed_script_is_what_is_applied(server: Server) -> None:
    script = database_roles.script(server.settings)
    assert f"GRANT INSERT ON envelopes TO {server.roles.prefix}_gateway;" in script
    assert "PASSWORD" not in script.upper()
