"""Auditors register witnesses, and see how much of the log each has seen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from tests.console.house import Browser, House, visible
from tests.console.test_log_pages import Records, rows
from tests.support.witnesses import SomeWitness, seen_by
from tipline.audit.cosignatures import take
from tipline.audit.models import LogWitness
from tipline.audit.publishing import Publisher
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.verifiers import SignatureType, Verifier
from tipline.audit.witness_rows import MOST_WITNESSES
from tipline.audit.witnesses import (
    KnownWitnessError,
    NamelessWitnessError,
    NotAWitnessError,
    TooManyWitnessesError,
    WitnessRefusedError,
)
from tipline.crypto.signing import SigningKey

PAGE = "/log/witnesses"
ANNA, BEN = "Anna of the review board", "Ben of the paper, 209 555 0199"


@pytest.fixture
def records(house: House) -> Records:
    records = Records(house)
    house.signed_in("ben")
    records.work()
    return records


@pytest.fixture
def auditor(house: House, records: Records) -> Browser:
    return house.signed_in("aud")


def add(browser: Browser, called: str, vkey: str) -> tuple[int, str]:
    answer = browser.submit(PAGE, browser.get(PAGE), called=called, vkey=vkey)
    return answer.status_code, visible(answer.text)


def checkpoint(house: House, records: Records) -> bytes:
    """The newest checkpoint, after something was done."""
    records.sequencer.run()
    with house.stores.main.connect() as connection:
        query = text("SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1")
        return connection.execute(query).scalar_one().encode()


def look(house: House, records: Records, *who: SomeWitness) -> None:
    for one in who:
        note = one.cosigned(checkpoint(house, records), house.clock())
        assert take(house.stores.main, note, house.clock())


def row_of(page: str, called: str) -> str:
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return next(row for row in map(visible, found) if row.startswith(called))


def test_a_witness_is_registered_seen_and_removed(
    house: House, records: Records, auditor: Browser
) -> None:
    anna = SomeWitness()
    page = visible(auditor.get(PAGE).text)
    assert "Nobody yet." in page
    assert records.verifier.vkey() in page, "what a witness needs"
    assert add(auditor, f" {ANNA} ", f"{anna.vkey}\n")[0] == 303
    page = auditor.get(PAGE).text
    assert row_of(page, ANNA).startswith(
        f"{ANNA} {anna.name} {anna.verifier.fingerprint} never never everything"
    )
    assert row_of(auditor.get("/log").text, ANNA) == f"{ANNA} never never everything"
    look(house, records, anna)
    told = f"{ANNA} 256 Friday, 20 Nov 2026 nothing"
    assert row_of(auditor.get("/log").text, ANNA) == told
    house.clock.move(days=1)
    records.work()
    auditor = house.signed_in("aud")
    told = f"{ANNA} 256 Friday, 20 Nov 2026 256 entries"
    assert row_of(auditor.get("/log").text, ANNA) == told
    (action,) = re.findall(r'action="(/log/witnesses/[0-9a-f]{32}/remove)"', auditor.get(PAGE).text)
    page = auditor.get(PAGE)
    assert auditor.submit(action, page).status_code == 303
    assert auditor.submit(action, page).status_code == 404, "a second click"
    assert "Nobody yet." in visible(auditor.get(PAGE).text)
    assert seen_by(house.stores.main) == {}


def test_both_acts_are_in_the_log_with_the_key(
    house: House, records: Records, auditor: Browser
) -> None:
    anna = SomeWitness()
    add(auditor, ANNA, anna.vkey)
    witness = seen_by(house.stores.main)[ANNA].id
    page = auditor.get(PAGE)
    auditor.submit(f"{PAGE}/{witness}/remove", page)
    records.sequencer.run()
    for act, words in (
        ("add_witness", "Registered a witness of this log"),
        ("remove_witness", "Removed a witness of this log"),
    ):
        (row,) = rows(auditor.get(f"/log?act={act}").text)
        assert row.endswith(f"aud@example.org {words} {anna.verifier.fingerprint}")
        table = auditor.get(f"/log/export.csv?act={act}").text
        assert f",{anna.verifier.fingerprint}\r\n" in table
        assert table.splitlines()[0].endswith(",found,request,key")


def test_what_is_typed_wrong_stands_beside_its_field(house: House, auditor: Browser) -> None:
    anna = SomeWitness()
    log_key = NoteSigner("other.example/log", SigningKey.generate()).verifier.vkey()
    name, key_id, key = anna.vkey.split("+", 2)
    long = SomeWitness("x" * 201).vkey
    for called, vkey, message in (
        ("", anna.vkey, NamelessWitnessError()),
        ("A\tB", anna.vkey, NamelessWitnessError()),
        ("x" * 101, anna.vkey, NamelessWitnessError()),
        (ANNA, "", WitnessRefusedError()),
        (ANNA, "nonsense", WitnessRefusedError()),
        (ANNA, f"{name}+{key_id}+{key[:-4]}", WitnessRefusedError()),
        (ANNA, f"{name}x+{key_id}+{key}", WitnessRefusedError()),
        (ANNA, long, WitnessRefusedError()),
        (ANNA, log_key, NotAWitnessError()),
    ):
        status, page = add(auditor, called, vkey)
        assert (status, str(message) in page) == (400, True), message
    assert seen_by(house.stores.main) == {}
    page = auditor.submit(PAGE, auditor.get(PAGE), called=ANNA, vkey="nonsense").text
    assert f'value="{ANNA}"' in page
    assert 'value="nonsense"' in page


def test_a_log_is_not_its_own_witness(house: House, records: Records, auditor: Browser) -> None:
    named_alike = SomeWitness(records.verifier.name).vkey
    same_key = Verifier("board.example/x", SignatureType.COSIGNATURE_V1, records.verifier.key)
    for vkey in (named_alike, same_key.vkey()):
        status, page = add(auditor, ANNA, vkey)
        assert (status, NotAWitnessError.message in page) == (400, True)
    assert seen_by(house.stores.main) == {}


def test_nobody_is_two_witnesses(house: House, auditor: Browser) -> None:
    anna = SomeWitness()
    assert add(auditor, ANNA, anna.vkey)[0] == 303
    same_name = SomeWitness(anna.name)
    same_key = SomeWitness("board.example/other", key=anna.key)
    for vkey in (anna.vkey, same_name.vkey, same_key.vkey):
        status, page = add(auditor, BEN, vkey)
        assert (status, KnownWitnessError.message in page) == (409, True)
    assert list(seen_by(house.stores.main)) == [ANNA]


def test_there_is_a_most(house: House, auditor: Browser) -> None:
    for number in range(MOST_WITNESSES):
        SomeWitness(f"board.example/{number}", f"Number {number}").registered(house.stores.main)
    status, page = add(auditor, ANNA, SomeWitness().vkey)
    assert (status, str(TooManyWitnessesError()) in page) == (409, True)
    assert len(seen_by(house.stores.main)) == MOST_WITNESSES


def test_whoever_sits_down_at_a_forgotten_screen_registers_nobody(
    house: House, auditor: Browser
) -> None:
    page = auditor.get(PAGE)
    house.clock.move(minutes=6)
    answer = auditor.submit(PAGE, page, called=ANNA, vkey=SomeWitness().vkey)
    assert answer.status_code == 401
    assert seen_by(house.stores.main) == {}


def test_that_nobody_watches_is_said(auditor: Browser) -> None:
    for path in ("/log", PAGE):
        assert "No witness is registered: nobody outside" in visible(auditor.get(path).text)


@pytest.mark.parametrize("has_looked", [False, True])
def test_a_witness_that_falls_silent_is_said_to(
    has_looked: bool, house: House, records: Records, auditor: Browser
) -> None:
    anna, ben = SomeWitness(), SomeWitness("paper.example/ben", BEN)
    for one in (anna, ben):
        one.registered(house.stores.main, house.clock())
    if has_looked:
        look(house, records, anna)
    house.clock.move(days=8)
    records.work()
    look(house, records, ben)
    auditor = house.signed_in("aud")
    assert "has seen nothing of the log" not in visible(auditor.get("/log").text)
    house.clock.move(minutes=1)
    for path in ("/log", PAGE):
        said = visible(auditor.get(path).text)
        assert f"{ANNA} has seen nothing of the log for more than 8 days." in said
        assert f"{BEN} has seen" not in said


def test_a_log_that_is_not_what_was_seen_is_an_alarm(
    house: House, records: Records, auditor: Browser
) -> None:
    anna = SomeWitness().registered(house.stores.main)
    look(house, records, anna)
    assert 'role="alert"' not in auditor.get("/log").text
    with house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM audit_checkpoints"))
    Publisher(house.stores.main, records.publisher._signer, house.clock).publish_if_due()
    page = auditor.get("/log").text
    assert 'role="alert"' in page
    assert f"{ANNA} has signed something else than what the log says now" in visible(page)
    assert row_of(page, ANNA) == f"{ANNA} not what the log says now never everything"


def test_whoever_writes_to_the_database_shows_no_look_that_was_none(
    house: House, records: Records, auditor: Browser
) -> None:
    SomeWitness().registered(house.stores.main)
    now = house.clock().replace(tzinfo=None)
    values = {"log": 1, "size": 256, "seen_at": now, "signature": bytes(72)}
    with house.stores.main.begin() as connection:
        number = connection.execute(text("SELECT number FROM audit_logs")).scalar_one()
        connection.execute(update(LogWitness).values(**values | {"log": number}))
    page = auditor.get("/log").text
    assert f"{ANNA} has signed something else" in visible(page)
    # Nor is a look later than it was.
    anna = SomeWitness()
    with house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM audit_witnesses"))
    anna.registered(house.stores.main)
    look(house, records, anna)
    with house.stores.main.begin() as connection:
        connection.execute(update(LogWitness).values(seen_at=now + timedelta(days=400)))
    assert row_of(auditor.get("/log").text, ANNA) == f"{ANNA} 256 Friday, 20 Nov 2026 nothing"


def test_of_another_log_a_witness_has_seen_nothing(
    house: House, records: Records, auditor: Browser
) -> None:
    """After a restore another log goes on; what was seen of the one before says nothing of it."""
    look(house, records, SomeWitness().registered(house.stores.main))
    other = NoteSigner("tips.example.org/log/2", SigningKey.generate())
    with house.stores.main.begin() as connection:
        statement = "INSERT INTO audit_logs SELECT number + 1, :origin, 0, :vkey FROM audit_logs"
        connection.execute(
            text(statement), {"origin": other.verifier.name, "vkey": other.verifier.vkey()}
        )
    assert row_of(auditor.get("/log").text, ANNA) == f"{ANNA} never never everything"


def test_only_auditors_choose_who_watches(house: House, records: Records) -> None:
    witness = SomeWitness().registered(house.stores.main)
    found = seen_by(house.stores.main)[ANNA].id
    for name in ("ada", "sue", "ann"):
        browser = house.signed_in(name)
        assert browser.get(PAGE).status_code == 404
        front = browser.get("/")
        fields = {"called": BEN, "vkey": SomeWitness("x.example").vkey}
        token = {"csrf_token": re.findall(r'name="csrf_token" value="(\w+)"', front.text)[0]}
        assert browser.client.post(PAGE, data=fields | token).status_code == 404
        assert browser.client.post(f"{PAGE}/{found}/remove", data=token).status_code == 404
    assert [one.verifier.vkey() for one in seen_by(house.stores.main).values()] == [witness.vkey]


def test_in_spanish(house: House, records: Records, auditor: Browser) -> None:
    SomeWitness().registered(house.stores.main, house.clock())
    look(house, records, SomeWitness("paper.example/ben", BEN).registered(house.stores.main))
    spanish = {"Accept-Language": "es"}
    said = visible(auditor.get("/log", headers=spanish).text)
    assert f"{ANNA} nunca nunca" in said
    assert f"{BEN} 256 Viernes, 20 nov 2026" in said
    said = visible(auditor.get(PAGE, headers=spanish).text)
    assert "Registrar un testigo" in said
    house.clock.move(days=9)
    auditor = house.signed_in("aud")
    said = visible(auditor.get("/log", headers=spanish).text)
    assert f"{ANNA} no ha visto nada del registro desde hace más de 8 días." in said
