"""How long a search takes: `python -m benchmarks.search_pages --threads 100000 [--postgresql]`.

Without arguments a small line is made. What is measured is what a request does after its keys are
open: looking up, filtering, opening, checking and cutting out a page of ten results.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import psutil
from sqlalchemy import func, select

from benchmarks.search_corpus import (
    DAYS,
    MESSAGES_IN_A_THREAD,
    PHRASE,
    RARE,
    START,
    fill,
    new_line,
    vocabulary,
)
from tests.support.stores import Urls, empty_stores, postgres_server
from tipline.clock import system_clock
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores, open_stores, sqlite_url
from tipline.db.reading import reading
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.keyrings import LineKeyring
from tipline.search.finding import Query, Search
from tipline.search.indexer import Indexer
from tipline.search.models import SearchPage, SearchSegment
from tipline.search.reading import LineTexts
from tipline.threads.models import Thread

SMALL = 2000
FULL = 100_000
INDEXED_THE_REAL_WAY = 1000
ROUNDS = 40
KEPT = "keys.json"


def queries(stores: Stores) -> dict[str, Callable[[random.Random], Query]]:
    words, _ = vocabulary()
    with reading(stores.main) as connection:
        aliases = list(connection.execute(select(Thread.alias).limit(200)).scalars())

    def month(chance: random.Random) -> Query:
        first = (START + timedelta(days=chance.randrange(DAYS - 31))).date()
        return Query(first_day=first, last_day=first + timedelta(days=30))

    def word_in_month(chance: random.Random) -> Query:
        span = month(chance)
        return Query(chance.choice(words[200:2000]), "", span.first_day, span.last_day)

    return {
        "rare word": lambda _: Query(RARE),
        "word of rank 5,000 to 20,000": lambda chance: Query(chance.choice(words[5000:])),
        "common word (rank 5 to 50)": lambda chance: Query(chance.choice(words[5:50])),
        "two words (rank 100 to 1,000)": lambda chance: Query(
            " ".join(chance.sample(words[100:1000], 2))
        ),
        "common and rare word": lambda chance: Query(f"{RARE} {chance.choice(words[:5])}"),
        "phrase": lambda _: Query(f'"{PHRASE}"'),
        "no hit": lambda chance: Query(f"xyzzy{chance.randrange(10**6)}"),
        "alias": lambda chance: Query(alias=chance.choice(aliases)),
        "month": month,
        "word within a month": word_in_month,
        "unopened and urgent": lambda _: Query(is_unopened=True, is_urgent=True),
    }


def measure(stores: Stores, texts: LineTexts, rounds: int) -> None:
    chance = random.Random(5)
    everything: list[float] = []
    cpu: list[float] = []
    for name, make in queries(stores).items():
        taken, working, hits = [], [], 0
        for _ in range(rounds):
            query = make(chance)
            started, began = time.perf_counter(), time.process_time()
            hits += len(Search(stores, [texts], query).page().results)
            taken.append((time.perf_counter() - started) * 1000)
            working.append((time.process_time() - began) * 1000)
        everything += taken
        cpu += working
        print(
            f"  {name}: {shares(taken)} (CPU {shares(working)}),"
            f" {hits / rounds:.1f} results a page",
            flush=True,
        )
    print(f"  all of these: {shares(everything)} (CPU {shares(cpu)})")
    print(f"  load of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def shares(taken: list[float]) -> str:
    ordered = sorted(taken)
    cut = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95)]
    return f"p50 {cut[0]:.0f} ms, p95 {cut[1]:.0f} ms"


def sizes(stores: Stores) -> None:
    query = select(func.count(), func.sum(func.length(SearchPage.sealed)))
    segments = select(func.count()).select_from(SearchSegment)
    with reading(stores.perishable) as connection:
        pages, length = connection.execute(query).one()
        print(
            f"  index: {connection.execute(segments).scalar_one()} segments, {pages} pages,"
            f" {(length or 0) / 2**20:.0f} MiB"
        )


def indexing_rate(texts: LineTexts, threads: int) -> None:
    read = [0]

    def count() -> None:
        read[0] += 1

    started = time.perf_counter()
    Indexer(texts, count).run()
    seconds = time.perf_counter() - started
    messages = threads * MESSAGES_IN_A_THREAD
    print(
        f"  opening and indexing: {read[0] / seconds:.0f} threads/s,"
        f" {messages / seconds:.0f} messages/s"
    )


@contextmanager
def new_stores(backend: str, folder: Path) -> Iterator[Urls]:
    folder.mkdir()
    if backend == "sqlite":
        with empty_stores(backend, folder, None) as urls:
            yield urls
        return
    with postgres_server() as server, empty_stores(backend, folder, server) as urls:
        yield urls


@contextmanager
def opened(urls: Urls) -> Iterator[Stores]:
    stores = open_stores(urls.main, urls.perishable)
    yield stores
    stores.main.dispose()
    stores.perishable.dispose()


def build_rate(backend: str, folder: Path, threads: int) -> None:
    with new_stores(backend, folder) as urls, opened(urls) as stores:
        texts, bundle, intake = new_line(stores)
        for _ in fill(stores, bundle, intake, threads, is_indexed=False):
            pass
        indexing_rate(texts, threads)


def make(urls: Urls, folder: Path, threads: int) -> None:
    """Fill stores with an indexed line, and keep its keys in a folder."""
    with opened(urls) as stores:
        texts, bundle, intake = new_line(stores)
        for done in fill(stores, bundle, intake, threads, is_indexed=True):
            if done % 10_240 == 0:
                print(f"  made {done}", flush=True)
        Indexer(texts).run()
        keep(folder, texts, bundle)


def run(backend: str, threads: int, folder: Path, rounds: int = ROUNDS) -> None:
    print(f"search, {backend}, {threads} threads, {threads * MESSAGES_IN_A_THREAD} messages:")
    # In processes of their own, so that what is held at the end is what searching needs.
    beside(build_rate, backend, folder / "build", min(threads, INDEXED_THE_REAL_WAY))
    with new_stores(backend, folder / "stores") as urls:
        beside(make, urls, folder, threads)
        search(urls, folder, rounds)


def beside(work: Callable[..., None], *arguments: object) -> None:
    process = get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0


def search(urls: Urls, folder: Path, rounds: int) -> None:
    """Search in stores that are filled, with the keys that are kept in a folder."""
    line_id, opening, signing, intake = json.loads((folder / KEPT).read_text())
    bundle = LineBundle(
        line_id, 1, OpeningKey(bytes.fromhex(opening)), SigningKey(bytes.fromhex(signing))
    )
    pin = VerifyingKey(bytes.fromhex(intake))
    with opened(urls) as stores:
        # Replies are not shown as authentic without the console's key; the residents' are enough.
        lines = LineDirectory(stores.main, SigningKey.generate().public, system_clock)
        sizes(stores)
        measure(stores, LineTexts(stores, lines, pin, line_id, LineKeyring.of(bundle)), rounds)
    print(f"  memory: {psutil.Process().memory_info().rss / 2**20:.0f} MiB")


def keep(folder: Path, texts: LineTexts, bundle: LineBundle) -> None:
    """Keep the made-up keys beside the made-up stores, so that they can be searched again."""
    seeds = (bundle.line_id, bundle.opening.seed.hex(), bundle.signing.seed.hex())
    intake = texts.intake_pin.raw.hex()
    (folder / KEPT).write_text(json.dumps([*seeds, intake]))


def again(folder: Path, rounds: int) -> None:
    """Search once more in the SQLite stores of an earlier run."""
    names = ("main.sqlite3", "perishable.sqlite3")
    search(Urls(*(sqlite_url(folder / "stores" / name) for name in names)), folder, rounds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=SMALL)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the stores there")
    parser.add_argument("--again", action="store_true", help="search what lies in the folder")
    arguments = parser.parse_args()
    if arguments.again:
        again(arguments.folder, arguments.rounds)
        return
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="tipline-search-"))
    folder.mkdir(exist_ok=True)
    backend = "postgresql" if arguments.postgresql else "sqlite"
    try:
        run(backend, arguments.threads, folder, arguments.rounds)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
