"""What was written straight into the database or the queue is refused, reported, in nobody's way.

Against the running processes: they look at the same files that the attacker writes to.
"""

from __future__ import annotations

import json
import os
import pickle
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from sqlalchemy import delete, func, insert, literal, select, update

from tests.support.plain_words import in_words
from tests.system.forging import (
    ATTACKERS_PHONE,
    Forger,
    Incidents,
    paused,
    restart,
    restart_workers,
)
from tests.system.instance import Demo, answers
from tests.system.residents import Provider
from tests.system.staff import ADMIN, INVESTIGATOR, Desk, LineReader, Staff
from tests.system.waiting import until
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.sealing import sealed_key_id
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingKind, OutgoingState
from tipline.envelopes.models import Envelope, SetAside
from tipline.identity.models import AddressTag
from tipline.incidents.services import IncidentKind
from tipline.lines.models import Line, LineKey
from tipline.published_keys.models import PublishedKey
from tipline.threads.models import Message, Thread

pytestmark = pytest.mark.timeout(300)


class Line1:
    """The first line from both ends: its residents, and a member who reads everything."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.provider = Provider(demo)
        self.reader = LineReader.of(demo)
        self._senders = 0

    def sender(self) -> str:
        """A number that nobody has used."""
        self._senders += 1
        return f"+12095550{100 + self._senders}"

    def shows(self, text: str) -> list[str]:
        """The aliases of the threads that show this text, once for each time."""
        found = self.reader.all_texts()
        return [alias for alias, texts in found.items() for each in texts if each == text]

    def text(self, sender: str) -> tuple[str, str]:
        """Text the line and wait until it is shown: the text, and the alias."""
        text = f"A tip {in_words(secrets.randbits(64))}"
        self.provider.text(sender, text)
        until(lambda: self.shows(text), "the tip is shown")
        (alias,) = self.shows(text)
        return text, alias

    def thread_of(self, sender: str) -> str:
        """The id of a new thread of this sender."""
        return self.reader.open(self.text(sender)[1]).summary.id

    def refresh_gateway(self) -> None:
        """A gateway that has read nothing yet: it keeps lines for seconds and keys for a minute."""
        restart_workers(self.demo, "gateway", f"{self.provider.gateway}/healthz")

    def works(self) -> None:
        """A newcomer's tip is shown and acknowledged."""
        sender = self.sender()
        self.text(sender)
        until(lambda: self.provider.received(sender), "the acknowledgement is at the phone")


@pytest.fixture(scope="module")
def line(demo: Demo) -> Line1:
    return Line1(demo)


@pytest.fixture(scope="module")
def staff(demo: Demo) -> Staff:
    return Staff(demo)


@pytest.fixture(scope="module")
def investigator(staff: Staff) -> Desk:
    return staff.sign_in(INVESTIGATOR)


@pytest.fixture
def forger(demo: Demo, line: Line1) -> Iterator[Forger]:
    """An attacker. Whatever was tried, nothing reached them and the line still works."""
    forger = Forger(demo)
    yield forger
    assert line.provider.received(ATTACKERS_PHONE) == []
    assert not forger.holds_anything()
    line.works()


@pytest.fixture
def incidents(demo: Demo) -> Incidents:
    return Incidents(demo)


def envelopes(demo: Demo) -> int:
    with reading(demo.stores.main) as connection:
        return int(connection.execute(select(func.count()).select_from(Envelope)).scalar_one())


def test_an_envelope_that_the_gateway_did_not_write(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents
) -> None:
    number = line.provider.numbers["police-tips"]
    for tag in (os.urandom(32), bytes(32)):
        forger.envelope(number, "A forged tip", tag)
    incidents.wait_for(IncidentKind.FORGED_ENVELOPE, 2)
    until(lambda: envelopes(demo) == 0, "the envelopes are out of the way")
    assert line.shows("A forged tip") == []


def test_an_envelope_copied_from_a_genuine_one(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents
) -> None:
    sender, tip = line.sender(), f"A tip {in_words(secrets.randbits(64))}"
    line.text(sender)
    columns = (
        Envelope.uid, Envelope.lane, Envelope.key_id, Envelope.sealed, Envelope.gateway_tag,
        Envelope.received_hour,
    )  # fmt: skip
    names = [column.key for column in columns]
    with paused(demo, "intake"):
        line.provider.text(sender, tip)
        forger.write(insert(Envelope).from_select(names, select(*columns)))
        moved = [(Envelope.lane + 1) % 64 if c is Envelope.lane else c for c in columns]
        first = select(*moved).order_by(Envelope.id).limit(1)
        forger.write(insert(Envelope).from_select(names, first))
        assert envelopes(demo) == 3
    until(lambda: envelopes(demo) == 0, "the envelopes are out of the way")
    # The copy conflicts with the original and is set aside; the one in another lane is no copy.
    assert len(line.shows(tip)) == 1
    assert incidents.of(IncidentKind.MESSAGE_SET_ASIDE) == 1
    assert incidents.of(IncidentKind.FORGED_ENVELOPE) == 1


def test_a_swapped_intake_key(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents
) -> None:
    swap = update(PublishedKey).where(PublishedKey.kind == "intake")
    fields = line.provider.fields(line.sender(), f"A tip {in_words(secrets.randbits(64))}")
    with paused(demo, "intake"):
        forger.write(swap.values(public=forger.opening.public.raw))
        line.refresh_gateway()
        assert not answers(f"{line.provider.gateway}/readyz")
        assert line.provider.post(fields) == 503
        assert envelopes(demo) == 0
    incidents.wait_for(IncidentKind.SWAPPED_KEY)
    assert forger.published("intake").raw != forger.opening.public.raw
    until(lambda: line.provider.post(fields) == 200, "messages are kept again")


def test_a_swapped_delivery_key(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents, investigator: Desk
) -> None:
    _, alias = line.text(line.sender())
    path = f"/lines/police-tips/threads/{alias}"
    swap = update(PublishedKey).where(PublishedKey.kind.in_(("delivery", "contact")))
    tip = f"A tip {in_words(secrets.randbits(64))}"
    with paused(demo, "delivery"):
        forger.write(swap.values(public=forger.opening.public.raw))
        restart(demo, "intake")
        restart_workers(demo, "console", f"{investigator.url}/sign-in")
        line.provider.text(line.sender(), tip)
        failed = len(demo.events("drain_failed"))
        until(lambda: len(demo.events("drain_failed")) > failed, "intake seals nothing to it")
        assert investigator.reply(path, "Never sent").status_code == 503
        assert (envelopes(demo), line.shows(tip)) == (1, [])
    incidents.wait_for(IncidentKind.SWAPPED_KEY, 2)
    until(lambda: line.shows(tip), "the tip that had to wait is shown")
    assert investigator.reply(path, "Sent once all is well").status_code == 303


@pytest.mark.parametrize(
    "what", ["address", "name", "acknowledgement", "sealing_public", "verifying_public"]
)
def test_a_line_whose_certificate_does_not_hold(
    demo: Demo, line: Line1, forger: Forger, what: str
) -> None:
    fields = line.provider.fields(line.sender(), f"A tip {in_words(secrets.randbits(64))}")
    with swapped_line(forger, what):
        line.refresh_gateway()
        refused = len(demo.events("line_certificate_refused"))
        # A 2xx would promise what nobody can keep.
        assert line.provider.post(fields) >= 400
        assert envelopes(demo) == 0
        assert len(demo.events("line_certificate_refused")) > refused
    line.refresh_gateway()
    assert line.provider.post(fields) == 200


def swapped_line(forger: Forger, what: str) -> AbstractContextManager[None]:
    """One of the columns that a line's certificate covers, with the attacker's value."""
    line_id = forger.line_id()
    if what not in ("sealing_public", "verifying_public"):
        return forger.swapped(getattr(Line, what), ATTACKERS_PHONE, Line.id == line_id)
    keys = {"sealing_public": forger.opening.public, "verifying_public": forger.signing.public}
    return forger.swapped(getattr(LineKey, what), keys[what].raw, LineKey.line_id == line_id)


def test_nothing_is_sealed_to_a_swapped_line_key_by_intake(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents
) -> None:
    tip = f"A tip {in_words(secrets.randbits(64))}"
    with paused(demo, "intake"):
        line.provider.text(line.sender(), tip)
        with swapped_line(forger, "sealing_public"):
            restart(demo, "intake")
            incidents.wait_for(IncidentKind.MESSAGE_SET_ASIDE)
    # Not lost: kept for intake alone.
    with reading(demo.stores.main) as connection:
        query = select(SetAside.sealed_for_line, SetAside.kept_for_intake)
        row = connection.execute(query.order_by(SetAside.id.desc()).limit(1)).one()
    assert row.sealed_for_line is None
    assert sealed_key_id(row.kept_for_intake) != forger.opening.public.key_id
    restart(demo, "intake")


def test_a_swapped_thread_key(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents, investigator: Desk
) -> None:
    sender = line.sender()
    _, alias = line.text(sender)
    thread = line.reader.open(alias)
    path = f"/lines/police-tips/threads/{alias}"
    tip = f"A tip {in_words(secrets.randbits(64))}"
    is_it = Thread.id == thread.summary.id
    with forger.swapped(Thread.public, forger.opening.public.raw, is_it):
        assert investigator.get(path).status_code >= 400
        incidents.wait_for(IncidentKind.SWAPPED_KEY)
        line.provider.text(sender, tip)
        incidents.wait_for(IncidentKind.SWAPPED_KEY, 2)
        until(lambda: envelopes(demo) == 0, "the message is handled")
    with reading(demo.stores.main) as connection:
        key_ids = {sealed_key_id(s) for s in connection.execute(select(Message.sealed)).scalars()}
    assert forger.opening.public.key_id not in key_ids
    assert thread.public.key_id in key_ids
    # The same person under a new alias: nothing of theirs is lost.
    assert len(line.shows(tip)) == 1
    assert line.shows(tip) != [alias]


def test_a_swapped_alias(
    line: Line1, forger: Forger, incidents: Incidents, investigator: Desk
) -> None:
    """Somebody's alias on somebody else's thread would have a member answer the wrong person."""
    _, alias = line.text(line.sender())
    thread_id = line.reader.open(alias).summary.id
    with forger.swapped(Thread.alias, "forged-fox-99", Thread.id == thread_id):
        path = "/lines/police-tips/threads/forged-fox-99"
        assert investigator.get(path).status_code >= 400
        incidents.wait_for(IncidentKind.SWAPPED_KEY)


def test_a_swapped_address_tag(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents
) -> None:
    """One sender's messages in another's thread would tell what was told in confidence."""
    senders = [line.sender(), line.sender()]
    ids = [line.thread_of(sender) for sender in senders]
    with demo.stores.perishable.begin() as connection:
        lead = update(AddressTag).where(AddressTag.thread_id == ids[0])
        connection.execute(lead.values(thread_id=ids[1]))
    _, alias = line.text(senders[0])
    incidents.wait_for(IncidentKind.SWAPPED_TAG)
    assert line.reader.open(alias).summary.id not in ids


def test_outbox_rows_that_nobody_entitled_signed(
    demo: Demo, line: Line1, forger: Forger, incidents: Incidents, investigator: Desk
) -> None:
    sender = line.sender()
    _, alias = line.text(sender)
    thread_id = line.reader.open(alias).summary.id
    assert investigator.reply(f"/lines/police-tips/threads/{alias}", "Genuine").status_code == 303
    until(lambda: "Genuine" in line.provider.received(sender), "the reply is at the phone")
    with reading(demo.stores.main) as connection:
        query = select(Outgoing).where(Outgoing.thread_id == thread_id)
        genuine = {row.kind: row for row in connection.execute(query)}
    uids = []
    for kind in OutgoingKind:
        # A phone's thread has no letters: a reply's signature holds for none either.
        copied = genuine.get(kind.value, genuine[OutgoingKind.REPLY.value]).signature
        for signature in (None, b"", os.urandom(len(copied)), copied):
            # Each in a thread of its own: in one thread a row waits for those before it.
            other = {} if signature is None else {"signature": signature}
            uids.append(forger.outgoing(line.thread_of(line.sender()), kind, "Forged", **other))
    uids.append(forger.outgoing(thread_id, OutgoingKind.AUTOMATIC, "Forged", sealed=b"x"))
    incidents.wait_for(IncidentKind.FORGED_OUTBOX, len(uids))
    refused = {OutgoingState.REFUSED.value}
    until(lambda: {forger.state_of(uid) for uid in uids} == refused, "each is refused")
    assert line.provider.received(sender).count("Genuine") == 1


def test_an_outbox_row_of_a_kind_that_there_is_not(
    line: Line1, forger: Forger, incidents: Incidents
) -> None:
    thread_id = line.thread_of(line.sender())
    uid = forger.outgoing(thread_id, OutgoingKind.AUTOMATIC, "Forged", kind="nonsense")
    # Before anybody swept, it stands in nobody's way.
    line.works()
    incidents.wait_for(IncidentKind.FORGED_OUTBOX)
    assert forger.state_of(uid) == OutgoingState.REFUSED.value


def test_a_delivery_report_that_the_gateway_did_not_write(
    forger: Forger, incidents: Incidents
) -> None:
    forger.status_report("delivered")
    incidents.wait_for(IncidentKind.FORGED_STATUS)


def test_a_message_put_into_a_thread(
    line: Line1, forger: Forger, incidents: Incidents, investigator: Desk
) -> None:
    text, alias = line.text(line.sender())
    thread = line.reader.open(alias)
    copied = select(
        literal(thread.summary.id), literal(99), Message.kind, Message.sealed, Message.signature,
        literal(os.urandom(32)), Message.hour,
    ).where(Message.thread_id == thread.summary.id)  # fmt: skip
    names = ["thread_id", "sequence", "kind", "sealed", "signature", "source", "hour"]
    forger.write(insert(Message).from_select(names, copied))
    page = investigator.get(f"/lines/police-tips/threads/{alias}").text
    with pytest.raises(NotAuthenticError):
        line.reader.texts(alias)
    forger.write(delete(Message).where(Message.sequence == 99))
    assert page.count(text) == 1
    assert "This message is not authentic and is not shown." in page
    incidents.wait_for(IncidentKind.FORGED_MESSAGE)


@pytest.mark.parametrize("queue", ["intake", "delivery"])
def test_a_job_that_names_another_function(
    demo: Demo, forger: Forger, incidents: Incidents, queue: str
) -> None:
    written = demo.scratch / f"written-by-a-job-of-{queue}"
    shell = ["/bin/sh", "-c", f"echo broken into > {written}"]
    other = "delivery" if queue == "intake" else "intake"
    drain = f"workers.{queue}.drain"
    worker = demo.of(queue).pid
    attempts: list[dict[str, object]] = [
        {"function": "subprocess.check_output", "args": [shell]},
        {"function": "os.system", "args": [" ".join(shell)]},
        {"function": drain, "args": [shell]},
        {"function": drain, "args": [], "success_callback_name": "os.system"},
        {"function": drain, "args": [], "failure_callback_name": "os.system"},
        {"function": drain, "args": [], "data": pickle.dumps(Exploit(written))},
        {"function": drain, "args": [], "data": json.dumps(["os.system", None]).encode()},
        {"function": drain, "args": [], "data": b"\xff no JSON"},
        {"function": f"workers.{other}.drain", "args": [], "origin": other},
    ]
    for attempt in attempts:
        forger.job(queue, **attempt)
    incidents.wait_for(IncidentKind.FOREIGN_JOB, len(attempts))
    assert not written.exists()
    assert demo.of(queue).pid == worker, "no job ends the worker"


class Exploit:
    """What unpickling would run."""

    def __init__(self, written: Path) -> None:
        self._written = written

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"echo unpickled > {self._written}",)


def test_an_admin_sees_what_was_refused(staff: Staff, forger: Forger, incidents: Incidents) -> None:
    admin = staff.sign_in(ADMIN)
    words = "Messages that the gateway did not write"
    before = admin.incidents().get(words, 0)
    forger.envelope("+12095550100", "A forged tip", os.urandom(32))
    incidents.wait_for(IncidentKind.FORGED_ENVELOPE)
    assert admin.incidents()[words] == before + 1
    assert requests.get(f"{admin.url}/admin", timeout=30, allow_redirects=False).status_code == 303
