"""Rooms, queues and tables: what is added in one place must be known in the other."""

from __future__ import annotations

import importlib
import inspect as python
import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.architecture.sources import ROOT, modules, program
from tests.db.models import all_metadata
from tipline.db import schema
from tipline.db.engines import open_store, sqlite_url
from tipline.db.schema import Store
from tipline.doorbell import JOB_FUNCTIONS, QueueName

LONGEST_MODULE_LINES = 400


@pytest.fixture(scope="module")
def contracts() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def words(parser: ConfigParser, contract: str, option: str) -> set[str]:
    return set(re.findall(r"[\w.]+", parser[f"importlinter:contract:{contract}"][option]))


@pytest.mark.parametrize("queue", list(QueueName))
def test_every_queue_has_a_worker_that_drains_it(queue: QueueName) -> None:
    """A queue that nobody reads is a tip that nobody finds until the sweep."""
    module, _, function = JOB_FUNCTIONS[queue].rpartition(".")
    assert (module, function) == (f"workers.{queue.value}", "drain")
    consumer = importlib.import_module(module)
    # A job carries no argument, so the function must need none.
    assert not python.signature(consumer.drain).parameters
    assert queue.value == consumer.PROCESS
    assert callable(consumer.process)


def test_nothing_but_the_queues_is_rung() -> None:
    assert set(JOB_FUNCTIONS) == set(QueueName)


def test_every_room_has_its_place_in_the_layers(contracts: ConfigParser) -> None:
    packages = {file.parent.name for file in (ROOT / "tipline").glob("*/__init__.py")}
    single = {file.stem for file in (ROOT / "tipline").glob("*.py")} - {"__init__", "__main__"}
    assert packages | single == words(contracts, "layers", "layers")


@pytest.mark.parametrize("contract", ["domain-no-flask", "domain-upwards"])
def test_every_domain_room_is_kept_from_the_web(contracts: ConfigParser, contract: str) -> None:
    outer = {"simulator", "instance", "doctor", "gateway", "console", "web"}
    rooms = {f"tipline.{room}" for room in words(contracts, "layers", "layers") - outer}
    assert words(contracts, contract, "source_modules") == rooms


def test_no_room_is_left_without_its_package_file() -> None:
    """Without it neither import-linter nor the models' import would find the room."""
    folders = {file.parent for file in modules("tipline", "workers")}
    migrations = ROOT / "tipline" / "db" / "migrations"
    assert [
        folder
        for folder in folders
        if migrations not in folder.parents and not (folder / "__init__.py").exists()
    ] == []


@pytest.mark.parametrize("store", list(Store))
def test_every_table_of_the_models_is_in_a_migration(store: Store, tmp_path: Path) -> None:
    engine = open_store(sqlite_url(tmp_path / "store.sqlite3"))
    schema.upgrade(engine, store)
    made = set(inspect(engine).get_table_names()) - {"alembic_version"}
    assert made == set(all_metadata()[store].tables)
    engine.dispose()


def test_no_table_is_in_both_stores() -> None:
    """What must go when it is deleted would stay in the backup of the other."""
    both = all_metadata()
    assert not set(both[Store.MAIN].tables) & set(both[Store.PERISHABLE].tables)


def test_models_are_declared_in_modules_that_the_comparison_reads() -> None:
    declaring = {
        file
        for file in modules("tipline")
        if re.search(r"\((Main|Perishable)Base\):", file.read_text())
    }
    assert {file.name for file in declaring} == {"models.py"}
    assert {file.parent.parent for file in declaring} == {ROOT / "tipline"}


def test_no_module_is_too_long_to_be_read() -> None:
    files = [*program(), *modules("benchmarks")]
    assert len(files) > 100
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE_LINES} == {}
