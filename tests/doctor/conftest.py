"""A patient: a real instance with a served gateway, a pretend carrier and a queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

import config
from tests.simulator import service
from tests.support.house import UNLOCK_SECRET, House
from tipline.clock import system_clock
from tipline.doctor.patient import Patient
from tipline.gateway.app import create_gateway
from tipline.gateway.keys import GatewayKeySet
from tipline.instance.provisioning import PROCESSES


class Clinic:
    """The house's own gateway, served, so that the doctor can call it."""

    def __init__(self, house: House, gateway_port: int, public_url: str) -> None:
        self.house = house
        self.port = gateway_port
        self.public_url = public_url
        self.environment = {
            **house.environment,
            "TIPLINE_PUBLIC_URL": public_url,
            "TIPLINE_GATEWAY_PORT": str(gateway_port),
        }

    def patient(self, **environment: str) -> Patient:
        said = {**self.environment, **environment}
        settings = config.InstanceSettings.from_environment(said)
        patient = Patient.admit(settings, said, PROCESSES, UNLOCK_SECRET, None)
        patient.discharge()
        return replace(patient, stores=self.house.stores)


@pytest.fixture
def served(sqlite_house: House) -> Iterator[Clinic]:
    """A gateway on a real port, whose public URL leads to it."""
    house = sqlite_house
    port = service.free_port()
    clinic = Clinic(house, port, f"http://127.0.0.1:{port}")
    settings = config.GatewaySettings.from_environment(clinic.environment)
    app = create_gateway(settings, GatewayKeySet.load(house.folders.gateway), system_clock)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield clinic
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["gateway"].engine.dispose()


@pytest.fixture
def clinic(sqlite_house: House) -> Clinic:
    """The same without a gateway: nobody answers on its port."""
    port = service.free_port()
    return Clinic(sqlite_house, port, f"http://127.0.0.1:{port}")


@pytest.fixture
def carrier(served: Clinic) -> Iterator[service.Simulator]:
    """The pretend carrier, whose numbers lead to the served gateway."""
    port = service.free_port()
    process = service.start(service.environment(port, served.public_url))
    simulator = service.Simulator(port)
    try:
        service.until(simulator.answers)
        served.environment["TIPLINE_TWILIO_BASE_URL"] = simulator.url
        yield simulator
    finally:
        process.terminate()
        process.communicate(timeout=15)


@pytest.fixture
def home(sqlite_house: House) -> Path:
    return sqlite_house.home
