"""A proof's file shows, without the log, that an entry is in it: read in one spelling."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.trees import PlainTree, leaves
from tipline.audit.checking import ProofError
from tipline.audit.checkpoints import Checkpoint, CheckpointError
from tipline.audit.merkle import inclusion_proof
from tipline.audit.notes import UnknownSignersError, format_note
from tipline.audit.proofs import Proof, ProofFileError, parse, verify_proof
from tipline.audit.signing_notes import NoteSigner, cosign, sign_note
from tipline.audit.verifiers import NoteError, SignatureType, Verifier, WrongSignatureError
from tipline.crypto.signing import SigningKey

# https://c2sp.org/tlog-proof, the example, without its extra data (which is cut there, as are the
# signatures)
EXAMPLE_HEAD = """c2sp.org/tlog-proof@v1
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

"""
SIZE = 100
TREE = PlainTree(leaves(SIZE))
SIGNER = NoteSigner("log.example", SigningKey(bytes(range(32))))
OTHER_SIGNER = NoteSigner("log.example", SigningKey(bytes(range(1, 33))))
WITNESS_KEY = SigningKey(bytes(range(2, 34)))
WITNESS = Verifier("witness.example", SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)
TEXT = Checkpoint("log.example", SIZE, TREE.root(SIZE)).text()
NOTE = sign_note(TEXT, SIGNER)
INDEX = 42
PROOF = Proof(INDEX, tuple(inclusion_proof(INDEX, SIZE, TREE)), NOTE)
FILE = PROOF.format()
LEAF = TREE.leaves[INDEX]

hashes = st.binary(min_size=32, max_size=32)
proofs = st.builds(
    Proof,
    st.integers(0, 2**63 - 1),
    st.lists(hashes, max_size=63).map(tuple),
    st.binary(max_size=60),
    st.binary(max_size=60),
)


def test_the_formats_own_example_is_read() -> None:
    proof = parse(EXAMPLE_HEAD.encode() + NOTE)
    assert (proof.index, len(proof.hashes), proof.checkpoint) == (73_894, 5, NOTE)
    assert proof.format() == EXAMPLE_HEAD.encode() + NOTE


def test_extra_data_stands_before_the_index() -> None:
    proof = Proof(5, (bytes(32),), b"checkpoint\n", b"extra information")
    assert proof.format() == (
        b"c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 5\n"
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\ncheckpoint\n"
    )
    assert parse(proof.format()) == proof


@settings(max_examples=100)
@given(proofs)
def test_what_was_written_is_read_again(proof: Proof) -> None:
    assert parse(proof.format()) == proof


@pytest.mark.parametrize("index", [0, 1, INDEX, 63, 64, 99])
def test_whoever_has_the_file_and_the_key_sees_the_entry_in_its_place(index: int) -> None:
    proof = Proof(index, tuple(inclusion_proof(index, SIZE, TREE)), NOTE, b"not signed")
    found = verify_proof(proof.format(), TREE.leaves[index], [SIGNER.verifier])
    assert found == (index, Checkpoint("log.example", SIZE, TREE.root(SIZE)))


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    note = sign_note(Checkpoint("log.example", 1, LEAF).text(), SIGNER)
    assert verify_proof(Proof(0, (), note).format(), LEAF, [SIGNER.verifier])[0] == 0


def test_another_entry_is_not_shown() -> None:
    for leaf in (TREE.leaves[INDEX + 1], bytes(32), b""):
        with pytest.raises(ProofError):
            verify_proof(FILE, leaf, [SIGNER.verifier])


def test_another_place_or_another_way_to_the_root_is_refused() -> None:
    for index, path in (
        (INDEX + 1, PROOF.hashes),
        (SIZE, PROOF.hashes),
        (INDEX, PROOF.hashes[1:]),
        (INDEX, PROOF.hashes[::-1]),
        (INDEX, (*PROOF.hashes, bytes(32))),
    ):
        with pytest.raises(ProofError):
            verify_proof(Proof(index, path, NOTE).format(), LEAF, [SIGNER.verifier])


def test_a_checkpoint_of_another_key_shows_nothing() -> None:
    with pytest.raises(UnknownSignersError):
        verify_proof(FILE, LEAF, [OTHER_SIGNER.verifier])
    for note, error in (
        (sign_note(TEXT, OTHER_SIGNER), UnknownSignersError),
        (NOTE.replace(b"100", b"101"), WrongSignatureError),
        (sign_note("log.example\n", SIGNER), CheckpointError),
        (TEXT.encode(), NoteError),
        (b"", NoteError),
    ):
        with pytest.raises(error):
            verify_proof(Proof(INDEX, PROOF.hashes, note).format(), LEAF, [SIGNER.verifier])


def test_a_witness_alone_shows_nothing() -> None:
    """It saw the root and never the entries; who it was for is what the log's signature says."""
    cosignature = cosign(TEXT, WITNESS.name, WITNESS_KEY, 1)
    alone = Proof(INDEX, PROOF.hashes, format_note(TEXT, [cosignature]))
    with pytest.raises(CheckpointError):
        verify_proof(alone.format(), LEAF, [SIGNER.verifier, WITNESS])
    both = Proof(INDEX, PROOF.hashes, format_note(TEXT, [SIGNER.sign(TEXT), cosignature]))
    assert verify_proof(both.format(), LEAF, [SIGNER.verifier, WITNESS])[0] == INDEX


def replaced(old: str, new: str) -> bytes:
    assert old.encode() in FILE
    return FILE.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        FILE[1:],
        NOTE,
        b"\n" + FILE,
        b"\xff" + FILE,
        b"\xef\xbb\xbf" + FILE,
        FILE.replace(b"\n", b"\r\n"),
        FILE.split(b"\n\n")[0],
        FILE.split(b"\n\n")[0] + b"\n",
        replaced("@v1", "@v2"),
        replaced("@v1", "@v1 "),
        replaced("index 42", "index 042"),
        replaced("index 42", "index -42"),
        replaced("index 42", "index  42"),
        replaced("index 42", "index 42 "),
        replaced("index 42", "index"),
        replaced("index 42", "index "),
        replaced("index 42", "index 9223372036854775808"),
        replaced("index 42", "Index 42"),
        replaced("index 42\n", ""),
        replaced("index 42\n", "\n"),
        replaced("index 42", "index 42\nindex 42"),
        replaced("index 42", "index 42\nextra AAAA"),
        replaced("index 42", "extra \nindex 42"),
        replaced("index 42", "extra\nindex 42"),
        replaced("index 42", "extra AAA\nindex 42"),
        replaced("index 42", "extra AAAA\nextra AAAA\nindex 42"),
        replaced("index 42", "index 42\nAAAA"),
        replaced("index 42", "index 42\n" + "A" * 43),
        replaced("index 42", "index 42\n" + "A" * 44),
        replaced("index 42", "index 42\n" + ("A" * 43 + "=\n") * 60 + "A" * 43 + "="),
    ],
)
def test_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(ProofFileError):
        parse(raw)


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_at_all_are_a_proof_or_refused(raw: bytes) -> None:
    head = b"c2sp.org/tlog-proof@v1\n"
    for whole in (raw, head + raw, head + b"index 1\n" + raw, head + b"extra " + raw, raw + FILE):
        with suppress(ProofFileError):
            assert parse(whole).format() == whole


@pytest.mark.parametrize(
    ("index", "path"),
    [(-1, ()), (2**63, ()), (0, (bytes(31),)), (0, (bytes(32),) * 64)],
)
def test_what_could_not_be_read_again_is_not_written(index: int, path: tuple[bytes, ...]) -> None:
    with pytest.raises(ProofFileError):
        Proof(index, path, NOTE)
