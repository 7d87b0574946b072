"""The figures by which a finder is judged."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.redaction.corpus import PARTS, Span, Tip, load, read_marks
from tests.redaction.scoring import Finder, joined, score


@dataclass(frozen=True)
class Piece:
    start: int
    end: int


def finding(*values: str) -> Finder:
    """A finder of these very words."""

    def find(text: str) -> list[Piece]:
        return [
            Piece(text.index(value), text.index(value) + len(value))
            for value in values
            if value in text
        ]

    return find


def whole(text: str) -> list[Piece]:
    return [Piece(0, len(text))]


def nothing(text: str) -> list[Piece]:
    return []


def tip(marked: str, *tags: str, lang: str = "en") -> Tip:
    text, own, evidence = read_marks(marked)
    return Tip(id=marked, lang=lang, tags=[*tags], text=text, strip=own, keep=evidence)


CALL = tip("call [[PHONE:(209) 555-0143]], {{NAME:Ray Ortiz}} has {{WEAPON:a knife}}")
NEGATIVE = tip("{{NAME:Leo}} vive en {{LOCATION:Olmo 4}}", "hardneg", lang="es")


def test_a_detail_that_is_covered_does_not_leak() -> None:
    figures = score([CALL], finding("(209) 555-0143")).all
    assert (figures.leak, figures.kept, figures.clean) == (0, 1, 1)


def test_one_character_left_is_a_leak() -> None:
    result = score([CALL], finding("(209) 555-014"))
    assert (result.all.leak, result.all.clean) == (1, 0)
    assert [str(miss) for miss in result.misses] == [f"{CALL['id']}: leaks PHONE '(209) 555-0143'"]


def test_punctuation_at_an_edge_does_not_matter() -> None:
    assert score([CALL], finding("209) 555-0143, ")).all.leak == 0


def test_one_character_covered_loses_evidence() -> None:
    result = score([CALL], finding("(209) 555-0143", "R"))
    assert (result.all.leak, result.all.kept) == (0, 0.5)
    assert result.evidence_types["SUSPECT_NAME"].lost == 1
    assert result.evidence_types["WEAPON"].lost == 0


def test_a_hard_negative_is_intact_while_its_evidence_is() -> None:
    assert score([NEGATIVE], finding("vive")).all.intact == 1
    assert score([NEGATIVE], finding("4")).all.intact == 0


def test_languages_and_types_are_told_apart() -> None:
    result = score([CALL, NEGATIVE], whole)
    assert (result.language("en").own, result.language("es").own) == (1, 0)
    assert (result.language("en").kept, result.language("es").kept) == (0, 0)
    assert result.own_types["PHONE"].leak == 0
    assert (result.all.tips, result.all.hard_negatives, result.all.hurt) == (2, 1, 1)


def test_nothing_found_leaks_all_and_keeps_all() -> None:
    for part in PARTS:
        figures = score(load(part), nothing).all
        assert (figures.leak, figures.kept, figures.intact) == (1, 1, 1)


def test_everything_removed_leaks_nothing_and_keeps_nothing() -> None:
    for part in PARTS:
        figures = score(load(part), whole).all
        assert (figures.leak, figures.kept) == (0, 0)


def test_the_labels_themselves_make_a_perfect_score() -> None:
    for part in PARTS:
        for tips in (load(part), joined(load(part))):
            pieces = {tip["text"]: [piece(span) for span in tip["strip"]] for tip in tips}
            figures = score(tips, pieces.__getitem__).all
            assert (figures.leak, figures.kept, figures.clean) == (0, 1, len(tips))


def piece(span: Span) -> Piece:
    return Piece(span["start"], span["end"])


def test_a_span_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        score([CALL], lambda text: [Piece(0, len(text) + 1)])


def test_messages_of_a_thread_are_joined_with_their_offsets() -> None:
    threads = [tip for tip in joined(load("tips")) if "split" in tip["tags"]]
    assert len(threads) >= 10
    for thread in threads:
        assert "\n" in thread["text"]
        for span in thread["strip"] + thread["keep"]:
            assert thread["text"][span["start"] : span["end"]] == span["text"]


def test_figures_can_be_printed() -> None:
    assert "leak   0.0 % of    1" in str(score([CALL, NEGATIVE], whole).all)
