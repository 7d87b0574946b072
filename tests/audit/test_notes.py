"""A note says only what a known key has signed, and is read as strictly as other tools read it."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.architecture.sources import ROOT
from tests.audit.trees import published
from tipline.audit.checkpoints import CheckpointError
from tipline.audit.notes import (
    Note,
    UnknownSignersError,
    format_note,
    open_note,
    parse_note,
    parse_signatures,
)
from tipline.audit.signing_notes import NoteSigner, cosign, sign_note
from tipline.audit.verifiers import (
    NoteError,
    Signature,
    SignatureType,
    Verifier,
    VerifierKeyError,
    WrongSignatureError,
    cosigned_at,
)
from tipline.crypto.signing import SigningKey

# https://c2sp.org/signed-note, "Example"
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = published("signed-note")
# The same page's first example, whose key it does not tell; its text has a blank line.
QUASIMODO = published("quasimodo")
# golang.org/x/mod/sumdb/note, note_test.go: keys, text, signatures.
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PETER_LINE = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# A checkpoint of a staging log, which several witnesses have cosigned; and the keys of its operator
# and of three of them, who publish them (https://transparency.dev/witnesses, remora.n621.de,
# witness.stagemole.eu/about).
COSIGNED = published("arche2025h1")
ARCHE_KEY = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
WITNESS_KEYS = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
]
PETER, ENOCH = Verifier.from_vkey(PETER_KEY), Verifier.from_vkey(ENOCH_KEY)
SIGNED = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}"
CHECKPOINT = "log.example\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n"
SIGNER = NoteSigner("log.example", SigningKey(bytes(range(32))))
WITNESS_KEY = SigningKey(bytes(range(1, 33)))
WITNESS = Verifier("witness.example/w1", SignatureType.COSIGNATURE_V1, WITNESS_KEY.public)

names = st.text(min_size=1, max_size=20).map(
    lambda name: "".join(c for c in name if c > " " and c != "+" and not c.isspace()) or "name"
)
signatures = st.builds(
    Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80).map(
    lambda text: text + "\n"
)


def opened(text: str, *keys: Verifier) -> Note:
    return open_note(text.encode(), keys)


def names_of(signatures: tuple[Signature, ...]) -> list[str]:
    return [signature.name for signature in signatures]


def test_the_formats_own_example_opens_with_its_key() -> None:
    note = opened(EXAMPLE, Verifier.from_vkey(EXAMPLE_KEY))
    assert note.text == "This is an example message.\n"
    assert names_of(note.verified) == ["example.com/foo"]


def test_the_last_empty_line_ends_the_text() -> None:
    text, signatures = parse_note(QUASIMODO.encode())
    assert text.endswith("sole:\n\ned è subito sera.\n")
    assert names_of(signatures) == ["quasimodo.example/salvatore"]
    assert format_note(text, signatures) == QUASIMODO.encode()


def test_notes_of_go_open_with_their_keys() -> None:
    note = opened(SIGNED, PETER, ENOCH)
    assert (note.text, names_of(note.verified)) == (TEXT, ["PeterNeumann", "EnochRoot"])
    note = opened(SIGNED, PETER)
    assert (names_of(note.verified), names_of(note.unknown)) == (["PeterNeumann"], ["EnochRoot"])
    assert note.signature_of(ENOCH) is None


def test_what_we_sign_is_what_go_signs() -> None:
    """Ed25519 signatures are the same whoever makes them (RFC 8032)."""
    seed = b64decode(PETER_SECRET.split("+", 4)[4])[1:]
    signer = NoteSigner("PeterNeumann", SigningKey(seed))
    assert sign_note(TEXT, signer) == f"{TEXT}\n{PETER_LINE}".encode()
    assert signer.verifier.vkey() == PETER_KEY


def test_a_checkpoint_that_witnesses_have_cosigned_opens_with_their_keys() -> None:
    arche, *witnesses = (Verifier.from_vkey(key) for key in [ARCHE_KEY, *WITNESS_KEYS])
    note = opened(COSIGNED, arche, *witnesses)
    assert len(note.verified) == 4
    # The log signs in a further way, and one witness's key we do not know.
    assert len(note.unknown) == 2
    for witness in witnesses:
        signature = note.signature_of(witness)
        assert signature is not None
        assert cosigned_at(signature) == 1_779_573_024
    with pytest.raises(WrongSignatureError):
        opened(COSIGNED.replace("1432088532", "1432088533"), witnesses[0])


@pytest.mark.parametrize("keys", [(), (ENOCH,)])
def test_a_note_that_nobody_known_has_signed_says_nothing(keys: tuple[Verifier, ...]) -> None:
    with pytest.raises(UnknownSignersError):
        opened(f"{TEXT}\n{PETER_LINE}", *keys)


def test_a_key_of_the_same_name_or_the_same_id_is_another_key() -> None:
    other = Verifier("PeterNeumann", SignatureType.ED25519, WITNESS_KEY.public)
    with pytest.raises(UnknownSignersError):
        opened(f"{TEXT}\n{PETER_LINE}", other)
    renamed = PETER_LINE.replace("PeterNeumann", "CarmenSandiego")
    with pytest.raises(UnknownSignersError):
        opened(f"{TEXT}\n{renamed}", PETER)


@pytest.mark.parametrize(
    "note",
    [
        SIGNED.replace("problem is", "answer is"),
        "\n" + SIGNED,
        SIGNED.replace("x08go/ZJ", "x08go/ZK"),
        # cut, lengthened, and the second of two is wrong
        f"{TEXT}\n— PeterNeumann x08go/ZJ\n",
        f"{TEXT}\n{PETER_LINE[:-6]}AAAA{PETER_LINE[-6:]}",
        f"{TEXT}\n{PETER_LINE}{PETER_LINE.replace('x08go/ZJ', 'x08go/ZK')}",
    ],
)
def test_a_wrong_signature_of_a_known_key_spoils_the_note(note: str) -> None:
    with pytest.raises(WrongSignatureError):
        opened(note, PETER, ENOCH)


def test_what_unknown_keys_write_is_not_judged() -> None:
    lines = PETER_LINE * 2 + ENOCH_LINE * 2 + ENOCH_LINE.replace("+eBz", "+eBa")
    note = opened(f"{TEXT}\n{lines}", PETER)
    assert (len(note.verified), len(note.unknown)) == (1, 2)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        PETER_LINE,
        "\n" + PETER_LINE,
        TEXT + PETER_LINE,
        SIGNED[:-1],
        SIGNED + "\n",
        SIGNED + "Unexpected line.\n",
        SIGNED.replace("\n", "\r\n"),
        "\x01" + SIGNED,
        "\t" + SIGNED,
        "\x00" + SIGNED,
        f"{TEXT}\n{PETER_LINE}\x1f",
        f"{TEXT}\n{PETER_LINE * 101}",
        f"{TEXT}\n{PETER_LINE}".replace("— ", "- "),
        f"{TEXT}\n{PETER_LINE}".replace("— ", "—"),
        f"{TEXT}\n{PETER_LINE}".replace("— ", "—  "),
        f"{TEXT}\n{PETER_LINE}".replace("PeterNeumann", "Peter Neumann"),
        f"{TEXT}\n{PETER_LINE}".replace("PeterNeumann", "Peter\u2003Neumann"),
        f"{TEXT}\n{PETER_LINE}".replace("PeterNeumann", "Peter+Neumann"),
        f"{TEXT}\n{PETER_LINE}".replace("PeterNeumann", ""),
        f"{TEXT}\n{PETER_LINE}".replace("AM=\n", "AM\n"),
        f"{TEXT}\n{PETER_LINE}".replace("AM=\n", "AN=\n"),
        f"{TEXT}\n{PETER_LINE}".replace("AM=\n", "AM=AAAA\n"),
        f"{TEXT}\n{PETER_LINE}".replace("AM=\n", "AM= \n"),
        f"{TEXT}\n{PETER_LINE}".replace("x08go/ZJ", "x08go_ZJ"),
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        f"{TEXT}\n— PeterNeumann \n",
        f"{TEXT}\n— PeterNeumann\n",
    ],
)
def test_what_is_not_written_as_a_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError) as refused:
        opened(note, PETER)
    assert refused.type is NoteError, "and not for a signature's sake"


@pytest.mark.parametrize("byte", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x80"])
def test_what_is_no_utf8_is_refused(byte: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(byte + SIGNED.encode(), [PETER])


def test_a_hundred_signatures_are_read_and_a_text_may_be_empty_lines() -> None:
    text, signatures = parse_note(f"\n\n\n{PETER_LINE * 100}".encode())
    assert (text, len(signatures)) == ("\n\n", 100)


@settings(max_examples=100)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode(errors="ignore")))
def test_any_bytes_at_all_are_a_note_or_refused(raw: bytes) -> None:
    for whole in (raw, SIGNED.encode() + raw, raw + SIGNED.encode(), TEXT.encode() + b"\n" + raw):
        with suppress(NoteError):
            assert format_note(*parse_note(whole)) == whole


@settings(max_examples=100)
@given(texts, st.lists(signatures, min_size=1, max_size=5))
def test_what_was_written_is_read_again(text: str, signed: list[Signature]) -> None:
    assert parse_note(format_note(text, signed)) == (text, tuple(signed))
    assert parse_signatures("".join(one.line() for one in signed)) == tuple(signed)


@settings(max_examples=50)
@given(texts, names)
def test_whatever_can_be_signed_opens_with_the_key(text: str, name: str) -> None:
    signer = NoteSigner(name, SigningKey(bytes(32)))
    note = open_note(sign_note(text, signer), [signer.verifier])
    assert (note.text, names_of(note.verified)) == (text, [name])


@pytest.mark.parametrize("text", ["", "no end", "\x00\n", "tab\t\n", "cr\r\n", "\ud800\n"])
def test_what_cannot_be_a_notes_text_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, SIGNER)


def test_a_note_without_a_signature_or_with_too_many_is_not_made() -> None:
    for count in (0, 101):
        with pytest.raises(NoteError):
            format_note(TEXT, [SIGNER.sign(TEXT)] * count)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u00a0b", "\u3000", "a\x00", "\ud800"])
def test_no_key_has_a_name_that_a_line_cannot_hold(name: str) -> None:
    with pytest.raises(VerifierKeyError):
        NoteSigner(name, SigningKey(bytes(32)))
    with pytest.raises(NoteError):
        Signature(name, bytes(4), bytes(64))


def test_a_witness_signs_a_checkpoint_and_when() -> None:
    signature = cosign(CHECKPOINT, WITNESS.name, WITNESS_KEY, 1_679_315_147)
    # https://c2sp.org/tlog-cosignature, "Ed25519 signed message"
    message = b"cosignature/v1\ntime 1679315147\n" + CHECKPOINT.encode()
    assert signature.raw == (1_679_315_147).to_bytes(8, "big") + WITNESS_KEY.sign_raw(message)
    note = open_note(format_note(CHECKPOINT, [SIGNER.sign(CHECKPOINT), signature]), [WITNESS])
    assert note.signature_of(WITNESS) == signature
    assert cosigned_at(signature) == 1_679_315_147


def test_the_time_of_a_witness_and_every_line_are_signed() -> None:
    text = CHECKPOINT + "an extension\n"
    signature = cosign(text, WITNESS.name, WITNESS_KEY, 5)
    later = Signature(WITNESS.name, WITNESS.key_id, bytes(7) + b"\x06" + signature.raw[8:])
    for changed, signed in ((text, later), (CHECKPOINT, signature), (text + "x\n", signature)):
        with pytest.raises(WrongSignatureError):
            open_note(format_note(changed, [signed]), [WITNESS])


def test_a_witness_and_a_log_do_not_sign_for_one_another() -> None:
    """Not even with one key under one name."""
    as_log = NoteSigner(WITNESS.name, WITNESS_KEY)
    assert as_log.verifier.key_id != WITNESS.key_id
    by_log, by_witness = as_log.sign(CHECKPOINT), cosign(CHECKPOINT, WITNESS.name, WITNESS_KEY, 5)
    for key_id, raw in ((WITNESS.key_id, by_log.raw), (as_log.verifier.key_id, by_witness.raw)):
        note = format_note(CHECKPOINT, [Signature(WITNESS.name, key_id, raw)])
        with pytest.raises(WrongSignatureError):
            open_note(note, [WITNESS, as_log.verifier])


def test_a_witness_signs_nothing_but_checkpoints_at_times_that_can_be_written() -> None:
    with pytest.raises(CheckpointError):
        cosign(TEXT, WITNESS.name, WITNESS_KEY, 5)
    for seconds in (-1, 2**63):
        with pytest.raises(NoteError):
            cosign(CHECKPOINT, WITNESS.name, WITNESS_KEY, seconds)
    with pytest.raises(NoteError):
        cosign(CHECKPOINT, "a b", WITNESS_KEY, 5)
    assert cosigned_at(cosign(CHECKPOINT, "w", WITNESS_KEY, 2**63 - 1)) == 2**63 - 1


@pytest.mark.parametrize("raw", [bytes(64), bytes(71), bytes(73), b"\xff" * 72])
def test_no_time_is_read_from_another_signature(raw: bytes) -> None:
    signature = Signature(WITNESS.name, WITNESS.key_id, raw)
    with pytest.raises(NoteError):
        cosigned_at(signature)
    with pytest.raises(WrongSignatureError):
        WITNESS.check(CHECKPOINT, signature)


def test_keys_are_written_as_others_write_them() -> None:
    for text in (EXAMPLE_KEY, PETER_KEY, ENOCH_KEY, ARCHE_KEY, *WITNESS_KEYS):
        assert Verifier.from_vkey(text).vkey() == text
    assert Verifier.from_vkey(EXAMPLE_KEY).kind is SignatureType.ED25519
    assert Verifier.from_vkey(WITNESS_KEYS[0]).kind is SignatureType.COSIGNATURE_V1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "++",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        PETER_KEY.replace("c74f20a3", "c74f20a4"),
        PETER_KEY.replace("c74f20a3", "0c74f20a3"),
        PETER_KEY.replace("PeterNeumann", "Peter Neumann"),
        PETER_KEY.replace("PeterNeumann", "CarmenSandiego"),
        PETER_KEY + "\n",
        " " + PETER_KEY,
        PETER_KEY[:-1],
        PETER_KEY[:-4],
        # golang.org/x/mod/sumdb/note, note_test.go: wrong length and unknown kind, with right ids
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_keys_that_are_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(VerifierKeyError):
        Verifier.from_vkey(text)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_at_all_is_a_key_or_refused(text: str) -> None:
    for whole in (text, f"PeterNeumann+c74f20a3+{text}", f"{text}+c74f20a3+{PETER_KEY[22:]}"):
        with suppress(VerifierKeyError):
            assert Verifier.from_vkey(whole).vkey() == whole


def test_two_keys_that_cannot_be_told_apart_are_refused_and_one_twice_is_not() -> None:
    """Ids have 4 bytes: whoever may choose keys can make two that share one."""

    class Colliding(Verifier):
        @property
        def key_id(self) -> bytes:
            return PETER.key_id

    other = Colliding("PeterNeumann", SignatureType.ED25519, WITNESS_KEY.public)
    with pytest.raises(VerifierKeyError):
        opened(SIGNED, PETER, other)
    assert opened(SIGNED, PETER, PETER, Verifier.from_vkey(PETER_KEY)).text == TEXT


def test_whoever_only_opens_notes_has_nothing_loaded_that_signs() -> None:
    script = (
        "import sys, tipline.audit.proofs, tipline.audit.bundles, tipline.audit.tile_reading;"
        "print(*(name for name in sys.modules if name.startswith('tipline')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"tipline.audit.notes", "tipline.crypto.verifying"} <= loaded
    private = {"tipline.audit.signing_notes", "tipline.crypto.signing", "tipline.crypto.opening"}
    assert not loaded & private
