"""The real client against a real carrier in a process of its own: what it says, and how often."""

from __future__ import annotations

import io
import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.serving import make_server

from tests.delivery.acts import replies, write_in
from tests.simulator import service
from tests.simulator.service import Simulator, free_port
from tests.support.house import ANNA, LINE, PUBLIC_URL, House
from tipline import logs
from tipline.delivery import twilio
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.provider import (
    OutgoingText,
    ProviderBusyError,
    ProviderLockedOutError,
    ProviderRefusedError,
    ProviderUncertainError,
)
from tipline.delivery.twilio import TwilioProvider
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind

BODY = "Thank you. Which side of the road?"
TEXT = OutgoingText(LINE, ANNA, BODY, "0" * 32)
KNOBS = [
    ("21610", ProviderRefusedError, 0),
    ("429", ProviderBusyError, 0),
    ("503", ProviderBusyError, 0),
    ("500_before_accepting", ProviderUncertainError, 0),
    ("500_after_accepting", ProviderUncertainError, 1),
    ("drop_after_accepting", ProviderUncertainError, 1),
]


def provider_at(base_url: str, public_url: str = "http://127.0.0.1:9") -> TwilioProvider:
    return TwilioProvider(
        service.ACCOUNT_SID, service.API_KEY_SID, service.API_KEY_SECRET, base_url, public_url
    )


@pytest.fixture
def real(simulator: Simulator) -> TwilioProvider:
    return provider_at(simulator.url)


def nobody() -> TwilioProvider:
    """A provider whose connection is refused."""
    return provider_at(f"http://127.0.0.1:{free_port()}")


def accepted(simulator: Simulator) -> int:
    return int(simulator.state()["accepted"].get(ANNA, 0))


class Impatient(BaseHTTPRequestHandler):
    """A server that promises to keep a connection and closes it as the next request comes in."""

    protocol_version = "HTTP/1.1"
    has_answered = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.has_answered:
            self.close_connection = True
            return
        self.has_answered = True
        self.send_response(201)
        self.send_header("Content-Length", "14")
        self.end_headers()
        self.wfile.write(b'{"sid": "SM1"}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def impatient_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Impatient) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(30)


@contextmanager
def served(house: House) -> Iterator[str]:
    """The house's gateway on a port, where the carrier's callbacks reach it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = make_server("127.0.0.1", port, house.new_gateway(url=url), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()


@pytest.mark.parametrize(("knob", "raised", "taken"), KNOBS)
def test_each_answer_is_told_apart(
    simulator: Simulator,
    real: TwilioProvider,
    knob: str,
    raised: type[Exception],
    taken: int,
) -> None:
    simulator.turn(create_failure=knob)
    with pytest.raises(raised) as caught:
        real.send(TEXT)
    assert accepted(simulator) == taken, "the client itself tries nothing again"
    if isinstance(caught.value, ProviderRefusedError):
        assert caught.value.provider_code == 21610


def test_nobody_at_the_other_end_certainly_took_nothing() -> None:
    with pytest.raises(ProviderBusyError):
        nobody().send(TEXT)
    with pytest.raises(ProviderBusyError):
        nobody().erase("SM" + "0" * 32)


def test_no_answer_in_time_leaves_it_uncertain(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "TIMEOUT_SECONDS", 0.3)
    simulator.turn(create_delay_seconds=2)
    with pytest.raises(ProviderUncertainError):
        provider_at(simulator.url).send(TEXT)
    assert accepted(simulator) == 1


def test_with_a_wrong_key_everything_waits_and_goes_out_once_it_is_mended(
    house: House, simulator: Simulator
) -> None:
    wrong = TwilioProvider(service.ACCOUNT_SID, service.API_KEY_SID, "x", simulator.url, PUBLIC_URL)
    with pytest.raises(ProviderLockedOutError):
        wrong.send(TEXT)
    write_in(house)
    house.reply(BODY)
    house.new_delivery(wrong).drain(60)
    assert house.progress()[2].state is OutgoingState.QUEUED
    assert house.incidents()[IncidentKind.PROVIDER_LOCKED_OUT.value] >= 1
    assert accepted(simulator) == 0
    house.clock.move(minutes=10)
    house.new_delivery(provider_at(simulator.url)).drain(60)
    assert house.progress()[2].state is OutgoingState.SENT
    assert accepted(simulator) == 1


def test_erasing(simulator: Simulator, real: TwilioProvider) -> None:
    simulator.turn(status_pause_seconds=600)
    unfinished = real.send(TEXT)
    with pytest.raises(ProviderBusyError):
        real.erase(unfinished)
    simulator.turn(status_pause_seconds=0)
    finished = real.send(TEXT)
    service.until(lambda: "delivered" in {m["status"] for m in simulator.phone()["messages"]})
    real.erase(finished)
    real.erase(finished)  # gone is no error
    assert [m.sid for m in simulator.client().messages.list()] == [unfinished]


def test_a_delivered_round_trip(house: House, simulator: Simulator) -> None:
    write_in(house)
    house.reply(BODY)
    with served(house) as url:
        delivery = house.new_delivery(provider_at(simulator.url, url))
        delivery.drain(60)
        simulator.settled()
        delivery.drain(60)
    assert accepted(simulator) == 1
    assert house.progress()[2].state is OutgoingState.DELIVERED
    assert house.incidents() == {}
    assert simulator.client().messages.list() == [], "and erased there"


def test_what_got_lost_on_the_way_back_is_settled_by_the_callback(
    house: House, simulator: Simulator
) -> None:
    write_in(house)
    house.reply(BODY)
    simulator.turn(create_failure="drop_after_accepting", status_pause_seconds=0.3)
    with served(house) as url:
        delivery = house.new_delivery(provider_at(simulator.url, url))
        delivery.drain(60)
        assert house.progress()[2].state in (OutgoingState.UNCERTAIN, OutgoingState.SENT)
        simulator.settled()
        delivery.drain(60)
    assert house.progress()[2].state is OutgoingState.DELIVERED
    assert accepted(simulator) == 1


@pytest.mark.parametrize(
    ("knob", "state", "code", "taken"),
    [
        ("21610", OutgoingState.FAILED, 21610, 0),
        ("429", OutgoingState.SENT, 0, 1),
        ("500_before_accepting", OutgoingState.UNCERTAIN, 0, 0),
        ("500_after_accepting", OutgoingState.UNCERTAIN, 0, 1),
        ("drop_after_accepting", OutgoingState.UNCERTAIN, 0, 1),
        ("connection refused", OutgoingState.SENT, 0, 1),
    ],
)
def test_nothing_is_sent_twice_whatever_went_wrong(
    sqlite_house: House,
    simulator: Simulator,
    knob: str,
    state: OutgoingState,
    code: int,
    taken: int,
) -> None:
    house = sqlite_house
    write_in(house)
    house.reply(BODY)
    simulator.turn(callbacks_withheld=True)
    first = nobody()
    if knob != "connection refused":
        simulator.turn(create_failure=knob, create_failure_count=1)
        first = provider_at(simulator.url)
    house.new_delivery(first).drain(60)
    well = house.new_delivery(provider_at(simulator.url))
    for _ in range(4):
        house.clock.move(minutes=10)
        well.drain(60)
        well.give_up_on_crashed()
    progress = house.progress()[2]
    assert (progress.state, progress.code) == (state, code)
    assert accepted(simulator) == taken
    assert replies(house)[0].sealed is None


def test_no_error_and_no_line_holds_a_number_or_a_text(
    sqlite_house: House, simulator: Simulator
) -> None:
    house = sqlite_house
    with written() as output:
        errors = []
        for knob, *_ in KNOBS:
            simulator.turn(create_failure=knob)
            errors.append(fails(provider_at(simulator.url)))
            write_and_fail(house, provider_at(simulator.url))
        simulator.turn(create_failure="none")
        # The carrier repeats a number that it does not like in its error.
        errors.append(fails(provider_at(simulator.url), replace(TEXT, recipient=ANNA * 2)))
        errors.append(fails(nobody()))
        write_and_fail(house, nobody())
        write_and_fail(house, Broken())
    told = output.getvalue() + "".join(errors)
    assert "provider_refused" not in told
    assert "sending_failed" in told, "what broke is logged"
    for secret in (ANNA, ANNA[2:], BODY, "Which side", LINE):
        assert secret not in told


class Broken:
    """Raises what nobody expects, with all that must not get out in its text."""

    def send(self, text: OutgoingText) -> str:
        raise RuntimeError(f"could not send {text.body} to {text.recipient}")

    def erase(self, provider_id: str) -> None:
        raise RuntimeError(f"could not erase {provider_id} {ANNA}")


def fails(provider: TwilioProvider, text: OutgoingText = TEXT) -> str:
    """All that can be got out of an error without looking behind `from None`."""
    with pytest.raises(TiplineError) as caught:
        provider.send(text)
    error = caught.value
    return "".join(traceback.format_exception(error)) + repr(error) + str(error.args)


def write_and_fail(house: House, provider: TwilioProvider | Broken) -> None:
    number = len(house.threads())
    house.text(ANNA if not number else f"+1209555{number:04}", "Hello")
    house.drain_intake()
    for thread in house.threads():
        house.reply(BODY, alias=thread.alias)
    house.new_delivery(provider).drain(60)
    house.clock.move(hours=1)
    house.keep_keys()


@contextmanager
def written() -> Iterator[io.StringIO]:
    """What a worker's process would write to its standard error."""
    root, ours = logging.getLogger(), logging.getLogger("tipline")
    before = (root.handlers[:], root.level, ours.level)
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.EventFormatter("delivery-worker"))
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.INFO)
    try:
        yield output
    finally:
        root.handlers[:], level, our_level = before
        root.setLevel(level)
        ours.setLevel(our_level)


def test_a_text_is_not_lost_to_a_connection_that_the_provider_closes_when_idle() -> None:
    with impatient_server() as url:
        provider = provider_at(url)
        assert [provider.send(TEXT) for _ in range(3)] == ["SM1"] * 3
