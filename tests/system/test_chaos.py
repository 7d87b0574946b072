"""Nothing acknowledged is lost, none is shown twice, and no reply goes out twice, come what may."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import func, select

from tests.system.chaos import FLUSHALL, Answerer, Gate, Killer, Sender, is_drained
from tests.system.instance import Demo
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, SECOND_INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.db.reading import reading
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.models import SetAside
from tipline.threads.contents import MessageKind

SEED = int(os.environ.get("TIPLINE_TEST_SEED", "20261102"))
SENDERS = 40
MESSAGES = 1000
TARGETS = (
    *("gateway master", "gateway worker", "gateway whole", "intake", "delivery", "valkey"),
    FLUSHALL,
)
KILLS_OF_EACH = 3
REPLIES_PER_KILL = 2
# With an answer this slow, kills strike between the claim of a row and the carrier's answer.
CARRIER_SECONDS = 0.3
DRAIN_SECONDS = 150.0
AT_THE_PHONE = (OutgoingState.SENT, OutgoingState.DELIVERED)
PERHAPS_AT_THE_PHONE = (OutgoingState.UNCERTAIN, OutgoingState.FAILED, OutgoingState.UNDELIVERED)


def plan(rng: random.Random) -> list[tuple[int, str]]:
    """When to strike, in messages acknowledged, and whom: evenly over the whole traffic."""
    targets = list(TARGETS) * KILLS_OF_EACH
    rng.shuffle(targets)
    apart = (MESSAGES - SENDERS) // (len(targets) + 1)
    return [
        (apart * (number + 1) + rng.randrange(apart // 2), target)
        for number, target in enumerate(targets)
    ]


def senders(demo: Demo, gate: Gate, rng: random.Random) -> list[Sender]:
    each = MESSAGES // SENDERS
    return [
        Sender(
            number := f"+12095550{100 + index}",
            [f"{number} says {i:02d} {rng.randbytes(5).hex()}" for i in range(each)],
            Provider(demo, requests.Session()),
            gate,
        )
        for index in range(SENDERS)
    ]


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_or_doubled_while_processes_are_killed(demo: Demo) -> None:
    rng, gate = random.Random(SEED), Gate()
    Provider(demo).turn(create_delay_seconds=CARRIER_SECONDS)
    staff = Staff(demo)
    everybody = senders(demo, gate, rng)
    for sender in everybody[::2]:
        # Nothing but a person can tell what came of a message that was being sent to these.
        Provider(demo).turn(number=sender.number, callbacks_withheld=True)
    killer = Killer(demo, gate, plan(rng), SEED)
    answerers = [
        Answerer(
            email,
            staff.sign_in(email),
            threading.Semaphore(0),
            REPLIES_PER_KILL * len(TARGETS) * KILLS_OF_EACH,
            random.Random(SEED + index),
        )
        for index, email in enumerate((INVESTIGATOR, SECOND_INVESTIGATOR))
    ]

    def let_members_reply() -> None:
        for answerer in answerers:
            answerer.turns.release(REPLIES_PER_KILL)

    killer.before_each = let_members_reply
    # Whoever fails leaves the killer waiting for traffic, so the killer is heard last.
    jobs = [*answerers, *everybody, killer]
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(job.run) for job in jobs]
    for future in futures:
        future.result()

    assert Counter(killer.struck) == dict.fromkeys(TARGETS, KILLS_OF_EACH)

    def drained() -> bool:
        killer.let_time_pass()
        return is_drained(demo)

    until(drained, "everything is drained", DRAIN_SECONDS)
    reader = LineReader.of(demo)
    check_messages(demo, reader, everybody)
    check_replies(demo, reader, everybody, answerers)


def check_messages(demo: Demo, reader: LineReader, everybody: list[Sender]) -> None:
    with reading(demo.stores.main) as connection:
        assert connection.execute(select(func.count()).select_from(SetAside)).scalar_one() == 0
    shown = reader.all_texts()
    by_number = {texts[0].split()[0]: texts for texts in shown.values()}
    assert len(by_number) == len(shown) == SENDERS, "one alias a sender, and one sender an alias"
    for sender in everybody:
        texts = by_number[sender.number]
        # What was posted once and not acknowledged may have been kept, and then stands last.
        unacknowledged = [text for text in sender.texts if text not in sender.acknowledged]
        assert texts in (sender.acknowledged, [*sender.acknowledged, *unacknowledged[:1]])
    assert sum(len(sender.acknowledged) for sender in everybody) >= MESSAGES - SENDERS
    assert sum(sender.tries for sender in everybody) > MESSAGES, "no kill ever struck a webhook"


def check_replies(
    demo: Demo, reader: LineReader, everybody: list[Sender], answerers: list[Answerer]
) -> None:
    provider = Provider(demo)
    phones = {sender.number: provider.received(sender.number) for sender in everybody}
    at_phones = Counter(text for texts in phones.values() for text in texts)
    accepted = [text for answerer in answerers for text in answerer.accepted]
    kept: list[str] = []
    for summary in reader.threads():
        thread = reader.open(summary.alias)
        progress = reader.progress(thread)
        contents = reader.read(thread)
        sent = {n: c.text for n, (kind, c) in contents.items() if kind is MessageKind.REPLY}
        kept += sent.values()
        for sequence, text in sent.items():
            assert_once_or_shown(at_phones[text], progress[sequence].state)
        number = next(c.text for kind, c in contents.values()).split()[0]
        replies = set(sent.values())
        answers = [text for text in phones[number] if text not in replies]
        assert_once_or_shown(len(answers), progress[0].state)
        assert replies.issuperset(set(phones[number]) - set(answers))
    assert sorted(kept) == sorted(accepted), "every reply that was taken stands in a thread, once"
    assert max(at_phones[text] for text in accepted) == 1
    assert set(at_phones) - set(accepted) == {demo_acknowledgement(at_phones, accepted)}


def assert_once_or_shown(times: int, state: OutgoingState) -> None:
    """At the phone exactly once, or shown as uncertain or failed and there at most once."""
    if state in AT_THE_PHONE:
        assert times == 1
    else:
        assert state in PERHAPS_AT_THE_PHONE
        assert times <= 1


def demo_acknowledgement(at_phones: Counter[str], accepted: list[str]) -> str:
    """The one text besides the replies: the line's acknowledgement."""
    (text,) = set(at_phones) - set(accepted)
    return text
