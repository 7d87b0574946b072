from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from tests.simulator import service
from tests.simulator.receiver import DEADLINE_SECONDS, Receiver
from tests.simulator.service import Simulator, until


@pytest.fixture(scope="session")
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver(service.AUTH_TOKEN)
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def running_simulator(running_receiver: Receiver) -> Iterator[Simulator]:
    port = service.free_port()
    process = service.start(service.environment(port, running_receiver.url))
    simulator = Simulator(port)
    try:
        until(simulator.answers)
        yield simulator
    finally:
        process.terminate()
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert output + errors == b"", "the simulator wrote something in the course of all these tests"


@pytest.fixture
def simulator(running_simulator: Simulator, running_receiver: Receiver) -> Iterator[Simulator]:
    """Fresh, and quick: no pauses between states, hardly any before a new try."""
    running_simulator.reset()
    running_receiver.forget()
    running_simulator.turn(status_pause_seconds=0, retry_pause_seconds=0.01)
    yield running_simulator
    state = running_simulator.state()
    running_simulator.reset()
    running_receiver.forget()
    assert state["failures"] == 0, "a background job of the simulator raised"


@pytest.fixture
def receiver(simulator: Simulator, running_receiver: Receiver) -> Receiver:
    return running_receiver


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Client]:
    client = simulator.client()
    yield client
    client.http_client.session.close()
