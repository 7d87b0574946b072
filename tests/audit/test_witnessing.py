"""A witness signs exactly the logs that begin with what it saw, and keeps evidence of others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.trees import leaves, tiles_in_memory
from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from tipline.audit.merkle import root_of
from tipline.audit.notes import open_note
from tipline.audit.signing_notes import NoteSigner, sign_note
from tipline.audit.tiles import Tile
from tipline.audit.verifiers import NoteError, Verifier, cosigned_at
from tipline.audit.witnessing import (
    MOST_CONTRADICTIONS,
    Finding,
    PartsError,
    Witness,
    look,
)
from tipline.crypto.signing import SigningKey

SIGNER = NoteSigner("log.example/1", SigningKey(bytes(range(32))))
NEW = Witness("witness.example", SigningKey(bytes(range(3, 35))), SIGNER.verifier)
NOON = 1_790_000_000
LEAVES, OTHERS = leaves(1400), leaves(1400, b"other")
Fetch = Callable[[Tile], bytes]


def note_of(log: list[bytes], signer: NoteSigner = SIGNER, origin: str = "") -> bytes:
    name = origin or signer.verifier.name
    return sign_note(Checkpoint(name, len(log), root_of(log)).text(), signer)


def tiles_of_log(log: list[bytes]) -> Fetch:
    return tiles_in_memory(log).__getitem__


def nothing(tile: Tile) -> bytes:
    raise AssertionError(f"{tile.path()} is not needed")


def seen(log: list[bytes], witness: Witness = NEW) -> Witness:
    found = look(witness, note_of(log), tiles_of_log(log), NOON)
    assert not found.finding.is_alarm
    return found.witness


@st.composite
def histories(draw: st.DrawFn) -> list[list[bytes]]:
    """What a log shows from look to look: it grows, or forgets, or has its past changed."""
    log = LEAVES[: draw(st.integers(0, 600))]
    shown = [log]
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.integers(0, 1200) | st.sampled_from([0, 1, 255, 256, 257, 512, 1024]))
        fork = draw(st.none() | st.integers(0, 1200))
        log = log[:size] + LEAVES[len(log) : size]
        if fork is not None:
            log = log[:fork] + OTHERS[fork : len(log)]
        shown.append(log)
    return shown


@given(histories())
def test_no_false_alarm_and_none_missed(shown: list[list[bytes]]) -> None:
    witness, last = NEW, None
    for step, log in enumerate(shown):
        found = look(witness, note_of(log), tiles_of_log(log), NOON + step)
        is_right = last is None or log[: len(last)] == last
        assert found.finding.is_alarm is not is_right
        if is_right:
            assert found.finding is (Finding.FIRST if last is None else Finding.AS_IT_WAS)
            last = log
        else:
            assert found.witness.newest == witness.newest, "what it saw stays what it compares with"
            assert found.witness.contradictions
        witness = found.witness
        assert witness.newest is not None
        assert witness.newest.checkpoint.size == len(last or [])


@given(
    st.integers(1, 700), st.integers(1, 700), st.booleans(), st.integers(0, 2**32), st.booleans()
)
def test_damaged_tiles_neither_accuse_nor_excuse(
    old: int, more: int, is_forked: bool, seed: int, is_short: bool
) -> None:
    """Somebody between log and witness changes what is carried; or the log itself does, to hide."""
    before = LEAVES[:old]
    log = [OTHERS[0], *LEAVES[1 : old + more]] if is_forked else LEAVES[: old + more]
    tiles = tiles_in_memory(log)
    place = sorted(tiles)[seed % len(tiles)]
    content = bytearray(tiles[place])
    content[seed % len(content)] ^= 1
    tiles[place] = bytes(content[:-1]) if is_short else bytes(content)
    witness = seen(before)
    try:
        found = look(witness, note_of(log), tiles.__getitem__, NOON)
    except PartsError:
        return
    assert found.finding is (Finding.FORKED if is_forked else Finding.AS_IT_WAS)


def test_tiles_of_the_log_that_was_seen_do_not_hide_that_another_is_signed() -> None:
    """The signed checkpoint is of a forged past; the tiles are of the true one."""
    forged = [OTHERS[0], *LEAVES[1:900]]
    with pytest.raises(PartsError):
        look(seen(LEAVES[:300]), note_of(forged), tiles_of_log(LEAVES[:900]), NOON)


@pytest.mark.parametrize(
    ("log", "finding"),
    [
        (LEAVES[:511], Finding.ROLLED_BACK),
        ([], Finding.ROLLED_BACK),
        ([*LEAVES[:511], OTHERS[0]], Finding.REWRITTEN),
        ([*LEAVES[:511], OTHERS[0], *LEAVES[512:768]], Finding.FORKED),
        ([OTHERS[0], *LEAVES[1:513]], Finding.FORKED),
    ],
)
def test_evidence_is_two_notes_of_the_log_that_cannot_both_be_true(
    log: list[bytes], finding: Finding
) -> None:
    witness = seen(LEAVES[:512])
    found = look(witness, note_of(log), tiles_of_log(log), NOON + 5)
    assert found.finding is finding
    (one,) = found.witness.contradictions
    assert one.at == NOON + 5
    before, _ = open_checkpoint(one.seen, [SIGNER.verifier, NEW.verifier])
    shown, note = open_checkpoint(one.shown, [SIGNER.verifier, NEW.verifier])
    assert (before.size, before.root) == (512, root_of(LEAVES[:512]))
    assert (shown.size, shown.root) == (len(log), root_of(log))
    assert note.signature_of(NEW.verifier) is None, "never a cosignature"
    again = look(found.witness, note_of(log), tiles_of_log(log), NOON + 9)
    assert again.witness == found.witness, "the same is kept once"


def test_a_log_that_shows_ever_other_checkpoints_does_not_fill_the_disk() -> None:
    witness = seen(LEAVES[:200])
    for size in range(MOST_CONTRADICTIONS + 20):
        witness = look(witness, note_of(LEAVES[:size]), nothing, NOON).witness
    assert len(witness.contradictions) == MOST_CONTRADICTIONS


def test_a_log_that_goes_on_as_it_was_is_witnessed_again_and_evidence_is_kept() -> None:
    witness = seen(LEAVES[:300])
    witness = look(witness, note_of(LEAVES[:299]), nothing, NOON).witness
    found = look(witness, note_of(LEAVES[:301]), tiles_of_log(LEAVES[:301]), NOON)
    assert found.finding is Finding.AS_IT_WAS
    assert len(found.witness.contradictions) == 1


def test_what_is_kept_is_a_note_that_others_accept() -> None:
    witness = seen(LEAVES[:512], seen(LEAVES[:256]))
    assert witness.newest is not None
    assert witness.first is not None
    vkey = Verifier.from_vkey(NEW.verifier.vkey())
    for one, size in ((witness.first, 256), (witness.newest, 512)):
        note = open_note(one.note, [vkey])
        cosigned = note.signature_of(vkey)
        assert cosigned is not None
        assert cosigned_at(cosigned) == NOON
        assert open_checkpoint(one.note, [SIGNER.verifier])[0].size == size
        assert witness.reopen(one.note) == one


def test_the_same_checkpoint_again_is_signed_anew_without_asking_for_anything() -> None:
    """So that others see how lately somebody looked."""
    found = look(seen(LEAVES[:256]), note_of(LEAVES[:256]), nothing, NOON + 86_400)
    assert found.finding is Finding.AS_IT_WAS
    assert found.witness.newest is not None
    assert found.witness.newest.at == NOON + 86_400
    assert found.witness.first is not None
    assert found.witness.first.at == NOON


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<!doctype html><title>Sign in to the network</title>",
        note_of(LEAVES[:3], NoteSigner("log.example/1", SigningKey(bytes(32)))),
        note_of(LEAVES[:3], NoteSigner("log.example/2", SigningKey(bytes(range(32))))),
        note_of(LEAVES[:3], origin="log.example/2"),
        note_of(LEAVES[:3]).replace(b"\n3\n", b"\n4\n"),
        sign_note(Checkpoint("log.example/1", 0, hashlib.sha256(b"x").digest()).text(), SIGNER),
        sign_note("log.example/1\nno checkpoint\n", SIGNER),
    ],
)
def test_what_the_log_has_not_signed_says_nothing_of_it(raw: bytes) -> None:
    for witness in (NEW, seen(LEAVES[:256])):
        with pytest.raises((NoteError, CheckpointError)):
            look(witness, raw, nothing, NOON)


def test_a_note_that_the_witness_has_not_signed_is_none_that_it_saw() -> None:
    witness = seen(LEAVES[:3])
    with pytest.raises(CheckpointError):
        witness.reopen(note_of(LEAVES[:3]))
    other = replace(witness, key=SigningKey(bytes(32)))
    assert witness.newest is not None
    with pytest.raises(CheckpointError):
        other.reopen(witness.newest.note)
