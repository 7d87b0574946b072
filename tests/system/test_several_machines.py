"""PostgreSQL in earnest: a role for each process, and workers on two machines, all of them real."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest
import requests
from sqlalchemy import func, select, text

from tests.support.plain_words import in_words
from tests.support.stores import PostgresServer
from tests.system.draining import is_drained
from tests.system.machines import OnPostgres, SecondMachine, on_postgres
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.db.reading import reading
from tipline.envelopes.models import SetAside
from tipline.instance.database_roles import GRANTS, role_name

pytestmark = pytest.mark.timeout(300)

NUMBER = "+12095550171"
TIP, REPLY = "They meet behind the depot at ten.", "Which depot do you mean?"
SENDERS, EACH, AT_ONCE = 40, 10, 8
KILL_AFTER = SENDERS * EACH // 2
# A dead worker's lanes are taken over after half a minute.
DRAIN_SECONDS = 150.0
# What a process says when the server refuses it something, or when its work failed otherwise.
FAILURES = ("drain_failed", "sweep_failed", "alerts_failed", "not_kept", "job_failed")


@pytest.fixture(scope="module")
def demo(postgres: PostgresServer, valkey_url: str) -> Iterator[OnPostgres]:
    with on_postgres(postgres, valkey_url) as demo:
        yield demo


@pytest.fixture
def second(demo: OnPostgres) -> Iterator[SecondMachine]:
    machine = SecondMachine(demo)
    try:
        yield machine
    finally:
        machine.kill_all()


def failures(output: str) -> list[str]:
    return [line for line in output.splitlines() if any(f'"{name}"' in line for name in FAILURES)]


def test_a_tip_goes_its_way_while_each_process_may_do_only_its_own(demo: OnPostgres) -> None:
    provider = Provider(demo)
    provider.send_from_phone(NUMBER, TIP)
    desk = Staff(demo).sign_in(INVESTIGATOR)
    (path,) = until(desk.threads, "the thread is in the inbox")
    assert TIP in desk.get(path).text
    assert desk.reply(path, REPLY).status_code == 303

    def is_delivered() -> bool:
        return any(
            m["body"] == REPLY and m["status"] == "delivered" for m in provider.phone(NUMBER)
        )

    until(is_delivered, "the reply is at the phone")
    until(lambda: "Delivered" in desk.get(path).text, "the console says so")
    until(lambda: is_drained(demo), "everything is drained")
    assert connected(demo) == {role_name(demo.roles.prefix, process) for process in GRANTS}
    assert failures(demo.output.read_text()) == []
    for name, process in demo.supervised().items():
        given = process.environ().values()
        assert demo.urls.main not in given, f"{name} knows the owner's URL"
        assert demo.urls.perishable not in given, f"{name} knows the owner's URL"


def connected(demo: OnPostgres) -> set[str]:
    """As whom the installation's processes are connected, this test itself left out."""
    query = text("SELECT DISTINCT usename FROM pg_stat_activity WHERE usename LIKE :ours")
    with reading(demo.stores.main) as connection:
        found = connection.execute(query, {"ours": f"{demo.roles.prefix}%"}).scalars()
        return set(found)


def test_either_machine_opens_what_came_in_whichever_made_the_key(
    demo: OnPostgres, second: SecondMachine
) -> None:
    """One sender's messages, handled in turn by one machine while the other is gone."""
    provider, reader = Provider(demo), LineReader.of(demo)
    sender = "+12095550172"

    def shown() -> list[list[str]]:
        return [texts for texts in reader.all_texts().values() if texts[0].startswith("turn")]

    second.start("intake")
    first = demo.of("intake")
    first.send_signal(signal.SIGSTOP)
    try:
        provider.text(sender, "turn 1")
        until(lambda: shown() == [["turn 1"]], "the second machine's worker has handled it")
    finally:
        first.send_signal(signal.SIGCONT)
    second.stop("intake")
    provider.text(sender, "turn 2")
    until(lambda: shown() == [["turn 1", "turn 2"]], "the first one's has handled the next")
    assert failures(demo.output.read_text() + second.said()) == []


class Traffic:
    """Residents who text at the same time, each one message after the other."""

    def __init__(self, demo: OnPostgres) -> None:
        self.demo = demo
        self.texts = {
            f"+1209555{2000 + index}": [
                f"{in_words(index)} says {in_words(number)}" for number in range(EACH)
            ]
            for index in range(SENDERS)
        }
        self.kept = 0
        self._lock = Lock()
        self._half = Barrier(AT_ONCE + 1)

    def run(self) -> None:
        """Send everything; half way, while all wait for their next answer, a worker is killed."""
        numbers = list(self.texts)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [pool.submit(self._send, numbers[start::AT_ONCE]) for start in range(AT_ONCE)]
            self._half.wait(DRAIN_SECONDS)
            self.demo.of("intake").kill()
            for job in jobs:
                job.result()

    def _send(self, numbers: list[str]) -> None:
        provider = Provider(self.demo, requests.Session())
        for number in range(EACH):
            if number == EACH // 2:
                self._half.wait(DRAIN_SECONDS)
            for sender in numbers:
                provider.text(sender, self.texts[sender][number])


@pytest.mark.timeout(400)
def test_two_machines_lose_double_and_disorder_nothing_when_a_worker_is_killed(
    demo: OnPostgres, second: SecondMachine
) -> None:
    second.start("intake")
    second.start("delivery")
    traffic = Traffic(demo)
    traffic.run()
    until(lambda: is_drained(demo), "everything is drained", DRAIN_SECONDS)
    reader = LineReader.of(demo)
    shown = [texts for texts in reader.all_texts().values() if " says " in texts[0]]
    assert sorted(shown) == sorted(traffic.texts.values()), "each sender's texts, in order, once"
    with reading(demo.stores.main) as connection:
        assert connection.execute(select(func.count()).select_from(SetAside)).scalar_one() == 0
    provider = Provider(demo)
    answers = [provider.received(sender) for sender in traffic.texts]
    assert {len(received) for received in answers} == {1}, "one acknowledgement each"
    assert failures(second.said()) == []
    for name in ("intake", "delivery"):
        second.stop(name)
