"""Every fault on PostgreSQL, with a role for each process and two workers of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.roles import temporary_roles
from tests.support.stores import PostgresServer, empty_stores, postgres_server
from tests.system.faults.disks import Disk, limited_disk
from tests.system.faults.installed import Installed
from tests.system.faults.outcome import Outcome
from tests.system.faults.storm import Storm
from tests.system.faults.traffic import MESSAGES

pytestmark = pytest.mark.timeout(480 + 2 * MESSAGES)


SERVERS: list[PostgresServer] = []


@pytest.fixture
def disk() -> Iterator[Disk]:
    with limited_disk(
        lambda: [process for each in SERVERS for process in each.processes()]
    ) as disk:
        yield disk


@pytest.fixture
def server(disk: Disk) -> Iterator[PostgresServer]:
    """A server of this test's own, which is stopped and started, and whose disk fills up."""
    with postgres_server(disk.folder, is_durable=True) as server:
        server.run("ALTER SYSTEM SET max_wal_size = '64MB'")
        server.run("SELECT pg_reload_conf()")
        SERVERS.append(server)
        yield server
        SERVERS.remove(server)


@pytest.fixture
def demo(disk: Disk, server: PostgresServer) -> Iterator[Installed]:
    with (
        temporary_roles(server) as roles,
        empty_stores("postgresql", Path(), server) as urls,
    ):
        settings = {
            "TIPLINE_DATABASE_URL": urls.main,
            "TIPLINE_PERISHABLE_URL": urls.perishable,
            **roles.environment(urls),
        }
        with Installed(disk, settings, workers=2) as demo:
            yield demo


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(
    demo: Installed, server: PostgresServer
) -> None:
    storm = Storm(demo, server)
    storm.rage()
    assert sorted(name for name, _ in storm.struck) == storm.planned()
    Outcome(storm.traffic).check()
