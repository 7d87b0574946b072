"""Every fault on SQLite, in the middle of traffic both ways."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.system.faults.disks import limited_disk
from tests.system.faults.installed import Installed
from tests.system.faults.outcome import Outcome
from tests.system.faults.storm import Storm
from tests.system.faults.traffic import MESSAGES

pytestmark = pytest.mark.timeout(420 + 2 * MESSAGES)


@pytest.fixture
def demo() -> Iterator[Installed]:
    made: list[Installed] = []

    def processes() -> list[psutil.Process]:
        return [process for each in made for process in each.processes()]

    with limited_disk(processes) as disk:
        made.append(Installed(disk, {}, workers=1))
        with made[0] as demo:
            yield demo


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(demo: Installed) -> None:
    storm = Storm(demo)
    storm.rage()
    assert sorted(name for name, _ in storm.struck) == storm.planned()
    Outcome(storm.traffic).check()
