from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.gateway.helpers import LogLines
from tipline.logs import EventFormatter


@pytest.fixture
def log() -> Iterator[LogLines]:
    """What is logged, formatted as a gateway process does it, at the most talkative level."""
    lines = LogLines()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(EventFormatter("gateway"))
    root, ours = logging.getLogger(), logging.getLogger("tipline")
    level = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    yield lines
    ours.setLevel(level)
    root.removeHandler(handler)
