from __future__ import annotations

import pytest

from tests.approvals.board import Board
from tests.support.house import House


@pytest.fixture
def board(house: House) -> Board:
    return Board(house)
