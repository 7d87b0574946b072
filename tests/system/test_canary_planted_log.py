"""The canary scan finds what is planted into each kind of file that there is of the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.canary import Finding, scan_tree
from tests.system.instance import Demo
from tests.system.planted.log_files import (
    AUDITOR,
    EXPORT,
    PUBLIC,
    TABLE,
    WITH_PROOFS,
    fetch,
    publish,
    take_along,
)
from tests.system.planted.values import MADE_UP, leak_of_everything, made_up_names
from tests.system.staff import Staff
from tipline.audit.acts import Act, Outcome
from tipline.audit.entries import Entry
from tipline.audit.exporting import ENTRIES
from tipline.audit.merkle import HASH_LENGTH
from tipline.audit.recording import record
from tipline.audit.tiles import TILE_WIDTH
from tipline.clock import system_clock

pytestmark = pytest.mark.timeout(300)

PLACES = (
    TABLE,
    WITH_PROOFS,
    f"{EXPORT}/{ENTRIES}",
    f"{EXPORT}/tile/0/000",
    f"{PUBLIC}/checkpoint",
    f"{PUBLIC}/tile/0/000",
    f"{PUBLIC}/tile/entries/000",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Finding]]:
    """What the scan finds in a log with every value in an entry, and in all that is published."""
    credentials, folder = (tmp_path_factory.mktemp(name) for name in ("credentials", "log"))
    demo = Demo()
    try:
        demo.start()
        plant_entries(demo)
        publish(demo, credentials)
        content = leak_of_everything().ljust(TILE_WIDTH * HASH_LENGTH, b"\0")
        change(demo, "UPDATE audit_tiles SET hashes = ? WHERE level = 0 AND number = 0", content)
        change(demo, "UPDATE audit_entries SET commitment = ? WHERE sequence = 0", content)
        take_along(demo, credentials, Staff(demo).sign_in(AUDITOR), folder)
        # A note that is signed no more is not exported; the gateway gives it out as it is.
        values = "\n".join(one.value for one in MADE_UP)
        change(demo, "UPDATE audit_checkpoints SET note = note || ?", values)
        fetch(demo, folder)
        yield scan_tree(folder, MADE_UP)
    finally:
        demo.clean_up()


def plant_entries(demo: Demo) -> None:
    """An entry for each value, about whom a member of that name would be."""
    now = system_clock()
    with demo.stores.main.begin() as connection:
        for one in MADE_UP:
            act = Entry(now, Act.SIGN_IN, Outcome.DONE, "console", subject=one.value)
            record(connection, act)


def change(demo: Demo, statement: str, value: object) -> None:
    """Write as somebody does who has the store's file."""
    with closing(sqlite3.connect(demo.home / "main.sqlite3", timeout=30)) as store, store:
        assert store.execute(statement, (value,)).rowcount > 0


@pytest.mark.parametrize("place", PLACES)
def test_everything_is_found_in_each_kind_of_file(place: str, found: list[Finding]) -> None:
    assert {one.canary for one in found if one.where == place} == made_up_names()
