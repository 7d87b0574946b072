"""Fixtures of delivery's tests: the recorder, and a real simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator import service
from tests.simulator.receiver import DEADLINE_SECONDS
from tests.simulator.service import Simulator, until
from tests.support.house import House
from tests.support.recording_provider import RecordingProvider


@pytest.fixture
def provider(house: House) -> RecordingProvider:
    assert isinstance(house.provider, RecordingProvider)
    return house.provider


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    port = service.free_port()
    process = service.start(service.environment(port, f"http://127.0.0.1:{service.free_port()}"))
    simulator = Simulator(port)
    try:
        until(simulator.answers)
        yield simulator
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE_SECONDS)


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    """A carrier that has no messages yet and wastes no time."""
    running_simulator.reset()
    running_simulator.turn(status_pause_seconds=0, retry_pause_seconds=0.01)
    yield running_simulator
    running_simulator.reset()
