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
from tipline.db.engines import Store, open_store
from tipline.errors import TiplineError

DEFAULT_PREFIX = "tipline"
READ = "SELECT"
ADD = "INSERT"
# Deleting by a condition, and skipping what exists, read as well.
QUEUE = "SELECT, INSERT, DELETE"
ALL = "SELECT, INSERT, UPDATE, DELETE"
COUNT = "SELECT, INSERT, UPDATE (count)"
LEASE = "SELECT, UPDATE (holder, until)"
ESCALATIONS = "SELECT, INSERT, UPDATE (escalated), DELETE"  # locking a row takes an update

# Process -> store -> table -> what its role may do with it.
GRANTS: Mapping[str, Mapping[Store, Mapping[str, str]]] = {
    "gateway": {
        Store.MAIN: {
            # What outsiders may read of the log: no entry, and not how many wait.
            "audit_checkpoints": "SELECT (log, note, size)",
            "audit_entries": "SELECT (commitment, log, sequence)",
            "audit_logs": "SELECT (number, origin)",
            "audit_tiles": READ,
            # Who witnesses it is for the console to say; what they signed is brought here.
            "audit_witnesses": "SELECT (id, log, name, public, seen_at, signature, size),"
            " UPDATE (log, seen_at, signature, size)",
            "dedupe_tags": "INSERT, SELECT (tag)",  # which of the tags were new
            "envelopes": ADD,
            "line_keys": READ,
            "lines": READ,
            "published_keys": READ,
            "status_reports": ADD,
        },
        Store.PERISHABLE: {
            "letters": READ,
            "mailboxes": READ,
            "receipt_salts": READ,
        },
    },
    "console": {
        Store.MAIN: {
            "alert_channels": READ,
            "alert_choices": QUEUE,
            "audit_checkpoints": READ,
            "audit_entries": READ,
            "audit_logs": READ,
            "audit_pending": "INSERT, SELECT (body, id)",
            "audit_tiles": READ,  # for the proofs of what is exported
            "audit_witnesses": QUEUE,
            "call_ins": "SELECT, INSERT",
            "canned_replies": "SELECT, INSERT, UPDATE (content, signature, version)",
            "case_files": "SELECT, INSERT, UPDATE (sealed, signature, version)",
            "envelopes": "SELECT (id)",  # how many wait
            "escalation_rules": "SELECT, INSERT, UPDATE (minutes)",
            "escalations": QUEUE,
            "incidents": COUNT,
            "key_grants": QUEUE,
            "line_keys": "SELECT, INSERT, UPDATE (certificate)",
            "lines": "SELECT, INSERT, UPDATE (acknowledgement, acknowledgement_es,"
            " address, after_hours, after_hours_es, language, name, office_hours, slug, time_zone)",
            "members": "SELECT, INSERT, UPDATE",
            "memberships": QUEUE,
            "messages": "SELECT, INSERT",
            "outbox": "SELECT, INSERT, UPDATE (state)",
            "pending_line_keys": QUEUE,
            "published_keys": READ,
            "push_subscriptions": QUEUE,
            "saved_filters": "SELECT, INSERT, UPDATE (proof, sealed), DELETE",
            "seen_marks": "SELECT, INSERT, UPDATE (sequence), DELETE",
            "set_aside": READ,
            "status_reports": "SELECT (id)",  # how many wait
            "thread_grants": "SELECT, INSERT, UPDATE (sealed, signature), DELETE",
            "threads": "SELECT, UPDATE (activity, assignee, is_closed, is_opened, is_restricted,"
            " is_waiting, last_hour, line_generation, messages, urgency, wrapped_private)",
            "word_lists": "SELECT, INSERT, UPDATE (content, signature, version)",
        },
        Store.PERISHABLE: {
            "approvals": "SELECT, INSERT, UPDATE (agreed_at, agreed_by, ended_at, ended_by,"
            " outcome), DELETE",
            "contacts": READ,
            "drafts": "SELECT, INSERT, UPDATE (sealed, signature), DELETE",
            "erase_keys": "SELECT, UPDATE (language)",
            "invitations": QUEUE,
            "mailboxes": READ,
            "receipt_salts": "SELECT, INSERT",
            "search_lines": ALL,
            "search_pages": ALL,
            "search_places": ALL,
            "search_queries": ALL,
            "search_segments": ALL,
            "search_state": ALL,
            "sessions": "SELECT, INSERT, UPDATE (seen_at), DELETE",
        },
    },
    "intake": {
        Store.MAIN: {
            "call_ins": "SELECT, UPDATE (attempts), DELETE",
            "dedupe_tags": "SELECT, DELETE",
            "envelopes": "SELECT, UPDATE (attempts), DELETE",
            "escalation_rules": READ,
            "escalations": ESCALATIONS,
            "incidents": COUNT,
            "lane_leases": LEASE,
            "line_keys": READ,
            "lines": READ,
            # Whether anybody who can read a thread has seen it, and whose key opens a draft.
            "members": "SELECT (id, is_disabled, public)",
            "memberships": READ,
            "messages": "SELECT, INSERT",
            "outbox": "SELECT, INSERT, UPDATE (sealed, state)",
            "provider_records": "INSERT, SELECT (id)",
            "published_keys": QUEUE,
            "seen_marks": READ,
            "set_aside": "INSERT, SELECT (id)",
            "thread_grants": READ,
            "threads": "SELECT, INSERT, UPDATE (activity, is_closed, is_waiting, last_hour,"
            " messages, resident_sequence, state, urgency)",
            "word_lists": READ,
        },
        Store.PERISHABLE: {
            "address_tags": QUEUE,
            "approvals": "SELECT (expires_at), DELETE",
            "contacts": QUEUE,
            "detail_tags": QUEUE,
            "drafts": "SELECT (key_id, member_id, thread_id), DELETE",
            "erase_keys": "SELECT, INSERT, UPDATE (language), DELETE",
            "letters": "SELECT, DELETE",
            "mailboxes": QUEUE,
            "open_ends": QUEUE,
            "receipt_salts": "SELECT, INSERT",
            "shared_keys": ALL,
            "suppressions": QUEUE,
        },
    },
    "delivery": {
        Store.MAIN: {
            "alert_channels": "SELECT, INSERT, UPDATE (public, signature), DELETE",
            "alert_choices": READ,
            "alerts": "SELECT, INSERT, UPDATE (attempts, claimed_until, is_repetition, not_before,"
            " state), DELETE",
            "escalation_rules": READ,
            "escalations": ESCALATIONS,
            "incidents": COUNT,
            "key_grants": READ,
            "line_keys": READ,
            "lines": READ,
            "members": READ,
            "memberships": READ,
            "outbox": "SELECT, UPDATE (attempts, claimed_until, detail, detail_signature,"
            " not_before, ref_tag, sealed, state)",
            "provider_records": "SELECT, INSERT, UPDATE (attempts, key_id, not_before, sealed,"
            " state), DELETE",
            "published_keys": QUEUE,
            "push_subscriptions": "SELECT, DELETE",
            "seen_marks": READ,
            "status_reports": "SELECT, DELETE",
            "thread_grants": READ,
            "threads": READ,
        },
        Store.PERISHABLE: {
            "contacts": "SELECT, UPDATE (half_for_delivery)",  # wrapped anew for a new key
            "letters": "SELECT, INSERT",
            "mailboxes": "SELECT, UPDATE (signature)",  # locking a row takes an update
            "shared_keys": ALL,
        },
    },
    "records": {
        Store.MAIN: {
            "audit_checkpoints": "SELECT, INSERT",
            # What an entry says may be destroyed, and nothing else of it changed.
            "audit_entries": "SELECT, INSERT, UPDATE (body, salt)",
            "audit_logs": "SELECT, INSERT, UPDATE (size)",  # locking a row takes an update
            "audit_pending": "SELECT, DELETE",
            "audit_tiles": "SELECT, INSERT, UPDATE (hashes)",
            "incidents": COUNT,
        },
        # It does not even connect to the perishable store.
    },
    "metrics": {
        Store.MAIN: {
            "audit_checkpoints": "SELECT (made_at)",
            "audit_pending": "SELECT (id)",
            "audit_witnesses": "SELECT (added_at, seen_at)",
            "call_ins": "SELECT (id)",
            "envelopes": "SELECT (id)",
            "incidents": READ,
            "outbox": "SELECT (id, state)",
            "published_keys": "SELECT (day, kind)",
            "set_aside": "SELECT (id)",
            "status_reports": "SELECT (id)",
        },
        Store.PERISHABLE: {},  # its size alone
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
        grants = stores.get(store, {})
        role = role_name(prefix, process)
        written += [
            f"REVOKE ALL ON DATABASE {name} FROM {role};",
            f"REVOKE ALL ON SCHEMA public FROM {role};",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};",
            f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};",
        ]
        if store in stores:
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
