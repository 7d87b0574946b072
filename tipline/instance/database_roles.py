"""What each process may do in the databases, as a role of PostgreSQL.

`GRANTS` says all of it, and whatever is not named there is refused by the server: a broken-into
gateway reads no message, whatever statements it sends. A new table needs a line here for each
process that works with it; a test fails until it has one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine, MetaData, text
from sqlalchemy.engine import make_url

import config
import tipline
from tipline.db.base import MainBase, PerishableBase
from tipline.db.engines import open_store
from tipline.db.schema import Store
from tipline.errors import TiplineError

DEFAULT_PREFIX = "tipline"
READ = "SELECT"
ADD = "INSERT"
# Updating and deleting by a condition reads as well.
QUEUE = "SELECT, INSERT, DELETE"
ALL = "SELECT, INSERT, UPDATE, DELETE"

# Process -> store -> table -> what its role may do with it.
GRANTS: Mapping[str, Mapping[Store, Mapping[str, str]]] = {
    "gateway": {
        Store.MAIN: {
            "dedupe_tags": "INSERT, SELECT (tag)",  # which of the tags were new
            "envelopes": ADD,
            "line_keys": READ,
            "lines": READ,
            "published_keys": READ,
            "status_reports": ADD,
        },
        Store.PERISHABLE: {},
    },
}


class RolesMissingError(TiplineError):
    """A role does not exist in the database server."""

    code = "roles_missing"
    message = (
        "A database role is missing. Create one for each process first, as docs/operating.md says."
    )


class NoRolesHereError(TiplineError):
    """SQLite has no roles."""

    code = "no_roles_here"
    message = "SQLite has no database roles: set TIPLINE_DATABASE_ROLES with PostgreSQL only."


def metadata() -> dict[Store, MetaData]:
    """Return all tables of both stores, as the rooms' models declare them."""
    for file in sorted(Path(tipline.__file__).parent.glob("*/models.py")):
        importlib.import_module(f"tipline.{file.parent.name}.models")
    return {Store.MAIN: MainBase.metadata, Store.PERISHABLE: PerishableBase.metadata}


def role_name(prefix: str, process: str) -> str:
    """Return the name of a process's role."""
    return f"{prefix}_{process}"


def apply(settings: config.InstanceSettings) -> None:
    """Give the roles what `GRANTS` says in both stores, and take everything else from them.

    Connects as the owner. Processes that are running notice nothing in between.

    Raises:
        NoRolesHereError: a store is on SQLite.
        RolesMissingError: a role was not created.
    """
    for store, url in _urls(settings).items():
        engine = open_store(url)
        try:
            _apply(engine, store, settings.database_roles)
        finally:
            engine.dispose()


def script(settings: config.InstanceSettings) -> str:
    """Return the same as SQL, to be read or to be run by somebody else.

    Raises:
        NoRolesHereError: a store is on SQLite.
    """
    prefix = settings.database_roles or DEFAULT_PREFIX
    parts = []
    for store, url in _urls(settings).items():
        database = make_url(url).database or ""
        parts += [f"-- in the {store.value} store", *statements(store, prefix, database), ""]
    return "\n".join(parts)


def statements(store: Store, prefix: str, database: str) -> list[str]:
    """Return the statements that bring all roles to what they may do in one store."""
    name = '"' + database.replace('"', '""') + '"'
    written = [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
    ]
    for process, stores in GRANTS.items():
        grants = stores[store]
        role = role_name(prefix, process)
        written += [
            f"REVOKE ALL ON DATABASE {name} FROM {role};",
            f"REVOKE ALL ON SCHEMA public FROM {role};",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};",
            f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};",
        ]
        if grants:
            written += [
                f"GRANT CONNECT ON DATABASE {name} TO {role};",
                f"GRANT USAGE ON SCHEMA public TO {role};",
                # To tell whether the store was migrated.
                f"GRANT SELECT ON alembic_version TO {role};",
            ]
        for table, verbs in sorted(grants.items()):
            written += [
                f"GRANT {verbs} ON {table} TO {role};",
                *_sequence(store, table, verbs, role),
            ]
    return written


def _sequence(store: Store, table: str, verbs: str, role: str) -> list[str]:
    """Return what inserting takes where the server counts the rows."""
    column = metadata()[store].tables[table].autoincrement_column
    if column is None or ADD not in verbs:
        return []
    return [f"GRANT USAGE ON SEQUENCE {table}_{column.name}_seq TO {role};"]


def _urls(settings: config.InstanceSettings) -> dict[Store, str]:
    urls = {Store.MAIN: settings.database_url, Store.PERISHABLE: settings.perishable_url}
    if any(make_url(url).get_backend_name() == "sqlite" for url in urls.values()):
        raise NoRolesHereError
    return urls


def _apply(engine: Engine, store: Store, prefix: str) -> None:
    roles = [role_name(prefix, process) for process in GRANTS]
    with engine.begin() as connection:
        known = text("SELECT count(*) FROM pg_roles WHERE rolname = ANY(:roles)")
        if connection.execute(known, {"roles": roles}).scalar_one() != len(roles):
            raise RolesMissingError
        for statement in statements(store, prefix, engine.url.database or ""):
            connection.exec_driver_sql(statement)
