"""What the log of what staff do costs, and how quick it is at 1,000,000 entries."""

from __future__ import annotations

import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import insert, select

from tests.console.house import START, Blueprint, Browser, House, thread_path
from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.entries import Entry, new_salt
from tipline.audit.merkle import inclusion_proof
from tipline.audit.models import PendingEntry
from tipline.audit.proofs import Proof
from tipline.audit.publishing import Publisher
from tipline.audit.reading import stored_log
from tipline.audit.recording import Recorder
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.tile_reading import TileReader
from tipline.audit.verifying import verify
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.threads.models import Thread

ENTRIES, AT_ONCE = 1_000_000, 20_000
THREADS, DAYS = 2_000, 300
VIEWS, PAGES, PROOFS = 60, 30, 200
MESSAGES = 30  # of the thread that is viewed
TARGET_SHARE, TARGET_SECONDS, TARGET_PROOF_MS, TARGET_PAGE_MS = 0.10, 30, 10, 150


class Office:
    """A console in this process, and its log."""

    def __init__(self, home: Path) -> None:
        self.house: House = Blueprint.draw(home / "drawn").build(home / "instance")
        self.engine = self.house.stores.main
        self.signer = NoteSigner("tips.example.org/log", SigningKey.generate())
        self.sequencer = Sequencer(self.engine, self.house.clock)
        self.sequencer.begin(self.signer.verifier)

    def publish(self) -> tuple[str, Checkpoint]:
        note = Publisher(self.engine, self.signer, self.house.clock).publish()
        return note, open_checkpoint(note.encode(), [self.signer.verifier])[0]


def run(entries: int = ENTRIES) -> None:
    """Measure on SQLite, in stores that are made for it and thrown away."""
    with tempfile.TemporaryDirectory(prefix="tipline-log-") as folder:
        office = Office(Path(folder))
        cost_of_an_entry(office)
        fill(office, entries)
        note, checkpoint = office.publish()
        verification(office, checkpoint)
        proofs(office, note, checkpoint)
        auditors_page(office)


def cost_of_an_entry(office: Office) -> None:
    """A thread's page with its entry and without, in turns."""
    alias = office.house.text("The first of many")
    for number in range(MESSAGES - 1):
        alias = office.house.text(f"And then this happened, {number}")
    path = thread_path(alias)
    browser = office.house.signed_in("ann")
    browser.get(path)
    shares = []
    for _ in range(VIEWS):
        with without_entries():
            bare = seconds_of(lambda: browser.get(path))
        shares.append(seconds_of(lambda: browser.get(path)) / bare - 1)
    share = statistics.median(shares)
    print(f"an entry costs {share:.1%} of a thread view (at most {TARGET_SHARE:.0%} is wanted)")


@contextmanager
def without_entries() -> Iterator[None]:
    """Let the console show things that nobody records, which it otherwise refuses."""

    def settle(_recorder: Recorder, what: object, outcome: Outcome) -> None:
        pass

    with (
        patch.object(Recorder, "settle", settle),
        patch.object(Recorder, "_write", lambda *_: None),
    ):
        yield


def fill(office: Office, entries: int) -> None:
    """Write entries of a year by the staff that there is, and number them."""
    chance = random.Random(1)
    staff = [person.signed_in.member_id for person in office.house.people.values()]
    with reading(office.engine) as connection:
        real = connection.execute(select(Thread.id)).scalars().all()
    threads = [*real, *(f"{number:032x}" for number in range(THREADS))]
    acts = [Act.VIEW_THREAD] * 12 + [Act.REPLY, Act.SIGN_IN, Act.SEARCH, Act.PRINT_THREAD]
    step = timedelta(days=DAYS) / entries
    started = time.perf_counter()
    for first in range(0, entries, AT_ONCE):
        rows = []
        for number in range(first, min(first + AT_ONCE, entries)):
            act, at = chance.choice(acts), START - timedelta(days=DAYS) + number * step
            thread = "" if act in (Act.SIGN_IN, Act.SEARCH) else chance.choice(threads)
            entry = Entry(at, act, Outcome.DONE, "console", chance.choice(staff), "c" * 32, thread)
            rows.append({"salt": new_salt(), "body": entry.to_bytes()})
        with office.engine.begin() as connection:
            connection.execute(insert(PendingEntry), rows)
        office.sequencer.run()
    seconds = time.perf_counter() - started
    print(f"written and numbered: {entries / seconds:.0f} entries/s")


def verification(office: Office, checkpoint: Checkpoint) -> None:
    """All entries against a checkpoint."""
    before = peak_mib()
    started = time.perf_counter()
    with stored_log(office.engine) as log:
        verdict = verify(log, checkpoint, [office.signer.verifier])
    seconds = time.perf_counter() - started
    assert verdict.is_right
    print(
        f"{verdict.size} entries verified in {seconds:.1f} s (at most {TARGET_SECONDS}), "
        f"{peak_mib() - before:.0f} MiB more memory"
    )


def proofs(office: Office, note: str, checkpoint: Checkpoint) -> None:
    """Proof files of single entries."""
    chance = random.Random(2)

    def prove() -> None:
        index = chance.randrange(checkpoint.size)
        with stored_log(office.engine) as log:
            reader = TileReader(checkpoint.size, log.tile)
            Proof(index, tuple(inclusion_proof(index, checkpoint.size, reader)), note.encode())

    times = sorted(seconds_of(prove) * 1000 for _ in range(PROOFS))
    print(f"a proof: p50 {times[len(times) // 2]:.1f} ms, p95 {cut(times):.1f} ms", end="")
    print(f" (at most {TARGET_PROOF_MS})")


def auditors_page(office: Office) -> None:
    """The auditor's page by each kind of filter, with the picture of five weeks."""
    browser: Browser = office.house.signed_in("aud")
    ann = office.house.people["ann"].signed_in.member_id
    alias = office.house.newest_alias()
    kinds = {
        "newest": "/log",
        "deep": "/log?before=300000",
        "a person": f"/log?who={ann}",
        "an act": "/log?act=print_thread",
        "the commonest act": "/log?act=view_thread",
        "a rare act": "/log?act=make_line",
        "a thread": f"/log?alias={alias}",
        "a week": "/log?since=2026-05-01&until=2026-05-07",
        "a person's searches in a month": f"/log?who={ann}&act=search&since=2026-05-01"
        "&until=2026-05-31",
        "who did what they never do": f"/log?who={ann}&act=make_line",
    }
    every = []
    for name, path in kinds.items():
        assert browser.get(path).status_code == 200
        times = sorted(seconds_of(lambda path=path: browser.get(path)) * 1000 for _ in range(PAGES))
        every += times
        print(f"  {name}: p50 {times[len(times) // 2]:.0f} ms, p95 {cut(times):.0f} ms")
    print(f"the auditor's page: p95 {cut(sorted(every)):.0f} ms (at most {TARGET_PAGE_MS})")


def seconds_of(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def cut(times: list[float]) -> float:
    return times[int(len(times) * 0.95)]


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
