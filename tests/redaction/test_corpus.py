"""The labelled tips are well-formed, many-voiced, and made up."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import combinations, pairwise

import pytest

from tests.redaction.corpus import (
    EVIDENCE_TYPES,
    HERE,
    LANGUAGES,
    MANNERS,
    OWN_TYPES,
    PARTS,
    Span,
    Tip,
    Written,
    load,
    parsed,
    read_marks,
    records,
    written,
)

TIPS = [tip for part in PARTS for tip in written(part)]
RECORDS = [record for part in PARTS for record in load(part)]
# Kept for fiction, examples and documentation.
FICTITIOUS = re.compile(r"(?:\D*\d)*?55501\d\d\d*|447700900\d{3}|.*5555?01\d\d")
RESERVED_DOMAIN = re.compile(r"@(?:[a-z0-9.-]+\.)?(?:example(?:\.(?:com|org|net))?|invalid)$")
# Those words of tips that say digits or spell letters are alike by nature.
SAID_DIGITS = {
    *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    *("double", "triple", "cincuenta", "es", "is", "at", "dot", "com", "org"),
}


def digits(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit())


def skeleton(text: str) -> str:
    """The words without their numbers, to find two tips that differ only in these."""
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))


def spans(record: Tip) -> list[Span]:
    return sorted(record["strip"] + record["keep"], key=lambda span: span["start"])


def test_offsets_give_what_was_marked() -> None:
    for record in RECORDS:
        found = spans(record)
        for span in found:
            assert record["text"][span["start"] : span["end"]] == span["text"]
            assert any(c.isalnum() for c in span["text"])
            assert span["text"] == span["text"].strip()
        assert all(a["end"] <= b["start"] for a, b in pairwise(found))
        assert record["text"].strip()


def test_no_mark_is_left_in_a_text() -> None:
    for record in RECORDS:
        for mark in ("[[", "]]", "{{", "}}", "||", "\\"):
            assert mark not in record["text"], record["id"]


def test_types_languages_and_manners_are_known() -> None:
    assert {span["type"] for record in RECORDS for span in record["strip"]} <= OWN_TYPES
    assert {span["type"] for record in RECORDS for span in record["keep"]} <= EVIDENCE_TYPES
    assert {tip.lang for tip in TIPS} == set(LANGUAGES)
    assert {manner for tip in TIPS for manner in tip.manners} == set(MANNERS)


def test_no_tag_means_two_things() -> None:
    assert all(len(set(record["tags"])) == len(record["tags"]) for record in RECORDS)


def test_every_type_of_the_senders_own_details_occurs_in_each_part() -> None:
    for part in PARTS:
        assert {span["type"] for record in load(part) for span in record["strip"]} == OWN_TYPES


def test_there_are_enough_tips_in_the_promised_shares() -> None:
    langs = Counter(tip.lang for tip in TIPS)
    assert len(TIPS) >= 1600
    assert langs["en"] / len(TIPS) < 0.8
    assert langs["es"] / len(TIPS) > 0.15
    assert langs["mix"] / len(TIPS) > 0.05


def test_there_are_many_voices_and_none_drowns_the_others() -> None:
    voices = Counter(tip.voice for tip in TIPS)
    assert len(voices) >= 25
    assert min(voices.values()) >= 18
    assert max(voices.values()) <= 60


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_good_part_of_each_language_holds_nothing_of_the_sender(lang: str) -> None:
    own = [any(record["strip"] for record in records(tip)) for tip in TIPS if tip.lang == lang]
    assert 0.2 <= own.count(False) / len(own) <= 0.4


def test_no_voice_is_in_two_parts() -> None:
    """The part kept back is to say what happens on tips unlike those that were learned from."""
    voices = [{tip.voice for tip in written(part)} for part in PARTS]
    assert all(one.isdisjoint(other) for one, other in combinations(voices, 2))


def test_no_tip_is_there_twice() -> None:
    assert len({record["id"] for record in RECORDS}) == len(RECORDS)
    texts = Counter(tip.marked.casefold() for tip in TIPS)
    assert [text for text, many in texts.items() if many > 1] == []
    words = Counter(skeleton(tip.marked) for tip in TIPS)
    long = [text for text, many in words.items() if many > 1 and len(text.split()) > 4]
    assert long == []


def test_sentences_do_not_repeat() -> None:
    """No form with slots: hardly a run of seven words occurs in two tips."""
    runs: dict[tuple[str, ...], set[str]] = {}
    for record in RECORDS:
        words = [w for w in skeleton(record["text"]).split() if len(w) > 1]
        words = [word for word in words if word not in SAID_DIGITS]
        for start in range(len(words) - 8):
            name = record.get("thread", record["id"])
            runs.setdefault(tuple(words[start : start + 9]), set()).add(name)
    assert [run for run, where in runs.items() if len(where) > 1] == []


def test_numbers_are_of_the_ranges_for_fiction() -> None:
    numbers = [
        span["text"] for record in RECORDS for span in spans(record) if "PHONE" in span["type"]
    ]
    real = [n for n in numbers if len(digits(n)) >= 10 and not FICTITIOUS.fullmatch(digits(n))]
    assert real == []


def test_addresses_of_mail_are_of_the_domains_for_examples() -> None:
    addresses = [
        re.sub(r"[^\w.@-]|_(?=_)", "", unicodedata.normalize("NFKC", span["text"])).lower()
        for record in RECORDS
        if "split" not in record["tags"]
        for span in spans(record)
        if "EMAIL" in span["type"]
    ]
    plain = [address for address in addresses if "@" in address]
    assert len(plain) > 30
    assert [address for address in plain if not RESERVED_DOMAIN.search(address)] == []


def test_lines_are_short_and_nothing_needs_trailing_blanks() -> None:
    for part in PARTS:
        for file in (HERE / part).glob("*.txt"):
            for line in file.read_text(encoding="utf-8").splitlines():
                assert len(line) <= 120
                assert line == line.strip()


def test_a_marked_text_becomes_offsets() -> None:
    text, own, evidence = read_marks("I'm [[NAME:Ana]], {{NAME:Leo}} did it: {{PLATE:7ABC123}}")
    assert text == "I'm Ana, Leo did it: 7ABC123"
    assert own == [{"start": 4, "end": 7, "type": "NAME", "text": "Ana"}]
    assert [(span["type"], span["text"]) for span in evidence] == [
        ("SUSPECT_NAME", "Leo"),
        ("PLATE", "7ABC123"),
    ]


def test_a_split_tip_becomes_a_thread() -> None:
    tip = Written("clerk", 4, "en", ("slang",), "call [[PHONE:209-555]] || [[PHONE:-0142]]\\nbye")
    first, second = records(tip)
    assert (first["id"], first["thread"], first["part"]) == ("clerk-04-1", "clerk-04", 1)
    assert (second["text"], second["part"]) == ("-0142\nbye", 2)
    assert second["strip"][0]["text"] == "-0142"
    assert {"clerk", "slang", "split", "phone", "lower"} <= set(first["tags"])


def test_a_tip_without_its_header_is_refused() -> None:
    with pytest.raises(ValueError, match="no header"):
        parsed("clerk", 1, "hello")


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match="no such part"):
        load("everything")
