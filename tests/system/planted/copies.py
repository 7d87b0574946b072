"""Copies of both databases, as backups and whoever steals one have them."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.support.canary import Canary, Finding, scan_bytes, scan_tree
from tests.system.instance import Demo
from tests.system.machines import OnPostgres

STORES = ("main", "perishable")
SMALLEST_COPY_BYTES = 1000
# What every new database begins as; so `base/1` and `base/4` are in every new cluster.
TEMPLATE = "base/1"
UNUSED = (TEMPLATE, "base/4")
LOG = "log"


def scan_copies(
    demo: Demo, folder: Path, canaries: Sequence[Canary], stores: Sequence[str] = STORES
) -> list[Finding]:
    """Every kind of copy that docs/operating.md speaks of, and its logical content."""
    found: list[Finding] = []
    for store in stores:
        copies = list(_postgres(demo, store) if isinstance(demo, OnPostgres) else
                      _sqlite(demo, store, folder))  # fmt: skip
        for kind, content in copies:
            assert len(content) > SMALLEST_COPY_BYTES, kind
            found += scan_bytes(content, canaries, f"{kind} of the {store} store")
    return found


def _sqlite(demo: Demo, store: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    backup = folder / f"{store}.backup"
    with (
        closing(sqlite3.connect(demo.home / f"{store}.sqlite3")) as live,
        closing(sqlite3.connect(backup)) as copy,
    ):
        live.backup(copy)
        # Of bytes it makes hexadecimal text.
        yield "dump", "\n".join(live.iterdump()).encode()
    yield "online backup", backup.read_bytes()
    backup.unlink()


def _postgres(demo: OnPostgres, store: str) -> Iterator[tuple[str, bytes]]:
    url = make_url(getattr(demo.urls, store)).set(drivername="postgresql")
    command = [
        str(demo.server.programs / "pg_dump"),
        f"--dbname={url.render_as_string(hide_password=False)}",
    ]
    for more in ([], ["--format=custom"]):
        done = subprocess.run([*command, *more], capture_output=True, check=True, timeout=60)
        yield f"pg_dump {' '.join(more)}", done.stdout


def scan_server(demo: OnPostgres, canaries: Sequence[Canary]) -> list[Finding]:
    """The server's whole folder (tables, free pages, write-ahead log, what it said) and its views.

    Raises what a scan of nothing would hide: a server that wrote no log, or logs no errors.
    """
    demo.server.run("CHECKPOINT")
    log = (demo.server.folder / LOG).read_bytes()
    assert b"ERROR:" in log, "the server has had errors to speak of"
    assert b"STATEMENT:" in log
    assert any((demo.server.folder / "pg_wal").iterdir())
    unused = [*UNUSED, *_as_in_the_template(demo.server.folder)]
    found = scan_tree(demo.server.folder, canaries, exclude=unused)
    found += scan_activity(demo, canaries)
    return found


def _as_in_the_template(folder: Path) -> Iterator[str]:
    """A database's files that are byte for byte what they were when it was made."""
    for file in (folder / "base").glob("*/*"):
        same = folder / TEMPLATE / file.name
        if same.exists() and same.read_bytes() == file.read_bytes():
            yield str(file.relative_to(folder))


def scan_activity(demo: OnPostgres, canaries: Sequence[Canary]) -> list[Finding]:
    """What the server shows of its sessions, such as each one's latest statement."""
    rows = demo.server.rows("SELECT * FROM pg_stat_activity")
    return scan_bytes(repr(rows).encode(), canaries, "pg_stat_activity")


def main_store_files(demo: Demo) -> list[Path]:
    """The files that the main store has on the disk, and the perishable store has not."""
    if isinstance(demo, OnPostgres):
        name = make_url(demo.urls.main).database
        ((number,),) = demo.server.rows(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
        return [path for path in (demo.server.folder / "base" / str(number)).iterdir()]
    return list(demo.home.glob("main.sqlite3*"))
