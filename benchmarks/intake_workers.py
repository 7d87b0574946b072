"""Two intake workers against one, on PostgreSQL with everything on the same cores."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Engine, create_engine, text

from benchmarks.instance import Instance, running_instance, wait_for
from benchmarks.loader import requests_per_second, signed_request
from tests.support.plain_words import in_words
from tests.support.roles import temporary_roles
from tests.support.stores import PostgresServer, empty_stores, postgres_server

ROUNDS = 3
MESSAGES = 3000
SENDERS = 600
CONNECTIONS = 8
# The tests' server does not wait for the disk. This one does, as an operator's would.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def scalar(engine: Engine, query: str) -> int:
    """Return the one number that a query gives."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


@contextmanager
def on_postgresql(server: PostgresServer) -> Iterator[tuple[Instance, Engine]]:
    """Give a running instance with two intake workers, each process with a role of its own."""
    for setting in DURABLE:
        server.run(f"ALTER SYSTEM SET {setting} = on")
    server.run("SELECT pg_reload_conf()")
    with temporary_roles(server) as roles, empty_stores("postgresql", Path(), server) as urls:
        engine = create_engine(urls.main, isolation_level="AUTOCOMMIT")
        settings = {
            "TIPLINE_DATABASE_URL": urls.main,
            "TIPLINE_PERISHABLE_URL": urls.perishable,
            "TIPLINE_INTAKE_WORKERS": "2",
            **roles.environment(urls),
        }
        with running_instance(**settings) as instance:
            yield instance, engine
        engine.dispose()


def suspend_idle(engine: Engine, workers: list[psutil.Process]) -> None:
    """Stop workers for a while, none of them with a lane in its hands."""

    def are_idle() -> bool:
        for worker in workers:
            worker.suspend()
        if not scalar(engine, "SELECT count(*) FROM lane_leases WHERE holder IS NOT NULL"):
            return True
        for worker in workers:
            worker.resume()
        return False

    wait_for(are_idle, 60)


def drained(engine: Engine, workers: list[psutil.Process]) -> float:
    """Let some workers go on, and return how long they need for all that waits, in seconds."""
    started = time.perf_counter()
    for worker in workers:
        worker.resume()
    wait_for(lambda: scalar(engine, "SELECT count(*) FROM envelopes") == 0, 300, 0.05)
    return time.perf_counter() - started


def fill(instance: Instance, first: int) -> None:
    """Have messages wait, of as many new residents each time as of known ones."""
    requests = [
        signed_request(instance.target, f"+1209{first + i % SENDERS:07d}", f"Message {in_words(i)}")
        for i in range(MESSAGES)
    ]
    requests_per_second(instance.target.port, requests, CONNECTIONS)


def compare(instance: Instance, engine: Engine, rounds: int) -> None:
    """Drain equal backlogs with one worker and with two, in turns."""
    intake = instance.processes()["intake worker"]
    delivery = instance.processes()["delivery worker"]
    ratios = []
    with_delivery = [*intake, *delivery]
    # What takes long the first time only; delivery has published its keys afterwards.
    fill(instance, 0)
    drained(engine, intake)
    suspend_idle(engine, with_delivery)
    for part in range(rounds):
        seconds = {}
        for number in (1, 2):
            fill(instance, (2 * part + number) * 10_000)
            seconds[number] = drained(engine, intake[:number])
            suspend_idle(engine, intake)
        ratios.append(seconds[1] / seconds[2])
        print(
            f"  round {part + 1}: one {MESSAGES / seconds[1]:.0f}/s,"
            f" two {MESSAGES / seconds[2]:.0f}/s, ratio {ratios[-1]:.2f}",
            flush=True,
        )
    for worker in with_delivery:
        worker.resume()
    print(f"two intake workers / one, PostgreSQL: {statistics.median(ratios):.2f}")


def run(rounds: int = ROUNDS) -> None:
    """Measure in an instance of its own."""
    with postgres_server() as server, on_postgresql(server) as (instance, engine):
        compare(instance, engine, rounds)


if __name__ == "__main__":
    run()
