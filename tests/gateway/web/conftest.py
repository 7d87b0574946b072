from __future__ import annotations

import pytest

from tests.gateway.web.helpers import Resident, unhurried
from tests.support.house import House


@pytest.fixture
def resident(house: House) -> Resident:
    """Somebody who reads English, on each database."""
    return Resident(unhurried(house.app))


@pytest.fixture
def reader(sqlite_house: House) -> Resident:
    """The same on SQLite alone, for what does not depend on the database."""
    return Resident(unhurried(sqlite_house.app))
