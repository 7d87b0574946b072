"""Outsiders check the log with a program that is not ours, and see whatever was changed in it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.independent import (
    MISSING,
    IndependentVerifier,
    Publisher,
    build_verifier,
    write_entries,
)
from tests.audit.trees import PlainTree
from tipline.audit.merkle import inclusion_proof, leaf_hash
from tipline.audit.proofs import Proof, verify_proof
from tipline.audit.signing_notes import NoteSigner, cosign
from tipline.audit.verifiers import SignatureType, Verifier
from tipline.crypto.signing import SigningKey

# Building takes a second where Go's own packages come built, and a minute where they do not.
pytestmark = pytest.mark.timeout(600)

SIZE = 600
ENTRIES = [f"entry {number}".encode() * (number % 5) for number in range(66_000)]
LOG = Publisher(NoteSigner("log.example/1", SigningKey(bytes(range(32)))))
OTHER_KEY = Publisher(NoteSigner("log.example/1", SigningKey(bytes(range(1, 33)))))
OTHER_LOG = Publisher(NoteSigner("log.example/2", SigningKey(bytes(range(32)))))
WITNESS_KEY = SigningKey(bytes(range(2, 34)))
WITNESS = Verifier("witness.example/w1", SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)
CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda entries: [*entries[:300], b"something else", *entries[301:]],
    "emptied": lambda entries: [*entries[:303], b"", *entries[304:]],
    "dropped": lambda entries: [*entries[:300], *entries[301:]],
    "dropped at the end": lambda entries: [*entries[:599], *entries[600:]],
    "reordered": lambda entries: [*entries[:300], entries[301], entries[300], *entries[302:]],
    "inserted": lambda entries: [*entries[:300], b"something else", *entries[300:]],
    "doubled": lambda entries: [*entries[:301], entries[300], *entries[301:]],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that is as it should be."""
    return LOG.publish(tmp_path_factory.mktemp("log") / "log", ENTRIES[:SIZE])


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """One that a test may damage."""
    return Path(shutil.copytree(folder, tmp_path / "log"))


def saved(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def proof_of(index: int, size: int) -> Proof:
    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]
    path = inclusion_proof(index, size, PlainTree(leaves))
    return Proof(index, tuple(path), LOG.checkpoint(ENTRIES[:size]))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 512, 600, 65_536, 65_793])
def test_a_log_as_we_publish_it_is_accepted(
    size: int, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    folder = LOG.publish(tmp_path / "log", ENTRIES[:size])
    assert verifier.judge(folder, LOG.key).wrong == ""


def test_a_log_is_seen_to_begin_with_every_older_checkpoint(
    folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    older = [
        saved(tmp_path / f"{size}", LOG.checkpoint(ENTRIES[:size]))
        for size in (0, 1, 2, 3, 7, 128, 255, 256, 257, 511, 512, 513, 599, 600)
    ]
    assert verifier.judge(folder, LOG.key, older=older).wrong == ""


def test_proofs_hold_of_this_checkpoint_and_of_older_ones(
    folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    proofs = []
    for index, size in ((0, 1), (0, 600), (255, 256), (256, 257), (300, 600), (599, 600)):
        proof = proof_of(index, size)
        proofs.append(saved(tmp_path / f"{index}-{size}.tlog-proof", proof.format()))
        leaf = leaf_hash(ENTRIES[index])
        assert verify_proof(proof.format(), leaf, [LOG.signer.verifier])[0] == index
    proof = Proof(5, proof_of(5, 600).hashes, LOG.checkpoint(ENTRIES[:600]), b"not signed")
    proofs.append(saved(tmp_path / "extra.tlog-proof", proof.format()))
    assert verifier.judge(folder, LOG.key, proofs=proofs).wrong == ""


def test_a_checkpoint_that_a_witness_has_cosigned_is_seen_to_be(
    tmp_path: Path, verifier: IndependentVerifier
) -> None:
    text = LOG.text(ENTRIES[:3])
    cosigned = cosign(text, WITNESS.name, WITNESS_KEY, 1_700_000_000)
    folder = LOG.publish(tmp_path / "log", ENTRIES[:3], cosigned)
    assert verifier.judge(folder, LOG.key, witnesses=[WITNESS.vkey()]).wrong == ""
    other = Verifier("witness.example/w2", SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)
    verdict = verifier.judge(folder, LOG.key, witnesses=[WITNESS.vkey(), other.vkey()])
    assert "witness.example/w2: note has no verifiable signatures" in verdict.wrong


@pytest.mark.parametrize("change", CHANGES)
def test_entries_that_were_changed_on_the_disk_are_seen(
    change: str, copy: Path, verifier: IndependentVerifier
) -> None:
    """With the tiles made anew to fit them, and without the key that signs."""
    entries = CHANGES[change](ENTRIES[: SIZE + 1])[:SIZE]
    shutil.rmtree(copy / "tile")
    write_entries(copy, entries)
    verdict = verifier.judge(copy, LOG.key)
    assert verdict.wrong == "the entries do not have the checkpoint's root"


@pytest.mark.parametrize("change", CHANGES)
def test_a_past_that_the_keeper_of_the_key_has_changed_is_seen_by_who_has_an_older_checkpoint(
    change: str, folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    """And by nobody else: that is what witnesses are for."""
    forged = LOG.publish(tmp_path / "forged", CHANGES[change](ENTRIES[:900]))
    assert verifier.judge(forged, LOG.key).accepted
    verdict = verifier.judge(forged, LOG.key, older=[folder / "checkpoint"])
    assert verdict.wrong == "the older checkpoint: the log does not begin with it"


def test_a_forged_past_has_no_witness(tmp_path: Path, verifier: IndependentVerifier) -> None:
    cosigned = cosign(LOG.text(ENTRIES[:3]), WITNESS.name, WITNESS_KEY, 1_700_000_000)
    forged = LOG.publish(tmp_path / "log", [b"something else", *ENTRIES[1:3]], cosigned)
    assert verifier.judge(forged, LOG.key).accepted
    verdict = verifier.judge(forged, LOG.key, witnesses=[WITNESS.vkey()])
    assert "witness witness.example/w1: invalid signature" in verdict.wrong


@pytest.mark.parametrize("older", [601, 700, 1200])
def test_a_log_that_was_rolled_back_is_seen_to_be(
    older: int, folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    file = saved(tmp_path / "older", LOG.checkpoint(ENTRIES[:older]))
    verdict = verifier.judge(folder, LOG.key, older=[file])
    assert f"rolled back from {older} entries to 600" in verdict.wrong
    proof = saved(tmp_path / "proof", proof_of(5, older).format())
    assert "rolled back" in verifier.judge(folder, LOG.key, proofs=[proof]).wrong


def test_a_log_that_was_forked_behind_a_checkpoint_is_seen_to_be(
    folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    """Somebody was shown 500 entries, the last of which nobody else is."""
    shown = LOG.checkpoint([*ENTRIES[:499], b"only for you"])
    verdict = verifier.judge(folder, LOG.key, older=[saved(tmp_path / "older", shown)])
    assert verdict.wrong == "the older checkpoint: the log does not begin with it"


@pytest.mark.parametrize("publisher", [OTHER_KEY, OTHER_LOG])
def test_a_checkpoint_of_another_key_is_refused(
    publisher: Publisher, copy: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    other = saved(tmp_path / "other", publisher.checkpoint(ENTRIES[:SIZE]))
    verdict = verifier.judge(copy, LOG.key, older=[other])
    assert verdict.wrong == "the older checkpoint: note has no verifiable signatures"
    shutil.copy(other, copy / "checkpoint")
    verdict = verifier.judge(copy, LOG.key)
    assert verdict.wrong == "the checkpoint: note has no verifiable signatures"


@pytest.mark.parametrize(("old", "new"), [(b"600", b"599"), (b"/1\n", b"/3\n"), (b"=\n", b"=\n\n")])
def test_a_changed_checkpoint_is_refused(
    old: bytes, new: bytes, copy: Path, verifier: IndependentVerifier
) -> None:
    file = copy / "checkpoint"
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    assert not verifier.judge(copy, LOG.key).accepted


def test_any_byte_that_was_changed_in_tiles_or_entries_is_seen(
    folder: Path, verifier: IndependentVerifier
) -> None:
    numbers = random.Random(9162)
    for file in sorted(file for file in folder.glob("tile/**/*") if file.is_file()):
        content = file.read_bytes()
        for at in (0, len(content) - 1, *numbers.choices(range(len(content)), k=4)):
            file.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
            assert not verifier.judge(folder, LOG.key).accepted, (file, at)
        for damaged in (content[:-1], content + b"\x00", b"", content[:-32], content + bytes(32)):
            file.write_bytes(damaged)
            assert not verifier.judge(folder, LOG.key).accepted, (file, len(damaged))
        file.unlink()
        assert not verifier.judge(folder, LOG.key).accepted, file
        file.write_bytes(content)
    assert verifier.judge(folder, LOG.key).accepted


def test_a_proof_of_something_else_is_refused(
    folder: Path, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    right = proof_of(300, SIZE)
    other_entry = LOG.checkpoint([*ENTRIES[:300], b"something else", *ENTRIES[301:SIZE]])
    for wrong in (
        Proof(301, right.hashes, right.checkpoint),
        Proof(SIZE, right.hashes, right.checkpoint),
        Proof(300, right.hashes[1:], right.checkpoint),
        Proof(300, (bytes(32), *right.hashes[1:]), right.checkpoint),
        Proof(300, right.hashes, LOG.checkpoint(ENTRIES[:599])),
        Proof(300, right.hashes, OTHER_KEY.checkpoint(ENTRIES[:SIZE])),
        Proof(300, right.hashes, other_entry),
        Proof(300, right.hashes, b""),
    ):
        file = saved(tmp_path / "wrong.tlog-proof", wrong.format())
        verdict = verifier.judge(folder, LOG.key, proofs=[file])
        assert verdict.wrong.startswith("the proof: ")


def test_without_go_the_tests_fail_and_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match=r"run scripts/ensure-go"):
        build_verifier(tmp_path)
    assert "ensure-go" in MISSING
