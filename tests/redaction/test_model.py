"""The model that is shipped: its file, its types, and what it does on tips that it never saw."""

from __future__ import annotations

from functools import partial

import pytest

from tests.redaction.corpus import load
from tests.redaction.scoring import Score, score
from tipline.redaction import find_identifiers
from tipline.redaction.model import SIZE, Model, shipped


def test_the_table_has_a_weight_for_each_place() -> None:
    assert len(shipped().table) == SIZE
    assert any(shipped().table)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my name is Holly Tran", "NAME"),
        ("call me at 209-555-0142", "PHONE"),
        ("email me at rosa@example.com", "EMAIL"),
        ("I live at 1803 Wylie Dr", "ADDRESS"),
        ("my ssn is 987-65-4321", "SSN"),
        ("my plate is 8ABC123", "PLATE"),
        ("my license is D1234567", "DL"),
        ("I was born June 2, 1959", "DOB"),
        ("add my snap jayy_dropz", "HANDLE"),
        ("my IP is 203.0.113.7", "IP"),
        ("my card is 4111 1111 1111 1111", "CARD"),
        ("my location: 37.6451, -120.9876", "GEO"),
    ],
)
def test_says_of_which_type_a_detail_is(text: str, kind: str) -> None:
    assert [one.type for one in find_identifiers(text)] == [kind]


def test_a_higher_bias_leaks_less_and_destroys_more() -> None:
    tips = load("kept_back")[:120]

    def measured(bias: float) -> Score:
        return score(tips, partial(find_identifiers, model=Model(shipped().table.tobytes(), bias)))

    low, high = measured(-3.0).all, measured(3.0).all
    assert high.leak < low.leak
    assert high.kept < low.kept
