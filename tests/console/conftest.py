from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.house import Blueprint, House


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Blueprint:
    return Blueprint.draw(tmp_path_factory.mktemp("blueprint") / "instance")


@pytest.fixture
def house(blueprint: Blueprint, tmp_path: Path) -> Iterator[House]:
    house = blueprint.build(tmp_path / "instance")
    yield house
    house.stores.main.dispose()
    house.stores.perishable.dispose()
