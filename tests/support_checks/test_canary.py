"""The canary scan finds a planted value in every form, gives no false alarm, prints no value."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import os
import pickle
import random
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import canary as canary_module
from tests.support.canary import Canary, Finding, scan_bytes, scan_tree
from tests.support_checks.planted import CANARIES, CHINESE, NUMBER, SPANISH, TIP


def _raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def _base64_lines(data: bytes, width: int, end: bytes) -> bytes:
    text = base64.b64encode(data)
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def _zip(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("note.txt", data * 3)
    return file.getvalue()


def _every_byte(text: str, pattern: str) -> bytes:
    return "".join(pattern % byte for byte in text.encode()).encode()


def _every_unit(text: str, pattern: str) -> bytes:
    units = text.encode("utf-16-be")
    return "".join(
        pattern % int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)
    ).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "clear": lambda v: v.encode(),
    "upper": lambda v: v.encode().upper(),
    "lower": lambda v: v.encode().lower(),
    "upper case of letters": lambda v: v.upper().encode(),
    "lower case of letters": lambda v: v.lower().encode(),
    "utf-16-le": lambda v: v.encode("utf-16-le"),
    "utf-16-be": lambda v: v.encode("utf-16-be"),
    "utf-16 with mark": lambda v: v.encode("utf-16"),
    "hex": lambda v: v.encode().hex().encode(),
    "HEX": lambda v: v.encode().hex().upper().encode(),
    "hex after an odd digit": lambda v: b"7" + v.encode().hex().encode() + b"3",
    "hex of utf-16": lambda v: v.encode("utf-16-le").hex().encode(),
    "quote": lambda v: quote(v).encode(),
    "quote all": lambda v: quote(v, safe="").encode(),
    "quote_plus": lambda v: quote_plus(v).encode(),
    "quote twice": lambda v: quote(quote(v, safe=""), safe="").encode(),
    "percent every byte": lambda v: _every_byte(v, "%%%02x"),
    "PERCENT EVERY BYTE": lambda v: _every_byte(v, "%%%02X"),
    "json": lambda v: json.dumps({"x": v}).encode(),
    "json as utf-8": lambda v: json.dumps({"x": v}, ensure_ascii=False).encode(),
    "json of json": lambda v: json.dumps({"x": json.dumps([v])}).encode(),
    "json every character": lambda v: _every_unit(v, "\\u%04x"),
    "JSON EVERY CHARACTER": lambda v: _every_unit(v, "\\u%04X"),
    "repr of bytes": lambda v: repr(v.encode()).encode(),
    "backslash x": lambda v: _every_byte(v, "\\x%02x"),
    "octal": lambda v: _every_byte(v, "\\%03o"),
    "html": lambda v: html.escape(v).encode("ascii", "xmlcharrefreplace"),
    "bytes reversed": lambda v: v.encode()[::-1],
    "characters reversed": lambda v: v[::-1].encode(),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 shifted by 1": lambda v: base64.b64encode(b"." + v.encode() + b"."),
    "base64 shifted by 2": lambda v: base64.b64encode(b".." + v.encode() + b"."),
    "base64 url-safe": lambda v: base64.urlsafe_b64encode(b"\xfb\xff\xfe" + v.encode()),
    "base64 unpadded": lambda v: base64.urlsafe_b64encode(v.encode()).rstrip(b"="),
    "base64 glued": lambda v: b"key" + base64.b64encode(v.encode()),
    "base64 at 64": lambda v: _base64_lines(b"x" * 35 + v.encode() + b"y" * 90, 64, b"\n"),
    "base64 at 76": lambda v: _base64_lines(b"x" * 43 + v.encode() + b"y" * 90, 76, b"\r\n"),
    "base64 indented": lambda v: _base64_lines(b"x" * 35 + v.encode(), 64, b"\n    "),
    "base64 lines in json": lambda v: _base64_lines(b"x" * 35 + v.encode(), 64, b"\\n"),
    "base64 of utf-16": lambda v: base64.b64encode(v.encode("utf-16-le")),
    "base64 twice": lambda v: base64.b64encode(base64.b64encode(v.encode())),
    "zlib": lambda v: zlib.compress(v.encode()),
    "zlib stored": lambda v: zlib.compress(v.encode(), 0),
    "zlib fast": lambda v: zlib.compress(v.encode(), 1),
    "zlib best": lambda v: zlib.compress(v.encode(), 9),
    "zlib small window": lambda v: zlib.compress(v.encode(), wbits=10),
    "zlib long": lambda v: zlib.compress(_noise(90_000) + v.encode() + _noise(90_000)),
    "zlib cut off": lambda v: zlib.compress(v.encode() + b"z" * 5000 + _noise(3000))[:-2000],
    "zlib damaged": lambda v: zlib.compress(v.encode())[:-1] + b"\0\0\0",
    "gzip": lambda v: gzip.compress(v.encode()),
    "raw deflate": lambda v: _raw_deflate(v.encode()),
    "zip": lambda v: _zip(v.encode()),
    "zlib of zlib of zlib": lambda v: zlib.compress(zlib.compress(zlib.compress(v.encode()))),
    "base64 of zlib": lambda v: base64.b64encode(zlib.compress(v.encode())),
    "hex of gzip": lambda v: gzip.compress(v.encode()).hex().encode(),
    "base64 of raw deflate": lambda v: base64.b64encode(_raw_deflate(v.encode())),
    "zlib of base64 of zlib": lambda v: zlib.compress(base64.b64encode(zlib.compress(v.encode()))),
    "pickle": lambda v: pickle.dumps({"to": v}),
}
# Deflate with its own codes is found where data begins, all else amid other bytes too.
AT_START_ONLY = {"raw deflate"}


def _noise(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


def _found(data: bytes, name: str) -> list[Finding]:
    return [finding for finding in scan_bytes(data, CANARIES) if finding.canary == name]


@pytest.mark.parametrize("canary", CANARIES, ids=lambda c: c.name)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form: str, canary: Canary) -> None:
    leak = FORMS[form](canary.value)
    assert _found(leak, canary.name)
    if form not in AT_START_ONLY:
        assert _found(_noise(5000) + b"\0" + leak + b"\0" + _noise(5000, 8), canary.name)


@pytest.mark.parametrize("form", FORMS)
def test_other_values_are_not_found(form: str) -> None:
    assert not scan_bytes(FORMS[form]("Nothing that anybody planted: +1 916 555 0170"), CANARIES)


@pytest.mark.parametrize(
    "spelling",
    [
        "12095550143", "2095550143", "(209) 555-0143", "209-555-0143", "209.555.0143",
        "209 555 0143", "+1 209 555 0143", "1-209-555-0143", "+1 (209) 555-0143", "(209)555-0143",
        "209/555-0143", "20 95 55 01 43", "209_555_0143", "tel:+1-209-555-0143", "00112095550143",
    ],
)  # fmt: skip
def test_spellings_of_a_number(spelling: str) -> None:
    assert _found(f"call {spelling}, soon".encode(), "resident")
    assert _found(base64.b64encode(f"call {spelling}, soon".encode()), "resident")
    assert not _found(f"call {spelling[:-1]}4, soon".encode(), "resident")


def test_a_number_as_an_integer_is_found(tmp_path: Path) -> None:
    path = tmp_path / "main.db"
    with sqlite3.connect(path) as database:
        database.execute("create table t (n integer)")
        database.execute("insert into t values (?)", (NUMBER,))
    database.close()
    assert NUMBER[1:].encode() not in path.read_bytes()
    assert [f.form for f in scan_tree(tmp_path, CANARIES)] == ["integer big-endian"]
    assert _found(pickle.dumps(int(NUMBER)), "resident")
    assert _found(int(NUMBER).to_bytes(8, "little"), "resident")


@pytest.mark.parametrize(
    "fragment",
    [
        "behind Quimby's",
        "unloads at 3 AM,",
        "ask for Dmitri",
        "red van behind",
        "The red van behind",
    ],
)
def test_a_fragment_of_a_text_is_found(fragment: str) -> None:
    assert _found(f"... {fragment} ...".encode(), "tip")
    assert _found(f"a={quote_plus(fragment)}&b".encode(), "tip")


def test_a_fragment_without_spaces_is_found() -> None:
    assert _found(CHINESE[3:20].encode(), "chinese")
    assert not _found(CHINESE[3:9].encode(), "chinese")


def test_a_text_with_other_spaces_is_found() -> None:
    broken = [Canary("broken", "over\nthe\n\nold  weir", "text")]
    assert scan_bytes(b"over the old weir", broken)
    assert scan_bytes(b"a=over+the+old+weir", broken)


def test_characters_beyond_the_basic_plane_are_found() -> None:
    text = "😀🚐🚐🌉🌙🌙🚓🚓🔦🔦🧰🧰🪜🪜"
    assert scan_bytes(json.dumps([text]).encode(), [Canary("emoji", text, "text")])


@pytest.mark.parametrize("codec", ["latin-1", "utf-16-le", "utf-16-be"])
def test_a_word_with_accents_is_found_in_other_codecs(codec: str) -> None:
    word = "escondiéndoselo"  # one fragment, so that no part of plain ASCII gives it away
    canary = [Canary("accents", word, "text")]
    assert scan_bytes(_noise(99) + word.encode(codec) + _noise(99, 8), canary)


def test_a_text_in_capitals_is_found_in_small_letters() -> None:
    text = "ÁRBOLESÓÚNICOS"
    assert scan_bytes(text.lower().encode(), [Canary("capitals", text, "text")])


def test_long_deflated_text_is_found_where_data_begins() -> None:
    stream = _raw_deflate((" ".join(map(str, range(400))) + TIP).encode())
    assert stream[0] & 7 in (4, 5)  # a block with codes of its own
    assert _found(stream, "tip")
    assert _found(b"log line " * 9 + base64.b64encode(stream), "tip")


def test_less_than_a_fragment_is_not_found() -> None:
    assert not _found(b"the red van was behind a bakery at 3 AM", "tip")


def test_the_offset_is_that_of_the_leak() -> None:
    data = b"\0" * 1000 + NUMBER.encode()
    assert _found(data, "resident")[0].offset == 1002
    leak = base64.b64encode(TIP.encode())
    findings = _found(b"\0" * 777 + leak, "tip")
    assert {(f.offset, f.form.split(">")[0]) for f in findings} == {(777, "base64")}


ENCODERS: list[Callable[[bytes], bytes]] = [
    base64.b64encode,
    base64.urlsafe_b64encode,
    lambda b: b.hex().encode(),
    lambda b: b.hex().upper().encode(),
    lambda b: b.decode().encode("utf-16-le"),
    lambda b: b.decode().encode("utf-16-be"),
    zlib.compress,
    gzip.compress,
    _raw_deflate,
]


@settings(max_examples=400, deadline=None)
@given(
    before=st.binary(max_size=300),
    after=st.binary(max_size=300),
    encode=st.sampled_from(ENCODERS),
    canary=st.sampled_from([c for c in CANARIES if c.value.isascii()]),
)
def test_an_encoded_value_is_found_in_random_bytes(
    before: bytes, after: bytes, encode: Callable[[bytes], bytes], canary: Canary
) -> None:
    assert _found(before + encode(canary.value.encode()) + after, canary.name)


@settings(max_examples=200, deadline=None)
@given(
    before=st.binary(max_size=300),
    after=st.binary(max_size=300),
    encode=st.sampled_from([base64.b64encode, zlib.compress, lambda b: b.hex().encode()]),
    canary=st.sampled_from(CANARIES),
)
def test_a_value_is_found_in_encoded_random_bytes(
    before: bytes, after: bytes, encode: Callable[[bytes], bytes], canary: Canary
) -> None:
    assert _found(encode(before + canary.value.encode() + after), canary.name)


@pytest.mark.parametrize(
    "dress",
    [
        lambda noise: noise,
        base64.b64encode,
        lambda noise: noise.hex().encode(),
        lambda noise: "".join(str(byte % 10) for byte in noise).encode(),
        lambda noise: json.dumps([noise[:65536].decode("latin-1")]).encode(),
        lambda noise: zlib.compress(base64.b64encode(noise)),
    ],
    ids=["bytes", "base64", "hex", "digits", "json", "zlib"],
)
def test_random_data_raises_no_alarm(dress: Callable[[bytes], bytes]) -> None:
    assert scan_bytes(dress(_noise(4_000_000)), CANARIES) == []


def test_a_leak_on_the_border_of_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary_module, "PIECE_BYTES", 1000)
    monkeypatch.setattr(canary_module, "OVERLAP_BYTES", 100)
    for start in range(980, 1010):
        assert [f.offset for f in _found(b"\0" * start + NUMBER.encode(), "resident")] == [
            start + 2
        ]


def test_what_vanishes_while_a_tree_is_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's temporary files; what stays beside them is found all the same."""
    (tmp_path / "a").write_text(NUMBER)
    (tmp_path / "link").symlink_to(NUMBER)
    (tmp_path / "folder").mkdir()
    read, listed = os.readlink, os.scandir

    def vanishing(path: str) -> str:
        os.unlink(path)
        return read(path)

    def emptied(path: Path) -> Iterator[os.DirEntry[str]]:
        if path.name == "folder":
            path.rmdir()
        return listed(path)

    monkeypatch.setattr(os, "readlink", vanishing)
    monkeypatch.setattr(os, "scandir", emptied)
    assert {one.where for one in scan_tree(tmp_path, CANARIES)} == {"a"}
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_nothing_prints_the_value() -> None:
    for canary in CANARIES:
        findings = _found(FORMS["clear"](canary.value), canary.name)
        shown = f"{findings} {findings[0]} {canary!r} {canary_module.needles([canary])!r}"
        assert canary.name in shown
        assert not scan_bytes(shown.encode(), [canary])


@pytest.mark.parametrize(
    ("value", "kind"),
    [("+1209555", "number"), ("short text", "text"), ("1.2.3.4", "ip"), ("SM1", "id")],
)
def test_a_value_that_chance_would_find_is_refused(value: str, kind: canary_module.Kind) -> None:
    with pytest.raises(ValueError, match="too short") as refusal:
        Canary("planted", value, kind)
    assert value not in str(refusal.value)


def test_a_scan_that_looks_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no canaries"):
        scan_bytes(b"x", [])
    with pytest.raises(NotADirectoryError):
        scan_tree(tmp_path / "missing", CANARIES)


def test_a_tree(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_bytes(b"x" * 100 + FORMS["base64 of zlib"](TIP))
    (tmp_path / "main.db-wal").write_bytes(_noise(100) + SPANISH.encode())
    (tmp_path / f"backup-{NUMBER}").mkdir()
    (tmp_path / f"backup-{NUMBER}" / "fine").write_bytes(b"nothing")
    (tmp_path / "elsewhere").symlink_to("/tmp/1420 Wisteria Ln")
    (tmp_path / "skip").mkdir()
    (tmp_path / "skip" / "x").write_text(TIP)
    findings = scan_tree(tmp_path, CANARIES, exclude=["skip"])
    assert {(f.canary, f.where) for f in findings} == {
        ("tip", "logs/app.log"),
        ("spanish", "main.db-wal"),
        ("resident", "name of <entry 0>"),
        ("street", "target of elsewhere"),
    }
    assert not scan_bytes(repr(findings).encode(), CANARIES)
    assert ("tip", "skip/x") in {(f.canary, f.where) for f in scan_tree(tmp_path, CANARIES)}


def test_deleted_rows_of_a_database_are_found(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "main.db", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma secure_delete=off")
    database.execute("create table t (body text)")
    database.execute("insert into t values (?)", (TIP,))
    database.execute("delete from t")
    places = {f.where for f in scan_tree(tmp_path, CANARIES) if f.canary == "tip"}
    assert "main.db-wal" in places
    database.close()
    assert {f.where for f in scan_tree(tmp_path, CANARIES)} == {"main.db"}


def test_the_scan_is_fast_enough() -> None:
    """300 MB in 60 s is 5 MB/s, of processor time because other tests run beside this one."""
    data = _noise(8_000_000)
    began = time.process_time()
    scan_bytes(data, CANARIES)
    assert len(data) / (time.process_time() - began) > 5_000_000
