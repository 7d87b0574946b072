"""A fuzzer against every route that somebody can reach who is not signed in, over real HTTP.

`TIPLINE_TEST_REQUESTS` says how many requests are sent, `TIPLINE_TEST_SEED` which ones; `make
prove` sends a hundred thousand. Routes come from the apps' own maps, so a new one is included.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
import requests
from sqlalchemy import func, select

from tests.conftest import server_for
from tests.support.canary import Canary, scan_bytes
from tests.support.stores import BACKENDS
from tests.system.draining import is_drained
from tests.system.fuzzing.fields import SENDERS
from tests.system.fuzzing.running import Run, run
from tests.system.fuzzing.sizes import REQUESTS, SEED
from tests.system.fuzzing.values import MARK
from tests.system.fuzzing.wire import Wire
from tests.system.fuzzing.world import World, world_of
from tests.system.instance import Demo
from tests.system.machines import on_postgres
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.db.reading import reading
from tipline.envelopes.models import SetAside

PER_STORE = REQUESTS // len(BACKENDS)
# Until then every route, catalogue and cache was used.
WARM_UP = max(PER_STORE // 10, min(PER_STORE, 400))
pytestmark = pytest.mark.timeout(300 + REQUESTS // 10)

# A kilobyte that is lost with each request would be a hundred times this with all of them.
MOST_GROWTH_MIB = 24
DRAIN_SECONDS = 120 + PER_STORE / 20
SECRETS = [
    Canary("the fuzzer's mark", MARK, "text"),
    *(Canary(f"sender {number}", sender, "number") for number, sender in enumerate(SENDERS)),
]
# All that a process may say of requests such as these. A process that starts says so, too.
SAYINGS = {
    "request_refused", "webhook_refused", "web_form_trapped", "library", "worker_started",
    "account_locked", "status_unknown", "status_without_row", "cosignature_refused",
}  # fmt: skip


@pytest.fixture(scope="module", params=BACKENDS)
def demo(request: pytest.FixtureRequest) -> Iterator[Demo]:
    """A running installation, on each database."""
    server = server_for(request.param, request)
    if server is not None:
        with on_postgres(server, request.getfixturevalue("valkey_url")) as demo:
            yield demo
        return
    demo = Demo()
    try:
        demo.start()
        yield demo
        demo.stop()
    finally:
        demo.clean_up()


def servers(demo: Demo) -> dict[str, psutil.Process]:
    """The processes of both web servers, their workers included."""
    found = {}
    for name in ("gateway", "console"):
        process = demo.of(name)
        found[name] = process
        for child in process.children():
            found[f"{name} worker {child.pid}"] = child
    return found


def sizes(processes: dict[str, psutil.Process]) -> dict[str, float]:
    """Resident memory in MiB."""
    return {name: process.memory_info().rss / 2**20 for name, process in processes.items()}


def say(*lines: str) -> None:
    """Print where `pytest -s` shows it, and a failing test's report."""
    sys.stdout.write("\n".join(("", *lines, "")))


# A queue that is slow to answer is no fault of a request: the message is kept, the sweep finds it.
OF_LOAD = {"doorbell_failed"}


@dataclass(frozen=True)
class Fuzzed:
    """An installation that was sent everything, and what its servers were like before."""

    world: World
    done: Run
    servers: dict[str, psutil.Process]
    sizes: dict[str, float]
    said_before: int


@pytest.fixture(scope="module")
def fuzzed(demo: Demo) -> Iterator[Fuzzed]:
    """All requests were sent."""
    with world_of(demo) as world:
        before, said_before = servers(demo), demo.output.stat().st_size
        started = time.monotonic()
        warm = run(world, SEED, range(WARM_UP))
        at_first = sizes(before)
        done = run(world, SEED, range(WARM_UP, PER_STORE))
        done.add(warm)
        seconds = time.monotonic() - started
        say(
            f"seed {SEED}, {demo.settings.database_url.split(':')[0]}, {seconds:.0f} s",
            done.table(),
            f"{done.believed} webhooks were believed",
        )
        yield Fuzzed(world, done, before, at_first, said_before)


# -- what a form must not lose on the wire ---------------------------------------------------


def form_of(demo: Demo) -> tuple[Wire, str, dict[str, str]]:
    """A connection, and a tip's form as it was shown."""
    parts = urlsplit(demo.info["gateway_url"])
    wire, path = Wire(str(parts.hostname), int(parts.port or 80)), "/en/tip/police-tips"
    page = wire.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), "GET").body.decode()
    token = page.split('name="token" value="')[1].split('"')[0]
    return wire, path, {"token": token, "danger": "no", "what": "They leave at nine by the gate."}


def post_of(path: str, headers: str, body: bytes) -> bytes:
    kind = "Content-Type: application/x-www-form-urlencoded"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{kind}\r\n{headers}\r\n\r\n".encode() + body


def test_a_form_that_is_cut_short_is_no_tip(demo: Demo) -> None:
    """Half a text, as if it were all of it: the resident, whose line broke, would not know."""
    wire, path, fields = form_of(demo)
    body = urlencode(fields).encode()
    cut = wire.throw(post_of(path, f"Content-Length: {len(body)}", body[:-9]), "POST")
    assert cut.status == 400
    whole = wire.ask(post_of(path, f"Content-Length: {len(body)}", body), "POST")
    assert whole.status == 200, "the same form, sent again, is the first tip of its token"
    wire.close()


@pytest.mark.parametrize(
    "ending",
    [b"zz\r\n", b"-1\r\n", b"", b"0\r\n: x\r\n\r\n", b"0\r\nX:\0\r\n\r\n", b"5\r\nab"],
    ids=["no size", "negative", "no end", "nameless trailer", "NUL in a trailer", "short chunk"],
)
def test_chunks_that_are_none_are_refused(demo: Demo, ending: bytes) -> None:
    wire, path, fields = form_of(demo)
    body = urlencode(fields).encode()
    chunk = b"%x\r\n%s\r\n" % (len(body), body)
    answer = wire.throw(post_of(path, "Transfer-Encoding: chunked", chunk + ending), "POST")
    assert answer.status == 400
    whole = post_of(path, "Transfer-Encoding: chunked", chunk + b"0\r\n\r\n")
    assert wire.ask(whole, "POST").status == 200
    wire.close()


@pytest.mark.parametrize("site", ["gateway", "console"])
@pytest.mark.parametrize("path", ["/", "/en/replies", "/sign-in", "/webhooks/twilio/message"])
@pytest.mark.parametrize("header", ["Host: ..", "Host: x\r\nSCRIPT_NAME: /elsewhere"])
def test_no_header_moves_the_pages(demo: Demo, site: str, path: str, header: str) -> None:
    """No host at all, and a prefix that only a proxy could know of."""
    parts = urlsplit(demo.info[f"{site}_url"])
    wire = Wire(str(parts.hostname), int(parts.port or 80))
    answer = wire.throw(f"GET {path} HTTP/1.1\r\n{header}\r\n\r\n".encode(), "GET")
    assert answer.status == 400 if ".." in header else answer.status < 500
    assert b"elsewhere" not in answer.raw


# -- everything ------------------------------------------------------------------------------


def test_no_answer_fails_or_repeats_input(fuzzed: Fuzzed) -> None:
    world, done = fuzzed.world, fuzzed.done
    assert not done.problems, "\n\n".join([f"seed {SEED}", *done.problems])
    tried = {(site, rule) for site, rule, _ in done.counts}
    assert tried >= {(route.site, route.rule) for route in world.routes if route.is_public}
    assert done.believed > PER_STORE // 50, "the webhooks' parser was really reached"


def test_the_processes_are_the_same_and_have_not_grown(fuzzed: Fuzzed, demo: Demo) -> None:
    before = fuzzed.servers
    assert {name: process.pid for name, process in servers(demo).items()} == {
        name: process.pid for name, process in before.items()
    }
    now = sizes(before)
    grown = {name: now[name] - size for name, size in fuzzed.sizes.items()}
    say(*(f"{name}: {now[name]:.1f} MiB, grown by {grown[name]:.1f}" for name in grown))
    assert max(grown.values()) < MOST_GROWTH_MIB


def test_what_was_taken_is_handled(fuzzed: Fuzzed, demo: Demo) -> None:
    """However hostile a text is, it is a tip, and none of them is set aside or stops the rest."""
    until(lambda: is_drained(demo), "everything is drained", DRAIN_SECONDS)
    with reading(demo.stores.main) as connection:
        assert connection.execute(select(func.count()).select_from(SetAside)).scalar_one() == 0


def test_the_pages_still_work(fuzzed: Fuzzed, demo: Demo) -> None:
    """Somebody texts, somebody writes by the form, and a member reads both."""
    texted, written = "The van is back at the depot.", "The depot's gate was open all night."
    Provider(demo).text("+12095556001", texted)
    form = f"{demo.info['gateway_url']}/es/tip/police-tips"
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(form, timeout=30).text
        token = page.split('name="token" value="')[1].split('"')[0]
        fields = {"token": token, "what": written, "danger": "no"}
        answer = session.post(form, fields, timeout=30)
    assert answer.status_code == 200
    assert '<ol class="words"' in answer.text
    reader = LineReader.of(demo)

    def is_read() -> bool:
        texts = [text for texts in reader.all_texts().values() for text in texts]
        return texted in texts and any(text.startswith(written) for text in texts)

    until(is_read, "both tips are there", DRAIN_SECONDS)
    assert Staff(demo).sign_in(INVESTIGATOR).get("/").status_code == 200


def test_nothing_of_it_is_in_a_log(fuzzed: Fuzzed, demo: Demo) -> None:
    said = demo.output.read_bytes()[fuzzed.said_before :]
    assert scan_bytes(said, SECRETS, "the processes' output") == []
    assert b"Traceback" not in said
    events: Counter[str] = Counter()
    for line in said.decode().splitlines():
        if line.startswith("{"):
            event = json.loads(line)
            place = event.get("where") or event.get("error") or ""
            events[f"{event['event']} {event['level']} {place}"] += 1
    say(*(f"{name}: {count}" for name, count in sorted(events.items())))
    of_load = {name for name in events if name.split()[0] in OF_LOAD}
    unexpected = {
        name
        for name in events.keys() - of_load
        if name.split()[0] not in SAYINGS or name.split()[1] == "error"
    }
    assert not unexpected, f"seed {SEED}"
