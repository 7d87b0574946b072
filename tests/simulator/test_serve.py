"""The process itself: what it says at the start, and that it then says nothing."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.simulator import service
from tests.simulator.receiver import DEADLINE_SECONDS
from tests.simulator.service import LINE, PHONE, ROOT, Simulator, until
from tipline.simulator.app import create_app
from tipline.simulator.settings import SimulatorSettings


def test_a_missing_setting_ends_it_with_a_sentence() -> None:
    environment = service.environment(service.free_port(), "http://127.0.0.1:9")
    del environment["TIPLINE_TWILIO_AUTH_TOKEN"]
    output, errors = service.start(environment).communicate(timeout=DEADLINE_SECONDS)
    assert output == b""
    assert errors == (
        b"TIPLINE_TWILIO_AUTH_TOKEN is not set: set it to the token that the gateway has.\n"
    )


def test_a_taken_port_ends_it_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = service.start(service.environment(port, "http://127.0.0.1:9"))
        _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 1
    assert errors.decode() == (f"Port {port} is taken: set TIPLINE_SIMULATOR_PORT to a free one.\n")


BROKEN = """
from tipline.simulator import serve

def broken_app(settings, create=serve.create_app):
    app = create(settings)

    @app.get("/broken/<number>")
    def broken(number):
        raise RuntimeError("a planted text")

    @app.get("/worse/<number>")
    def worse(number):
        return Worse()

    return app

class Worse:
    def __call__(self, environ, start_response):
        raise RuntimeError("a planted text")  # past Flask, in gunicorn's hands

serve.create_app = broken_app
serve.main()
"""


def test_it_writes_nothing_whatever_happens() -> None:
    port = service.free_port()
    process = service.start(service.environment(port, "http://127.0.0.1:9"), "-c", BROKEN)
    simulator = Simulator(port)
    try:
        until(simulator.answers)
        simulator.turn(inbound_retries=0)
        assert simulator.text("a planted text")["status"] == "refused"
        assert simulator.get(f"/phones/{PHONE}/nothing").status_code == 404
        assert simulator.get(f"/broken/{PHONE}").status_code == 500
        assert simulator.get(f"/worse/{PHONE}").status_code == 500
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(f"GET /phones/{PHONE} HTTP/9\r\nbroken {LINE}\r\n\r\n".encode())
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    finally:
        process.terminate()
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert (output, errors) == (b"", b"")
    assert process.returncode == 0


def test_a_failure_is_not_logged_under_another_server_either(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(
        SimulatorSettings.from_environment(service.environment(8002, "http://127.0.0.1:9"))
    )

    @app.get("/broken/<number>")
    def broken(number: str) -> str:
        raise RuntimeError("a planted text")

    assert app.test_client().get(f"/broken/{PHONE}").status_code == 500
    assert (capfd.readouterr(), caplog.records) == (("", ""), [])


def test_it_imports_no_other_room_but_what_ends_it_with_its_parent() -> None:
    code = (
        "import sys, tipline.simulator.serve\n"
        "print([name for name in sys.modules if name.startswith(('tipline.', 'twilio'))"
        " and not name.startswith('tipline.simulator')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout == "['tipline.hardening']\n"
