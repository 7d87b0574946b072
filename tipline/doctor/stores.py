"""The stores: reachable, durable, forgetting what is deleted, apart from each other, migrated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from tipline.db.engines import Store
from tipline.db.reading import reading
from tipline.db.schema import revisions
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient, StoreUnderTest, first_line, sqlite_file

DATABASE, MIGRATIONS = "database", "migrations"
MOUNTS = Path("/proc/self/mountinfo")
# SQLite's write-ahead log needs memory that all processes share: no network can give that.
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"})
IN_MEMORY = frozenset({"tmpfs", "ramfs"})
SQLITE_WANTED = {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1"}
POSTGRES_WANTED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
# What would put statements with their values into the server's log.
POSTGRES_TALK = {
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
}
SIDE_FILES = ("-wal", "-shm", "-journal")


def check_database(patient: Patient) -> list[Finding]:
    """Reach both stores and look at the settings on which promises rest."""
    findings: list[Finding] = []
    for one in patient.both_stores():
        findings += _store(one)
    return [*findings, *_copies(patient)]


def check_migrations(patient: Patient) -> list[Finding]:
    """Compare both stores' schema with the newest that this version knows."""
    findings = []
    for store, engine in patient.both_stores():
        try:
            present, newest = revisions(engine, store)
        except (SQLAlchemyError, OSError):
            looked = f"The {store} store could not be asked for its schema."
            findings.append(failure(MIGRATIONS, looked, "See what is said of the database."))
            continue
        if present != newest:
            looked = f"The {store} store is at {present or 'nothing'}, this version at {newest}."
            advice = (
                "Stop all processes and run `python -m tipline migrate`. If the store is newer, "
                "an older version of Tipline is installed here."
            )
            findings.append(failure(MIGRATIONS, looked, advice))
        else:
            findings.append(ok(MIGRATIONS, f"The {store} store is at the newest schema."))
    return findings


def _store(one: StoreUnderTest) -> Iterator[Finding]:
    store, engine = one
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        # Asking would make an empty one.
        looked = f"The {store} store is not there."
        yield failure(DATABASE, looked, "Create the instance, or correct where it is.")
        return
    look = _sqlite if file is not None else _postgres
    try:
        yield from look(store, engine)
    except (SQLAlchemyError, OSError):
        looked = f"The {store} store cannot be reached or read."
        yield failure(DATABASE, looked, "Start the server, or correct the store's URL and rights.")


def _sqlite(store: Store, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as connection:
        found = {
            name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
            for name in SQLITE_WANTED
        }
    wrong = [name for name, value in SQLITE_WANTED.items() if found[name] != value]
    kind = _file_system(sqlite_file(engine))
    if kind in NETWORK_FILE_SYSTEMS:
        looked = f"The {store} store is a SQLite file on a network file system ({kind})."
        yield failure(DATABASE, looked, "Move it to a disk of this machine, or use PostgreSQL.")
    elif kind in IN_MEMORY:
        looked = f"The {store} store is a SQLite file in memory ({kind})."
        yield failure(DATABASE, looked, "Move it to a disk: a power cut takes every tip.")
    elif wrong:
        looked = f"SQLite does not take what Tipline sets for the {store} store: {wrong[0]}."
        yield failure(DATABASE, looked, "Look who else has the file open, and at its disk.")
    else:
        yield ok(
            DATABASE,
            f"The {store} store answers: SQLite on {kind or 'a disk'}, written through to it, and "
            "overwriting what is deleted.",
        )


def _postgres(store: Store, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as connection:

        def found(name: str) -> str:
            return str(connection.execute(text(f"SHOW {name}")).scalar())

        unsafe = [name for name, good in POSTGRES_WANTED.items() if found(name) not in good]
        talking = [name for name, good in POSTGRES_TALK.items() if found(name) not in good]
        archived = found("archive_mode") != "off"
        version = found("server_version").split()[0]
    if unsafe:
        looked = f"The {store} store's server may forget what it said was kept: {unsafe[0]}."
        yield failure(DATABASE, looked, "Set it to on in postgresql.conf.")
    if talking:
        looked = f"The {store} store's server writes statements into its log: {talking[0]}."
        advice = "Turn it off: statements hold tags and times, and logs are kept."
        yield warning(DATABASE, looked, advice)
    if archived and store is Store.PERISHABLE:
        looked = "The perishable store's server archives its write-ahead log."
        advice = "Turn archive_mode off there: an archive brings back what was destroyed."
        yield failure(DATABASE, looked, advice)
    if not unsafe:
        yield ok(DATABASE, f"The {store} store answers: PostgreSQL {version}, written through.")


def _copies(patient: Patient) -> Iterator[Finding]:
    """Look for older copies of the perishable store where it is: they undo destruction."""
    file = patient.database_files().get(Store.PERISHABLE.value)
    if file is None or not file.exists():
        return
    own = {file.name, *(file.name + ending for ending in SIDE_FILES)}
    stem = file.name.partition(".")[0]
    copies = [path for path in file.parent.glob(f"*{stem}*") if path.name not in own]
    if copies:
        looked = f"{len(copies)} copies of the perishable store seem to lie beside it."
        advice = "Keep one mirror elsewhere and overwrite it: a copy brings back what was destroyed"
        yield warning(DATABASE, looked, f"{advice}.")
    else:
        yield ok(
            DATABASE,
            "No copy of the perishable store lies beside it. Whether a backup of the whole folder "
            "takes it along cannot be seen from here: back up the main store only.",
        )


def _file_system(file: Path | None, mounts: Path = MOUNTS) -> str:
    """Return the type of the file system that a file is on (proc(5), mountinfo), "" if unknown."""
    best, kind = Path("/"), ""
    for row in first_line(mounts).splitlines():
        before, dash, after = row.partition(" - ")
        fields = before.split()
        if not dash or len(fields) < 5 or file is None:
            continue
        point = Path(fields[4])
        if file.resolve().is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, after.split()[0]
    return kind
