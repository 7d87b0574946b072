from __future__ import annotations

import pytest

from tests.lines.acts import Acts
from tests.support.house import House


@pytest.fixture
def acts(house: House) -> Acts:
    return Acts(house)


@pytest.fixture
def sqlite_acts(sqlite_house: House) -> Acts:
    return Acts(sqlite_house)
