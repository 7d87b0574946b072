"""Witnesses bring their cosignatures; everybody sees them; nobody else brings anything."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from tests.audit.independent import IndependentVerifier, build_verifier
from tests.conftest import copied
from tests.gateway.helpers import LogLines
from tests.support.browser import served
from tests.support.house import House, Template
from tests.support.logs import Keeper, download
from tests.support.witnesses import WHEN, SomeWitness, seen_by
from tipline.audit import cosignatures
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.models import LogWitness
from tipline.audit.notes import format_note, parse_note
from tipline.audit.signing_notes import NoteSigner, cosign, sign_note
from tipline.audit.witnesses import Sight
from tipline.crypto.signing import SigningKey
from tipline.gateway.cosigning import KNOWN, PATH, TAKEN, TOO_LARGE

ANNA = "Anna of the review board"
HOSTILE = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> IndependentVerifier:
    return build_verifier(tmp_path_factory.mktemp("verifier"))


def keeper_of(house: House) -> Keeper:
    house.clock.now = WHEN
    keeper = Keeper(house.stores.main)
    keeper.begin()
    keeper.write(300)
    keeper.publish()
    return keeper


@pytest.fixture
def keeper(house: House) -> Keeper:
    return keeper_of(house)


@pytest.fixture
def anna(house: House, keeper: Keeper) -> SomeWitness:
    return SomeWitness().registered(house.stores.main)


def shown(house: House) -> bytes:
    answer = house.app.test_client().get("/checkpoint")
    assert answer.status_code == 200
    return answer.data


def bring(house: House, note: bytes) -> TestResponse:
    return house.app.test_client().post(PATH, data=note, content_type="text/plain")


def told(answer: TestResponse) -> tuple[int, str]:
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.text.rstrip("\n")


def refused(error: type[cosignatures.CosignatureRefusedError], status: int) -> tuple[int, str]:
    return status, error.message


def rows(house: House) -> list[object]:
    return house.rows(LogWitness)


# -- what is taken ---------------------------------------------------------------------------


@pytest.mark.timeout(600)
def test_everybody_sees_who_has_cosigned_what_is_shown(
    house: House,
    keeper: Keeper,
    anna: SomeWitness,
    tmp_path: Path,
    verifier: IndependentVerifier,
) -> None:
    ben = SomeWitness("paper.example/ben", "Ben of the paper").registered(house.stores.main)
    for witness in (ben, anna):
        assert told(bring(house, witness.cosigned(shown(house)))) == (200, TAKEN)
    both = [keeper.signer.verifier, anna.verifier, ben.verifier]
    checkpoint, note = open_checkpoint(shown(house), both)
    assert checkpoint.size == 512
    assert [one.name for one in note.verified] == [one.name for one in both]
    with served(lambda _: house.app) as url:
        folder = download(url, tmp_path / "log")
    for vkeys in ([], [anna.vkey], [anna.vkey, ben.vkey]):
        assert verifier.judge(folder, keeper.vkey, witnesses=vkeys).wrong == ""
    unheard_of = SomeWitness("elsewhere.example/eve").vkey
    assert not verifier.judge(folder, keeper.vkey, witnesses=[unheard_of]).accepted
    # They said nothing of the next one.
    keeper.write(1)
    keeper.publish()
    text, signatures = parse_note(shown(house))
    assert text.split("\n")[1] == "768"
    assert [one.name for one in signatures] == [keeper.signer.verifier.name]


def test_what_a_witness_has_seen_is_known(house: House, keeper: Keeper, anna: SomeWitness) -> None:
    engine = house.stores.main
    assert seen_by(engine)[ANNA].sight is Sight.NOTHING
    bring(house, anna.cosigned(shown(house)))
    seen = seen_by(engine)[ANNA]
    assert (seen.sight, seen.size, seen.seen_at) == (Sight.SEEN, 512, WHEN)
    keeper.write(1)
    keeper.publish()
    house.clock.now += timedelta(days=1)
    bring(house, anna.cosigned(shown(house), house.clock.now))
    seen = seen_by(engine)[ANNA]
    assert (seen.size, seen.seen_at) == (768, WHEN + timedelta(days=1))


def test_a_look_at_what_has_not_grown_is_a_look(house: House, anna: SomeWitness) -> None:
    note = shown(house)
    bring(house, anna.cosigned(note))
    house.clock.now += timedelta(days=3)
    assert told(bring(house, anna.cosigned(note, house.clock.now))) == (200, TAKEN)
    assert seen_by(house.stores.main)[ANNA].seen_at == WHEN + timedelta(days=3)


def test_somebody_else_may_bring_it(house: House, anna: SomeWitness) -> None:
    """A signature says who has signed; who carries it does not matter. Others' stay unread."""
    eve = SomeWitness("elsewhere.example/eve")
    assert told(bring(house, eve.cosigned(anna.cosigned(shown(house))))) == (200, TAKEN)
    assert list(seen_by(house.stores.main)) == [ANNA]
    assert b"eve" not in shown(house)


# -- what changes nothing --------------------------------------------------------------------


def test_replayed_and_older_ones_change_nothing(
    house: House, keeper: Keeper, anna: SomeWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not even wait for their turn to write: everybody has them, and may bring them."""
    first = anna.cosigned(shown(house))
    earlier = anna.cosigned(shown(house), WHEN - timedelta(days=1))
    later_of_the_first = anna.cosigned(shown(house), WHEN + timedelta(minutes=30))
    keeper.write(1)
    keeper.publish()
    newest = anna.cosigned(shown(house), WHEN + timedelta(minutes=10))
    assert told(bring(house, newest)) == (200, TAKEN)
    before, page = rows(house), shown(house)
    monkeypatch.delattr(cosignatures, "_keep")
    for note in (newest, first, earlier, later_of_the_first):
        assert told(bring(house, note)) == (200, KNOWN)
        assert (rows(house), shown(house)) == (before, page)


def test_of_two_that_come_at_once_the_newer_stays(
    house: House, anna: SomeWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older one has found itself newer than what was there, and then waits to write."""
    older = anna.cosigned(shown(house))
    newer = anna.cosigned(shown(house), WHEN + timedelta(minutes=5))
    is_held, may_go, keep = threading.Event(), threading.Event(), cosignatures._keep

    def late(*arguments: object) -> bool:
        is_held.set()
        assert may_go.wait(60)
        return keep(*arguments)  # type: ignore[arg-type]

    answers: list[tuple[int, str]] = []
    monkeypatch.setattr(cosignatures, "_keep", late)
    thread = threading.Thread(target=lambda: answers.append(told(bring(house, older))))
    thread.start()
    assert is_held.wait(60)
    monkeypatch.setattr(cosignatures, "_keep", keep)
    assert told(bring(house, newer)) == (200, TAKEN)
    may_go.set()
    thread.join()
    assert answers == [(200, KNOWN)]
    assert seen_by(house.stores.main)[ANNA].seen_at == WHEN + timedelta(minutes=5)


def test_what_is_not_so_is_refused_with_the_reason(
    house: House, keeper: Keeper, anna: SomeWitness
) -> None:
    note = shown(house)
    text = parse_note(note)[0]
    checkpoint = open_checkpoint(note, [keeper.signer.verifier])[0]
    impostor = SomeWitness(anna.name)
    forged = anna.cosigned(note).replace(b"\n512\n", b"\n256\n")
    elsewhere = NoteSigner("elsewhere.example/log", SigningKey.generate())
    foreign = Checkpoint("elsewhere.example/log", 512, checkpoint.root).text()
    larger = Checkpoint(checkpoint.origin, 1024, checkpoint.root).text()
    fork = Checkpoint(checkpoint.origin, 512, bytes(32)).text()
    soon = WHEN + cosignatures.AHEAD + timedelta(seconds=1)
    # The signature of one checkpoint under another that the log has published as well.
    keeper.write(1)
    keeper.publish()
    moved = anna.cosigned(note).replace(text.encode(), parse_note(shown(house))[0].encode())
    before = rows(house)
    for brought, expected in (
        (note, refused(cosignatures.NoSuchWitnessError, 403)),
        (impostor.cosigned(note), refused(cosignatures.NoSuchWitnessError, 403)),
        (moved, refused(cosignatures.WrongCosignatureError, 403)),
        (forged, refused(cosignatures.UnknownCheckpointError, 404)),
        (
            anna.cosigned(sign_note(foreign, elsewhere)),
            refused(cosignatures.ForeignCheckpointError, 404),
        ),
        (
            anna.cosigned(sign_note(larger, keeper.signer)),
            refused(cosignatures.UnknownCheckpointError, 404),
        ),
        (
            anna.cosigned(sign_note(fork, keeper.signer)),
            refused(cosignatures.OtherCheckpointError, 409),
        ),
        (anna.cosigned(note, soon), refused(cosignatures.NotYetError, 422)),
        (b"", refused(cosignatures.CosignatureRefusedError, 400)),
        (b"\xff\xfe", refused(cosignatures.CosignatureRefusedError, 400)),
        (text.encode(), refused(cosignatures.CosignatureRefusedError, 400)),
    ):
        assert told(bring(house, brought)) == expected
        assert rows(house) == before


def test_a_log_that_was_rolled_back_knows_nothing_of_what_was_seen(
    house: House, keeper: Keeper, anna: SomeWitness
) -> None:
    note = anna.cosigned(shown(house))
    bring(house, note)
    keeper.forget_everything()
    keeper.write(1)
    keeper.publish()
    assert told(bring(house, note)) == refused(cosignatures.UnknownCheckpointError, 404)
    assert seen_by(house.stores.main)[ANNA].sight is Sight.UNLIKE
    keeper.write(256)
    keeper.publish()
    assert told(bring(house, note)) == refused(cosignatures.OtherCheckpointError, 409)
    assert seen_by(house.stores.main)[ANNA].sight is Sight.UNLIKE
    assert ANNA not in shown(house).decode()


def test_whoever_writes_to_the_database_makes_no_witness_see_more(
    house: House, keeper: Keeper, anna: SomeWitness
) -> None:
    bring(house, anna.cosigned(shown(house)))
    keeper.write(1)
    keeper.publish()
    with house.stores.main.begin() as connection:
        connection.execute(update(LogWitness).values(size=768))
    assert seen_by(house.stores.main)[ANNA].sight is Sight.UNLIKE
    assert anna.name not in shown(house).decode(), "or whoever knows Anna would refuse the whole"


def test_who_was_removed_is_nobody(house: House, anna: SomeWitness) -> None:
    note = anna.cosigned(shown(house))
    bring(house, note)
    with house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM audit_witnesses"))
    assert anna.name not in shown(house).decode()
    assert told(bring(house, note)) == refused(cosignatures.NoSuchWitnessError, 403)


def test_without_a_log(house: House) -> None:
    house.clock.now = WHEN
    anna = SomeWitness().registered(house.stores.main)
    text = Checkpoint("tips.example.org/log", 256, bytes(32)).text()
    note = anna.cosigned(sign_note(text, NoteSigner("tips.example.org/log", SigningKey.generate())))
    assert told(bring(house, note)) == refused(cosignatures.ForeignCheckpointError, 404)


# -- what is no note -------------------------------------------------------------------------


def test_too_large_a_body_is_not_read(house: House, anna: SomeWitness) -> None:
    note = anna.cosigned(shown(house))
    padded = note + b"x" * (cosignatures.MOST_BYTES - len(note) + 1)
    assert told(bring(house, padded)) == (413, TOO_LARGE)
    with served(lambda _: house.app) as url:
        assert posted(url, padded, is_chunked=False) == 413
        assert posted(url, padded, is_chunked=True) in (400, 413)
        assert posted(url, note, is_chunked=False) == 200


def posted(url: str, body: bytes, *, is_chunked: bool) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    content = iter([body]) if is_chunked else body
    connection.request("POST", PATH, content, encode_chunked=is_chunked)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_nobody_is_noted(house: House, anna: SomeWitness, log: LogLines) -> None:
    note = anna.cosigned(shown(house))
    client = house.app.test_client()
    headers = {"X-Forwarded-For": "10.9.8.7", "User-Agent": "a browser"}
    for body, status in ((note, 200), (note, 200), (b"no note", 400)):
        answer = client.post(PATH, data=body, headers=headers)
        assert answer.status_code == status
        assert set(answer.headers.keys()) == {
            "Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"
        }  # fmt: skip
    assert log.codes() == ["cosignature_refused"]
    for words in ("10.9.8.7", "a browser", "no note", anna.name, "127.0.0.1"):
        assert words not in log.text


def test_a_store_that_takes_nothing_is_not_the_witness_s_fault(
    house: House, anna: SomeWitness, log: LogLines
) -> None:
    note = anna.cosigned(shown(house))
    with house.stores.main.begin() as connection:
        connection.execute(text("ALTER TABLE audit_witnesses RENAME TO audit_gone"))
    answer = bring(house, note)
    assert (answer.status_code, answer.text) == (503, "Not just now. Please ask again later.\n")
    assert log.codes() == ["cosignature_not_kept"]


@pytest.fixture(scope="module")
def town(
    template: Callable[[str], Template], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, SomeWitness, bytes]]:
    """One instance for all examples, with a checkpoint that a witness has signed."""
    made, home = template("sqlite"), tmp_path_factory.mktemp("town")
    with copied(made, home, None) as urls:
        house = House(made, home, urls)
        keeper_of(house)
        anna = SomeWitness().registered(house.stores.main)
        note = anna.cosigned(shown(house))
        assert bring(house, note).status_code == 200
        yield house, anna, note
        house.close()


@given(data=st.data())
@HOSTILE
def test_whatever_is_posted_is_answered_and_changes_nothing(
    town: tuple[House, SomeWitness, bytes], data: st.DataObject
) -> None:
    house, _, note = town
    before = rows(house)
    answer = bring(house, data.draw(st.binary(max_size=5000) | edited(note)))
    assert answer.status_code in (200, 400, 403, 404, 409, 413, 422)
    if answer.status_code == 200:
        assert answer.text == f"{KNOWN}\n"
    assert rows(house) == before


def edited(note: bytes) -> st.SearchStrategy[bytes]:
    """The good note with a stretch of it replaced, doubled or taken away."""
    pieces = st.sampled_from((b"", b"\n", b"\n\n", b"\xe2\x80\x94 ", b"\0", b"0", b"AAAA", note))

    def edit(place: tuple[int, int, bytes]) -> bytes:
        start, length, piece = place
        return note[:start] + piece + note[start + length :]

    return st.tuples(st.integers(0, len(note)), st.integers(0, 80), pieces).map(edit)


@given(seconds=st.integers(0, 2**63 - 1))
@HOSTILE
def test_any_time_that_can_be_signed_is_answered(
    town: tuple[House, SomeWitness, bytes], seconds: int
) -> None:
    house, anna, note = town
    answer = bring(house, with_time(anna, note, seconds))
    latest = int((WHEN + cosignatures.AHEAD).timestamp())
    assert answer.status_code == (200 if seconds <= latest else 422)
    assert seen_by(house.stores.main)[ANNA].seen_at >= WHEN


def with_time(anna: SomeWitness, note: bytes, seconds: int) -> bytes:
    text, signatures = parse_note(note)
    return format_note(text, [signatures[0], cosign(text, anna.name, anna.key, seconds)])


def test_the_first_second_of_all_is_a_time(house: House, anna: SomeWitness) -> None:
    assert told(bring(house, with_time(anna, shown(house), 0))) == (200, TAKEN)
    assert seen_by(house.stores.main)[ANNA].seen_at == datetime(1970, 1, 1, tzinfo=UTC)
