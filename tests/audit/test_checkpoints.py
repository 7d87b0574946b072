"""A checkpoint is read in one spelling, and only its log's own key vouches for it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.trees import published
from tipline.audit.checkpoints import Checkpoint, CheckpointError, open_checkpoint, parse
from tipline.audit.lines import decimal
from tipline.audit.notes import UnknownSignersError, format_note, open_note
from tipline.audit.signing_notes import NoteSigner, cosign, sign_note
from tipline.audit.verifiers import NoteError, SignatureType, Verifier, WrongSignatureError
from tipline.crypto.signing import SigningKey

# The checksum database of Go (https://sum.golang.org): its key, and two of its checkpoints. The
# first is the example of https://c2sp.org/tlog-checkpoint under its real name.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB = [published("sumdb-20852163"), published("sumdb-35225469")]
TEXT = "log.example/1\n256\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
CHECKPOINT = Checkpoint("log.example/1", 256, bytes(range(32)))
SIGNER = NoteSigner("log.example/1", SigningKey(bytes(range(32))))
OTHER_LOG = NoteSigner("log.example/2", SigningKey(bytes(range(1, 33))))
WITNESS_KEY = SigningKey(bytes(range(2, 34)))
WITNESS = Verifier("witness.example", SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)

lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)


def test_a_checkpoint_has_three_lines() -> None:
    assert CHECKPOINT.text() == TEXT
    assert parse(TEXT) == CHECKPOINT


@pytest.mark.parametrize("note", SUMDB)
def test_checkpoints_of_a_log_that_others_run_are_read(note: str) -> None:
    text = open_note(note.encode(), [Verifier.from_vkey(SUMDB_KEY)]).text
    checkpoint = parse(text)
    assert checkpoint.origin == "go.sum database tree"
    assert checkpoint.text() == text
    # Its key has another name than the log, which ours may not have.
    with pytest.raises(CheckpointError):
        open_checkpoint(note.encode(), [Verifier.from_vkey(SUMDB_KEY)])


def test_further_lines_are_kept() -> None:
    extended = parse(TEXT + "one\ntwo\n")
    assert extended.extensions == ("one", "two")
    assert extended.text() == TEXT + "one\ntwo\n"


@settings(max_examples=100)
@given(checkpoints)
def test_what_was_written_is_read_again(checkpoint: Checkpoint) -> None:
    assert parse(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        TEXT[:-1],
        TEXT + "\n",
        "\n" + TEXT,
        TEXT + "\nafter an empty line\n",
        TEXT + "one\n\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("log.example/1", ""),
        TEXT.replace("log.example/1", "a\tb"),
        TEXT.replace("256", ""),
        TEXT.replace("256", "0256"),
        TEXT.replace("256", "00"),
        TEXT.replace("256", "+256"),
        TEXT.replace("256", "-256"),
        TEXT.replace("256", " 256"),
        TEXT.replace("256", "2_56"),
        TEXT.replace("256", "2.56"),
        TEXT.replace("256", "0x100"),
        TEXT.replace("256", "٢٥٦"),
        TEXT.replace("256", "9223372036854775808"),
        TEXT.replace("256", "1" * 5000),
        TEXT.replace("Hh8=", "Hh8"),
        TEXT.replace("Hh8=", "Hh9="),
        TEXT.replace("Hh8=", "Hg=="),
        TEXT.replace("Hh8=", "Hh8f"),
        TEXT.replace("Hh8=", "Hh8= "),
        TEXT.replace("AAEC", "AAE-"),
        "log.example/1\n256\n",
        "log.example/1\n256\n\n",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse(text)


def test_no_number_is_read_that_other_tools_could_not_hold() -> None:
    assert decimal("9223372036854775807") == 2**63 - 1
    assert decimal("9223372036854775808") is None


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_at_all_is_a_checkpoint_or_refused(text: str) -> None:
    for whole in (text, TEXT + text, text + TEXT, f"a\n{text}\n{TEXT[18:]}"):
        with suppress(CheckpointError):
            assert parse(whole).text() == whole


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, bytes(32), ()),
        ("two\nlines", 1, bytes(32), ()),
        ("\ud800", 1, bytes(32), ()),
        ("log", -1, bytes(32), ()),
        ("log", 2**63, bytes(32), ()),
        ("log", 1, bytes(31), ()),
        ("log", 1, bytes(32), ("",)),
        ("log", 1, bytes(32), ("two\nlines",)),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint(origin, size, root, extensions)


def test_a_logs_own_signature_makes_its_checkpoint_believed() -> None:
    raw = sign_note(TEXT, SIGNER)
    checkpoint, note = open_checkpoint(raw, [OTHER_LOG.verifier, SIGNER.verifier])
    assert (checkpoint, note.text) == (CHECKPOINT, TEXT)


def test_nobody_else_vouches_for_a_log() -> None:
    """Neither another log whose key is known, nor a witness."""
    cosignature = cosign(TEXT, WITNESS.name, WITNESS_KEY, 1)
    for raw in (sign_note(TEXT, OTHER_LOG), format_note(TEXT, [cosignature])):
        with pytest.raises(CheckpointError):
            open_checkpoint(raw, [SIGNER.verifier, OTHER_LOG.verifier, WITNESS])


def test_a_witness_with_the_logs_name_does_not_either() -> None:
    namesake = Verifier(SIGNER.verifier.name, SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)
    raw = format_note(TEXT, [cosign(TEXT, namesake.name, WITNESS_KEY, 1)])
    with pytest.raises(CheckpointError):
        open_checkpoint(raw, [SIGNER.verifier, namesake])


def test_witnesses_are_found_beside_the_logs_signature() -> None:
    cosignature = cosign(TEXT, WITNESS.name, WITNESS_KEY, 1)
    raw = format_note(TEXT, [SIGNER.sign(TEXT), cosignature])
    _, note = open_checkpoint(raw, [SIGNER.verifier, WITNESS])
    assert note.signature_of(WITNESS) == cosignature
    _, note = open_checkpoint(raw, [SIGNER.verifier])
    assert note.signature_of(WITNESS) is None


def test_what_is_not_signed_so_or_is_no_checkpoint_is_refused() -> None:
    signed = sign_note(TEXT, SIGNER)
    with pytest.raises(WrongSignatureError):
        open_checkpoint(signed.replace(b"256", b"257"), [SIGNER.verifier])
    with pytest.raises(UnknownSignersError):
        open_checkpoint(signed, [OTHER_LOG.verifier])
    with pytest.raises(NoteError):
        open_checkpoint(TEXT.encode(), [SIGNER.verifier])
    with pytest.raises(CheckpointError):
        open_checkpoint(sign_note("log.example/1\n", SIGNER), [SIGNER.verifier])
